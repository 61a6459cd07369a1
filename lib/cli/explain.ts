import type { ExplainedStage, Explanation } from "../assembly/explain.ts";
import { VERSION } from "../version.ts";
import { UsageError } from "./args.ts";
import { type Command, CONFIG_FLAG, flagValue } from "./command.ts";
import { loadSettings } from "./settings.ts";
import { alignedRows } from "./table.ts";

export const explain: Command = {
  name: "explain",
  summary: "Say what would become of a prompt",
  about:
    "Runs a prompt through every stage but the last and prints what each finds, which model would answer, and\n" +
    "why. No provider is called; a stage that would ask a model for its own work says so, and --call lets it.",
  operand: { name: "prompt", value: "PROMPT", about: "what the user says" },
  flags: [
    CONFIG_FLAG,
    { name: "model", value: "NAME", about: "the model that is asked for (auto)" },
    { name: "call", value: null, about: "let stages ask models for their own work" },
    { name: "json", value: null, about: "print it as JSON, for programs" },
  ],
  examples: [
    'gateway explain "Prove that there is no largest prime number"',
    'gateway explain --model gpt-4o --json "Hi"',
  ],
  async run(flags, system) {
    const prompt = flagValue(flags, "prompt");
    if (prompt === null) throw new UsageError('a prompt is missing: gateway explain "…"', "explain");
    const loaded = await loadSettings(flags, system);
    if (loaded === null) return 2;
    const { explain } = await import("../assembly/explain.ts");
    const explanation = await explain(loaded.config, {
      version: VERSION,
      model: flagValue(flags, "model") ?? "auto",
      prompt,
      call: flags.has("call"),
    });
    if (flags.has("json")) system.out(JSON.stringify(explanation, null, 2));
    else for (const line of lines(explanation)) system.out(line);
    return 0;
  },
};

function lines({ stages, decision, ended }: Explanation): string[] {
  const rows = stages.map((stage) => [stage.stage, `${stage.ms.toFixed(2)} ms`, told(stage)]);
  const end = decision === null
    ? `nobody is asked: ${ended ?? ""}`
    : `${decision.model}, at ${decision.targets.join(", then ")}` +
      (decision.effort === null
        ? ""
        : decision.effort === "none"
        ? ", without reasoning"
        : `, reasoning ${decision.effort}`);
  return alignedRows([["STAGE", "TIME", "RESULT"], ...rows, ["→", "", end]], new Set([1]));
}

function told({ facts, error, uncalled }: ExplainedStage): string {
  const asks = uncalled.length === 0 ? "" : `asks ${uncalled.join(" and ")}, which --call lets it`;
  const found = Object.entries(facts)
    .filter(([, value]) =>
      value !== null && value !== "" && !Number.isNaN(value) && !(Array.isArray(value) && value.length === 0)
    )
    .map(([name, value]) => `${words(name)} ${String(value)}`)
    .join(", ");
  const failure = error === "" || asks !== "" ? "" : `failed: ${error}`;
  return [asks, failure, found].filter((text) => text !== "").join("; ") || "nothing to do";
}

function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
