import { assertEquals } from "@std/assert";
import { dialectsFor } from "../../lib/config/dialects.ts";

for (
  const [text, expected] of [
    ["server: { port: 1 }\nproviders: {}\n", []],
    ["model_list: []\n", ["LiteLLM"]],
    ['{"router_settings": {}}', ["LiteLLM"]],
    ["# model_list: []\nserver: {}\n", []],
    ["server: {}\n\nlitellm_settings :\n  a: b\n", ["LiteLLM"]],
    ["vllm_endpoints: []\nmodel_config: {}\n", ["vLLM Semantic Router"]],
    ["version: v0.3\nlisteners: []\n", ["vLLM Semantic Router"]],
    [Deno.readTextFileSync(new URL("../../config.yaml", import.meta.url)), []],
  ] as const
) {
  Deno.test(`${JSON.stringify(text.slice(0, 40))} may be written in ${JSON.stringify(expected)}`, async () => {
    assertEquals((await dialectsFor(text)).map(({ title }) => title), [...expected]);
  });
}
