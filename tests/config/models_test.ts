import { assertEquals } from "@std/assert";
import { loadText, problemsOf } from "./load_text.ts";

const FILE = `
timeouts: { total: 1h }
providers:
  mock: { type: mock }
  openai: { type: openai, api_key: "\${OPENAI_API_KEY}", timeouts: { connect: 1s, first_chunk: 2s } }
  ollama: { type: ollama, enabled: "\${OLLAMA_ENABLED:-false}", base_url: "\${OLLAMA_URL}" }
  vllm: { type: vllm, enabled: false }
models:
  both: { targets: [openai/gpt-4o-mini, { provider: mock, stands_in_for: openai }], aliases: [other] }
  openai-only: openai/gpt-4o
  local: { targets: [ollama/llama3.2, { provider: vllm, weight: 0 }] }
  deep: { targets: [{ provider: mock, model: a/b, weight: 2.5 }], timeouts: { connect: 3s } }
  slashes: mock/org/model
`;

function modelsOf(env: Readonly<Record<string, string>>) {
  const { config } = loadText(FILE, { env });
  const targets = (name: string) =>
    config.models[name]?.targets.map(({ provider, model }) => `${provider}/${model}`);
  return { config, targets };
}

Deno.test("loadConfig() leaves out providers without a key, and says which variable would switch them on", () => {
  const { config, targets } = modelsOf({});
  assertEquals(Object.keys(config.providers), ["mock"]);
  assertEquals([...config.disabled], [
    ["openai", { variable: "OPENAI_API_KEY", missing: "OPENAI_API_KEY" }],
    ["ollama", { variable: null, missing: "OLLAMA_ENABLED=true" }],
    ["vllm", { variable: null, missing: "providers.vllm.enabled=true" }],
  ]);
  assertEquals(targets("both"), ["mock/both"]);
  assertEquals(targets("openai-only"), []);
  assertEquals(config.models["openai-only"]?.missing, ["OPENAI_API_KEY"]);
  assertEquals(config.models["local"]?.missing, ["OLLAMA_ENABLED=true", "providers.vllm.enabled=true"]);
});

Deno.test("loadConfig() uses a stand-in only while the other provider has no key", () => {
  const { config, targets } = modelsOf({ OPENAI_API_KEY: "k" });
  assertEquals(targets("both"), ["openai/gpt-4o-mini"]);
  assertEquals(targets("openai-only"), ["openai/gpt-4o"]);
  assertEquals(config.models["both"]?.missing, []);
  assertEquals(config.models["both"]?.aliases, ["other"]);
});

Deno.test("loadConfig() takes an empty variable for a key that is not set", () => {
  assertEquals(modelsOf({ OPENAI_API_KEY: "" }).config.disabled.get("openai")?.variable, "OPENAI_API_KEY");
});

Deno.test("loadConfig() switches a provider on by a variable", () => {
  const { config, targets } = modelsOf({ OLLAMA_ENABLED: "true", OLLAMA_URL: "http://localhost:11434/v1" });
  assertEquals(config.providers["ollama"]?.base_url, "http://localhost:11434/v1");
  assertEquals(targets("local"), ["ollama/llama3.2"]);
});

Deno.test("loadConfig() reads targets, and the time-outs that apply to each", () => {
  const { config } = modelsOf({ OPENAI_API_KEY: "k" });
  const general = { connect: 5000, first_chunk: 600_000, between_chunks: 120_000, total: 3_600_000 };
  assertEquals(config.models["deep"]?.targets, [
    {
      provider: "mock",
      model: "a/b",
      weight: 2.5,
      timeouts: { ...general, connect: 3000 },
      reasoningSwitch: null,
      dropParams: "drop",
    },
  ]);
  assertEquals(config.models["slashes"]?.targets[0]?.model, "org/model");
  assertEquals(config.providers["openai"]?.timeouts, { ...general, connect: 1000, first_chunk: 2000 });
});

Deno.test("loadConfig() lets a provider do without a key where its type does, or its URL is not the type's own", () => {
  const { config } = loadText(`providers:
  a: { type: vllm, api_key: "\${KEY:-}" }
  b: { type: openai, base_url: "http://localhost:1/v1" }
  c: { type: vllm, api_key: "\${KEY}" }
  d: { type: openai, api_key: "\${KEY:-}" }
`);
  assertEquals(Object.keys(config.providers), ["a", "b"]);
  assertEquals([...config.disabled.keys()], ["c", "d"]);
});

Deno.test("loadConfig() takes names of Object.prototype for names like any other", () => {
  const { config } = loadText(`providers: { toString: { type: mock } }
models: { constructor: toString/x, valueOf: { targets: [toString/y], aliases: [hasOwnProperty] } }
`);
  assertEquals(Object.keys(config.models), ["constructor", "valueOf"]);
  assertEquals(config.models["isPrototypeOf"], undefined);
});

Deno.test("loadConfig() takes drop_params of the model, else of its provider, else in general", () => {
  const { config } = loadText(`drop_params: refuse
providers:
  a: { type: mock }
  b: { type: mock, drop_params: pass }
models:
  general: a/x
  provider: b/x
  model: { targets: [a/x, b/x], drop_params: drop }
`);
  const policies = Object.entries(config.models).map(([name, { targets }]) =>
    [name, ...targets.map(({ dropParams }) => dropParams)].join(" ")
  );
  assertEquals(policies, ["general refuse", "provider pass", "model drop drop"]);
});

Deno.test("a wildcard is one, and in a target only where the name has it", () => {
  const models = "providers: { mock: { type: mock } }\nmodels:\n  a*b*: mock/x\n  c: mock/*\n  d/*: mock/*\n";
  assertEquals(problemsOf(models), [
    'config.yaml:3: models["a*b*"]: a model\'s name can have one * only',
    "config.yaml:4: models.c: has a *, and the model's own name has none that it could stand for",
  ]);
});
