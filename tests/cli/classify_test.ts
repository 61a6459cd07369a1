import { assert, assertEquals } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { fakeSystem } from "./fake_system.ts";

const CONFIG = `
providers: { mock: { type: mock } }
models: { small: mock/small }
classification: { classifiers: [keyword, embedding, { type: model, model: small }] }
categories:
  math: { keywords: [equation], examples: ["Add up these numbers"] }
  code: { keywords: [python], examples: ["Reverse a list of words"] }
`;

const EXAMPLES = `{"text": "Solve the equation", "category": "math"}
{"text": "python, please", "category": "code"}

{"text": "add up numbers", "category": "math"}
{"text": "an equation in python", "category": "code"}
{"text": "xyz", "category": "other"}
`;

async function classified(args: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const system = fakeSystem({ "config.yaml": CONFIG, "examples.jsonl": EXAMPLES, ...files });
  const code = await run(["classify", ...args], system);
  return { code, output: system.output, errors: system.errors };
}

Deno.test("gateway classify prints how well each classifier does, and what was taken for what", async () => {
  const { code, output } = await classified(["--file", "examples.jsonl"]);
  assertEquals(code, 0);
  const rows = output.map((line) => line.replaceAll(/ +/g, " ").replaceAll(/[\d.]+ ms/g, "MS"));
  assertEquals(rows, [
    "CLASSIFIER EXAMPLES ACCURACY UNDECIDED FAILED MEAN P95",
    "keyword 5 60.0 % 60.0 % 0 MS MS",
    "embedding_lexical 5 40.0 % 80.0 % 0 MS MS",
    "all 5 80.0 % 40.0 % 0 MS MS",
    "model: left out, it asks small (--call lets it)",
    "",
    "What all of them found, a line for what the file says:",
    " code math other",
    "code 1 0 1",
    "math 0 2 0",
    "other 0 0 1",
  ]);
  const [head = "", ...lines] = output.slice(0, 4);
  for (const line of lines) assertEquals(line.length, head.length);
});

Deno.test("gateway classify --json has all of it, and --call asks models", async () => {
  const { output } = await classified(["--file", "examples.jsonl", "--call", "--json"]);
  const { reports, uncalled } = JSON.parse(output.join("\n"));
  assertEquals(uncalled, []);
  const shown = reports.map((report: { classifier: string; accuracy: number }) => [
    report.classifier,
    report.accuracy,
  ]);
  // The mock says the first of the categories to everything.
  assertEquals(shown, [["keyword", 0.6], ["embedding_lexical", 0.4], ["model", 0.4], ["all", 0.6]]);
  assert(
    reports.every((report: { mean_ms: number; p95_ms: number }) => report.mean_ms > 0 && report.p95_ms > 0),
  );
  assertEquals(reports[0].confusion, {
    math: { math: 1, other: 1 },
    code: { code: 1, other: 1 },
    other: { other: 1 },
  });
});

Deno.test("gateway classify says what is wrong with its file", async () => {
  const cases: [args: string[], error: string, files?: Record<string, string>][] = [
    [[], "gateway: --file is missing: the examples"],
    [["--file", "absent"], "gateway: absent cannot be read"],
    [["--file", "bad"], 'gateway: bad:2: expected {"text": "…", "category": "…"}', {
      bad: '{"text":"a","category":"b"}\n{"text":"a"}\n',
    }],
    [["--file", "null"], 'gateway: null:1: expected {"text": "…", "category": "…"}', { null: "null" }],
    [["--file", "empty"], "gateway: empty has no examples", { empty: "\n" }],
    [["--file", "examples.jsonl"], "gateway: classification is not configured", {
      "config.yaml": "providers: { mock: { type: mock } }\nmodels: { small: mock/small }\n",
    }],
  ];
  for (const [args, error, files] of cases) {
    const { code, errors } = await classified(args, files);
    assertEquals([code, errors[0]], [2, error]);
  }
});
