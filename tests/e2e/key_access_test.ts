/** What a key may not ask for is refused wherever a model is named, and shown nowhere. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { GatewayProcess } from "./gateway_process.ts";

const CONFIG = `
server: { drain_delay: 0s, trusted_proxies: [127.0.0.1] }
logging: { format: json }
providers: { mock: { type: mock }, other: { type: mock } }
pass_through: { provider: mock }
models:
  cheap: { targets: [other/cheap], aliases: [small] }
  dear: { targets: [mock/dear], aliases: [large] }
  broken: { targets: ["mock/broken@status=503"], fallbacks: [dear, cheap] }
  lost: { targets: ["mock/lost@status=503"], fallbacks: [dear] }
  long: { targets: ["mock/long@context_exceeded"], context_window_fallbacks: [dear] }
routing: { auto_models: [auto], strategy: cost, models: [dear, cheap], default_model: dear }
retry: { attempts: 2, base_delay: 1ms }
auth:
  keys:
    - { name: all, key: all-key }
    - { name: some, key: some-key, models: [cheap, "br*", lost, long] }
    - { name: none, key: none-key, models: [] }
    - { name: dear, key: dear-key, team: t, models: ["*"] }
    - { name: chat, key: chat-key, routes: [/v1/chat/*, /v1/responses] }
    - { name: home, key: home-key, addresses: [10.0.0.0/8] }
    - { name: late, key: late-key, expires_at: 2020-01-31 }
    - { name: timely, key: timely-key, expires_at: "2999-01-31T12:00:00+01:00" }
  teams:
    t: { models: [dear] }
`;

const messages = [{ role: "user", content: "hi" }];

async function ask(
  gateway: GatewayProcess,
  key: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}-key`, ...headers },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, json: await response.json() };
}

function form(model: string): FormData {
  const body = new FormData();
  body.set("model", model);
  body.set("file", new Blob(["x"]), "x.wav");
  return body;
}

/** Every way to name a model. */
const NAMING: readonly (readonly [path: string, body: (model: string) => unknown])[] = [
  ["/v1/chat/completions", (model) => ({ model, messages })],
  ["/chat/completions", (model) => ({ model, messages, stream: true })],
  ["/v1/completions", (model) => ({ model, prompt: "hi" })],
  ["/v1/responses", (model) => ({ model, input: "hi" })],
  ["/v1/responses", (model) => ({ model, input: "hi", background: true })],
  ["/v1/responses/input_tokens", (model) => ({ model, input: "hi" })],
  ["/v1/messages", (model) => ({ model, messages, max_tokens: 5 })],
  ["/v1/messages/count_tokens", (model) => ({ model, messages })],
  ["/v1/embeddings", (model) => ({ model, input: "hi" })],
  ["/v1/moderations", (model) => ({ model, input: "hi" })],
  ["/v1/rerank", (model) => ({ model, query: "a", documents: ["b"] })],
  ["/v1/audio/transcriptions", form],
  ["/v1/audio/speech", (model) => ({ model, input: "hi", voice: "x" })],
  ["/v1/images/generations", (model) => ({ model, prompt: "hi" })],
  ["/v1/interactions", (model) => ({ model, input: "hi" })],
  ["/v1beta/models/MODEL:generateContent", () => ({ contents: [{ parts: [{ text: "hi" }] }] })],
  ["/v1beta/models/MODEL:streamGenerateContent", () => ({ contents: [{ parts: [{ text: "hi" }] }] })],
  ["/v1beta/models/MODEL:countTokens", () => ({ contents: [{ parts: [{ text: "hi" }] }] })],
  ["/v1beta/models/MODEL:embedContent", () => ({ content: { parts: [{ text: "hi" }] } })],
  ["/openai/deployments/MODEL/chat/completions", () => ({ messages })],
  ["/openai/deployments/MODEL/embeddings", () => ({ input: "hi" })],
  ["/api/chat", (model) => ({ model, messages })],
  ["/api/generate", (model) => ({ model, prompt: "hi" })],
];

