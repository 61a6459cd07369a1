import type { Classified, ClassifierReport, LabelledText } from "../assembly/classify.ts";
import { VERSION } from "../version.ts";
import { UsageError } from "./args.ts";
import { type Command, CONFIG_FLAG, flagValue } from "./command.ts";
import { loadSettings } from "./settings.ts";
import type { System } from "./system.ts";
import { alignedRows } from "./table.ts";

export const classify: Command = {
  name: "classify",
  summary: "Judge the configured classifiers by examples",
  about:
    'Reads texts of which it is known what they are about, one a line as {"text": "…", "category": "…"}, and prints\n' +
    "for each classifier, and for all of them in their order, how many it gets right, how often it is not sure and\n" +
    "how long one takes; then which categories are taken for which. Classifiers that ask a model need --call.",
  flags: [
    CONFIG_FLAG,
    { name: "file", value: "FILE", about: "the examples" },
    { name: "call", value: null, about: "let classifiers ask models" },
    { name: "json", value: null, about: "print it as JSON, for programs" },
  ],
  examples: [
    "gateway classify --file examples.jsonl",
    "gateway classify --file examples.jsonl --call --json",
  ],
  async run(flags, system) {
    const file = flagValue(flags, "file");
    if (file === null) throw new UsageError("--file is missing: the examples", "classify");
    const loaded = await loadSettings(flags, system);
    if (loaded === null) return 2;
    const { config } = loaded;
    if (config.classification === null) {
      system.err("gateway: classification is not configured");
      return 2;
    }
    const examples = readExamples(file, system);
    if (typeof examples === "string") {
      system.err(`gateway: ${examples}`);
      return 2;
    }
    const { classifyAll } = await import("../assembly/classify.ts");
    const classified = await classifyAll(config, examples, { version: VERSION, call: flags.has("call") });
    if (flags.has("json")) system.out(JSON.stringify(classified, null, 2));
    else for (const line of lines(classified)) system.out(line);
    return 0;
  },
};

/** The examples, or what is wrong with them. */
function readExamples(file: string, system: System): LabelledText[] | string {
  let text;
  try {
    text = system.readFile(file);
  } catch {
    return `${file} cannot be read`;
  }
  const examples: LabelledText[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const example = exampleIn(line);
    if (example === null) return `${file}:${index + 1}: expected {"text": "…", "category": "…"}`;
    examples.push(example);
  }
  return examples.length === 0 ? `${file} has no examples` : examples;
}

function exampleIn(line: string): LabelledText | null {
  try {
    const { text, category } = JSON.parse(line) ?? {};
    return typeof text === "string" && typeof category === "string" ? { text, category } : null;
  } catch {
    return null;
  }
}

const HEADINGS = ["CLASSIFIER", "EXAMPLES", "ACCURACY", "UNDECIDED", "FAILED", "MEAN", "P95"];
const NUMBERS = new Set([1, 2, 3, 4, 5, 6]);

function lines({ reports, uncalled }: Classified): string[] {
  const rows = reports.map((report) => [
    report.classifier,
    String(report.examples),
    percent(report.accuracy),
    percent(report.undecided),
    String(report.failed),
    milliseconds(report.mean_ms),
    milliseconds(report.p95_ms),
  ]);
  const last = reports.at(-1);
  return [
    ...alignedRows([HEADINGS, ...rows], NUMBERS),
    ...uncalled.map(({ classifier, model }) => `${classifier}: left out, it asks ${model} (--call lets it)`),
    ...(last === undefined ? [] : ["", ...confusionLines(last)]),
  ];
}

function confusionLines({ classifier, confusion }: ClassifierReport): string[] {
  const expected = Object.keys(confusion).sort();
  const found = [...new Set([...expected, ...Object.values(confusion).flatMap((row) => Object.keys(row))])]
    .sort();
  const rows = expected.map((name) => [name, ...found.map((other) => String(confusion[name]?.[other] ?? 0))]);
  const right = new Set(found.map((_, index) => index + 1));
  return [
    `What ${classifier === "all" ? "all of them" : classifier} found, a line for what the file says:`,
    ...alignedRows([["", ...found], ...rows], right),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(3)} ms`;
}
