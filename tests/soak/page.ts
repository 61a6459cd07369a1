import { table } from "../../scripts/bench/table.ts";
import type { Figure } from "./figure.ts";
import type { Result, Results } from "./results.ts";
import type { Scenario } from "./scenario.ts";

/** Where it is written to. */
export const RELIABILITY_PAGE = new URL("../../docs/reliability.md", import.meta.url);

/** The page's text. */
export function reliabilityPage(scenarios: readonly Scenario[], results: Results): string {
  return `# Reliability

What the gateway bears, measured. Each part is a scenario of \`tests/soak/scenarios/\`, which anyone can run:
\`deno task test:soak NAME\`, with \`--short\` in seconds and with the same targets, but for times and rates. Load, provider and gateway share
one machine. What stands here are the last results of each, made by \`deno task test:soak NAME --publish\`; a part
that is run anew replaces its own results only.

${table(["scenario", "result", "date"], scenarios.map((it) => summary(it, results[it.name])))}
${scenarios.map((it) => part(it, results[it.name])).join("\n")}`;
}

function summary({ name }: Scenario, result: Result | undefined): string[] {
  const link = `[${name}](#${name})`;
  if (result === undefined) return [link, "not measured yet", ""];
  return [link, verdict(result), result.date];
}

function verdict({ figures, failure }: Result): string {
  if (failure !== null) return "did not come to its end";
  const judged = figures.filter(({ target }) => target !== "");
  const failed = judged.filter(({ ok }) => !ok).length;
  return failed === 0 ? "reached" : `${failed} of ${judged.length} figures missed`;
}

function part({ name, what }: Scenario, result: Result | undefined): string {
  const head = `## ${name}\n\n${what}\n`;
  if (result === undefined) return head;
  const { date, revision, machine, program, seed, seconds, figures, failure } = result;
  const facts = `${date}, commit ${revision}; ${machine}; ${program}; seed ${seed}, ${
    Math.round(seconds)
  } s.`;
  const ended = failure === null ? "" : `\nIt did not come to its end: ${failure.split("\n")[0]}\n`;
  const rows = figures.map(({ name, target, reached, ok }: Figure) => [
    name,
    target,
    reached,
    target === "" ? "" : ok ? "yes" : "**no**",
  ]);
  return `${head}
${facts}
${ended}
${table(["figure", "target", "reached", "met"], rows)}`;
}
