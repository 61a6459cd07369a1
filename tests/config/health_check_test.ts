import { assertEquals, assertStringIncludes } from "@std/assert";
import { problemsOf } from "./load_text.ts";

function problems(provider: string): string {
  return problemsOf(`providers:\n  p: { ${provider} }\nmodels: { m: p/m }\n`).join("\n");
}

const WRONG: readonly (readonly [provider: string, problem: string])[] = [
  ["type: mock, health_check: {}", "the mock has no path; expected `model`"],
  ["type: vertex, base_url: 'http://v.test', api_key: k, health_check: {}", "set one, or `ask: model`"],
  ["type: openai, api_key: k, health_check: { ask: model, path: /x }", "means nothing with `ask: model`"],
  ["type: openai, auth: passthrough, health_check: {}", "has no key to ask with"],
  ["type: openai, api_key: k, health_check: { path: health }", "a path that begins with `/`"],
  ["type: openai, api_key: k, health_check: { intervall: 1s }", "interval"],
];

for (const [provider, problem] of WRONG) {
  Deno.test(`health_check: ${provider}`, () => assertStringIncludes(problems(provider), problem));
}

Deno.test("health_check: {} is enough where the type has a path that tells", () => {
  assertEquals(problems("type: vllm, health_check: {}"), "");
  assertEquals(problems("type: mock, health_check: { ask: model }"), "");
});
