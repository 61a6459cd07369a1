import { assert, assertEquals } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { fakeSystem } from "./fake_system.ts";

const CONFIG = `
providers: { mock: { type: mock } }
models: { small: mock/small, large: mock/large }
classification: { classifiers: [keyword, { type: model, model: small }] }
categories:
  math: { keywords: [equation], models: { large: 0.9, small: 0.2 }, reasoning: true, system_prompt: { text: Count. } }
  code: { keywords: [python], models: { small: 1 } }
routing: { default_model: small }
`;

async function explained(...args: string[]) {
  const system = fakeSystem({ "config.yaml": CONFIG });
  const code = await run(["explain", ...args], system);
  return { code, output: system.output, errors: system.errors };
}

Deno.test("gateway explain prints every stage's result and who would be asked", async () => {
  const { code, output } = await explained("--model", "auto", "Solve the equation");
  assertEquals(code, 0);
  const rows = output.map((line) => line.replaceAll(/ +/g, " ").replaceAll(/[\d.]+ ms/g, "MS"));
  assertEquals(rows, [
    "STAGE TIME RESULT",
    "classification MS category math, classifier keyword",
    "routing_decision MS strategy auto, reason best for math (0.9), requested model auto, selected model large, " +
    "model count 2, reasoning enabled true, reasoning effort medium",
    "backend_selection MS nothing to do",
    "system_prompt_injection MS category math, mode prepend",
    "→ large, at mock/large, reasoning medium",
  ]);
});

Deno.test("gateway explain says which models stages would ask, and lets them with --call", async () => {
  const asking = await explained("--json", "hello");
  const [classification, routing] = JSON.parse(asking.output.join("\n")).stages;
  assertEquals([classification.uncalled, classification.facts], [["small"], {}]);
  assertEquals(routing.facts.selectedModel, "small");
  const table = await explained("hello");
  assert(table.output[1]?.endsWith("asks small, which --call lets it"), table.output[1]);
  const called = await explained("--call", "--json", "hello");
  const { stages: [answered], decision } = JSON.parse(called.output.join("\n"));
  // The mock answers by the schema: with the first of the categories.
  assertEquals([answered.uncalled, answered.facts], [[], { category: "math", classifier: "model" }]);
  assertEquals(decision, { model: "large", targets: ["mock/large"], effort: "medium" });
});

Deno.test("gateway explain says why nobody is asked", async () => {
  const { code, output } = await explained("--model", "lage", "python");
  assertEquals(code, 0);
  assert(output.at(-1)?.includes("The model 'lage' does not exist. Did you mean 'large'?"), output.at(-1));
});

Deno.test("gateway explain needs a prompt, and one alone", async () => {
  assertEquals((await explained()).code, 2);
  const { code, errors } = await explained("two", "words");
  assertEquals([code, errors[0]], [2, 'gateway: unexpected argument "words"']);
});