Deno.test("a key that may use some models is refused the others, however they are named", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  for (const [path, body] of NAMING) {
    for (const model of ["dear", "large", "absent"]) {
      const answer = await ask(gateway, "some", "POST", path.replace("MODEL", model), body(model));
      const text = JSON.stringify(answer.json);
      assertEquals(answer.status, 403, `${path} ${model}: ${text}`);
      assertStringIncludes(text, `may not use the model '${model}'. It may use: cheap, br*, lost, long.`);
    }
    for (const model of ["cheap", "small"]) {
      const answer = await ask(gateway, "some", "POST", path.replace("MODEL", model), body(model))
        .catch((error) => ({ status: 0, json: String(error) }));
      assert(answer.status !== 403, `${path} ${model}: ${JSON.stringify(answer.json)}`);
    }
  }
  // What a pattern lets in and is not there is a 404, which names no model that the key may not ask for.
  const absent = await ask(gateway, "some", "POST", "/v1/chat/completions", { model: "broke", messages });
  assertEquals([absent.status, absent.json.error.message], [
    404,
    "The model 'broke' does not exist. Did you mean 'broken'?",
  ]);
  for (const path of ["/v1/batches", "/v1/moderations"]) {
    const answer = await ask(gateway, "some", "POST", path, { input: "hi" });
    assertEquals([answer.status, answer.json.error.code], [403, "model_not_allowed"], path);
  }
});

Deno.test("what a key may not use is in no list, is no fallback, and is never chosen", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const chat = (key: string, model: string) =>
    ask(gateway, key, "POST", "/v1/chat/completions", { model, messages });
  const listed = async (key: string) => {
    const { json } = await ask(gateway, key, "GET", "/v1/models");
    return json.data.map(({ id }: { id: string }) => id).toSorted();
  };
  assertEquals(await listed("some"), ["auto", "broken", "cheap", "long", "lost", "small"]);
  assertEquals(await listed("dear"), ["auto", "dear", "large"]);
  assertEquals(await listed("none"), []);
  assertEquals((await listed("all")).length, 8);
  const tags = await ask(gateway, "dear", "GET", "/api/tags");
  assertEquals(tags.json.models.length, 3);
  const google = await ask(gateway, "dear", "GET", "/v1beta/models");
  assertEquals(google.json.models.length, 3);
  const hidden = await ask(gateway, "some", "GET", "/v1/models/dear");
  assertEquals([hidden.status, hidden.json.error.message], [
    404,
    "The model 'dear' does not exist. GET /v1/models lists those that do.",
  ]);
  assertEquals((await ask(gateway, "some", "GET", "/v1/models/small")).status, 200);

  // Their order is drawn by lot.
  for (let i = 0; i < 8; i++) assertEquals((await chat("some", "broken")).json.model, "cheap");
  assertEquals((await chat("all", "lost")).status, 200);
  assertEquals((await chat("some", "lost")).status, 503);

  assertEquals((await chat("some", "auto")).json.model, "cheap");
  assertEquals((await chat("dear", "auto")).json.model, "dear");
  assertEquals((await chat("none", "auto")).status, 403);
});

Deno.test("a key is bound to its routes, its addresses and its time", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const body = { model: "cheap", messages };
  const chat = (key: string, headers = {}) =>
    ask(gateway, key, "POST", "/v1/chat/completions", body, headers);
  assertEquals((await chat("chat")).status, 200);
  const models = await ask(gateway, "chat", "GET", "/v1/models");
  assertEquals([models.status, models.json.error], [403, {
    message: "This API key may not call '/v1/models'. It may call: /v1/chat/*, /v1/responses.",
    type: "permission_error",
    param: null,
    code: "permission_denied",
  }]);
  const away = await chat("home");
  assertEquals([away.status, away.json.error.message], [
    403,
    "This API key may not be used from 127.0.0.1.",
  ]);
  assertEquals((await chat("home", { "x-forwarded-for": "10.1.2.3" })).status, 200);
  assertEquals((await chat("home", { "x-forwarded-for": "10.1.2.3, 8.8.8.8" })).status, 403);
  const late = await chat("late");
  assertEquals([late.status, late.json.error.message, late.headers.get("www-authenticate")], [
    401,
    "This API key has expired: it was valid until 2020-01-31T00:00:00.000Z.",
    "Bearer",
  ]);
  assertEquals((await chat("timely")).status, 200);
});
