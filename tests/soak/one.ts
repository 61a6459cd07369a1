// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * One scenario in a process of its own, which `main.ts` starts: `one.ts NAME SEED short|long FILE`. Its figures are
 * lines on standard output, and its outcome goes into the file.
 */
import type { Figure } from "./figure.ts";
import { runScenario } from "./run_scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

const [name, seed, length, file = ""] = Deno.args;
const scenario = SCENARIOS.find((it) => it.name === name);
if (scenario === undefined) throw new Error(`Cannot run "${name}": there is no such scenario`);

const outcome = await runScenario(scenario, {
  short: length === "short",
  seed: Number(seed),
  onFigure: (figure) => console.log(line(figure)),
  onNote: (text) => console.log(`  …   ${scenario.name}: ${text}`),
});
await Deno.writeTextFile(file, JSON.stringify(outcome));
// What it left open must not keep it.
Deno.exit(0);

function line({ name, target, reached, ok }: Figure): string {
  const verdict = target === "" ? "  …   " : ok ? "  ok  " : " FAIL ";
  return `${verdict}${scenario?.name}: ${name}: ${reached}${target === "" ? "" : ` (target ${target})`}`;
}
