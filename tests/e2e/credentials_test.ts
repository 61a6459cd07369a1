/** Whose key goes where, and that it is seen nowhere else. */
import { assert, assertEquals } from "@std/assert";
import { CHAT_ANSWER } from "./chat_answer.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { UpstreamServer } from "./upstream_server.ts";

/** Whatever is printed, answered or exported is searched for these. */
const PLANTED = ["sk-planted-client", "planted-configured-1", "planted-configured-2", "planted-gateway"];

interface Scene {
  readonly gateway: GatewayProcess;
  /** Of each request that reached the provider. */
  readonly seen: Headers[];
  ask(
    model: string,
    headers?: Record<string, string>,
    path?: string,
  ): Promise<{ status: number; text: string }>;
}

/** A gateway in front of a provider that refuses keys by their name and quotes whatever key it got in its errors. */
async function scene(test: (scene: Scene) => Promise<void>, extra = ""): Promise<void> {
  const seen: Headers[] = [];
  await using upstream = new UpstreamServer(async (call) => {
    seen.push(call.headers);
    const key = call.headers.get("authorization") ?? call.headers.get("x-api-key") ?? "";
    const body = `{"error":{"message":"Refused: ${key}","type":"invalid_request_error"}}`;
    if (key.includes("configured-1")) {
      return await call.answer(429, body, { "content-type": "application/json", "retry-after": "60" });
    }
    if (key.includes("wrong")) return await call.answer(401, body);
    if (key.includes("quoted")) return await call.answer(400, body);
    await call.answer(200, CHAT_ANSWER);
  });
  const config = `
server: { drain_delay: 0s }
providers:
  passing: { type: openai, base_url: "${upstream.origin}/v1", auth: passthrough }
  elsewhere: { type: openai, base_url: "http://localhost:1/v1", auth: passthrough }
  ring:
    type: openai
    base_url: "${upstream.origin}/v1"
    api_keys: [{ key: planted-configured-1, weight: 1 }, { key: planted-configured-2, weight: 0 }]
models:
  passed: passing/m
  twice: { targets: [{ provider: elsewhere, model: m, weight: 1 }, { provider: passing, model: m, weight: 0 }] }
  mixed: { targets: [{ provider: elsewhere, model: m, weight: 1 }, { provider: ring, model: m, weight: 0 }] }
  ringed: ring/m
retry: { attempts: 2, base_delay: 10ms }
logging: { level: DEBUG }
observability: { tracing: { exporter: { type: stdout }, sampler: { type: always } } }
${extra}`;
  await using gateway = await GatewayProcess.start({ config });
  const told: string[] = [];
  await test({
    gateway,
    seen,
    async ask(model, headers = {}, path = "/v1/chat/completions") {
      const response = await fetch(gateway.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ model, max_tokens: 5, messages: [{ role: "user", content: "Hi" }] }),
      });
      const text = await response.text();
      told.push(text, JSON.stringify([...response.headers]));
      return { status: response.status, text };
    },
  });
  told.push(await (await fetch(`${gateway.url}/metrics`)).text());
  await gateway.stop();
  told.push(...gateway.lines, gateway.errors);
  for (const secret of PLANTED) {
    const found = told.find((text) => text.includes(secret));
    assertEquals(found, undefined, `${secret} was shown`);
  }
}

Deno.test("a passed key goes to its provider, as that takes it, and is seen nowhere", async () => {
  await scene(async ({ ask, seen }) => {
    assertEquals((await ask("passed", { authorization: "Bearer sk-planted-client" })).status, 200);
    assertEquals((await ask("passed", { "x-api-key": "sk-planted-client" }, "/v1/messages")).status, 200);
    for (const headers of seen) {
      assertEquals(headers.get("authorization"), "Bearer sk-planted-client");
      assertEquals(headers.get("x-api-key"), null);
    }
    assertEquals(seen.length, 2);
  });
});

Deno.test("a passed key that the provider quotes or refuses is told of without it, in the client's dialect", async () => {
  await scene(async ({ ask }) => {
    const wrong = await ask("passed", { authorization: "Bearer sk-planted-client-wrong" });
    assertEquals(wrong.status, 401);
    assertEquals(JSON.parse(wrong.text).error.code, "invalid_api_key");
    assertEquals(JSON.parse(wrong.text).error.message, "The provider 'passing' did not accept your API key.");
    const quoted = await ask("passed", { authorization: "Bearer sk-planted-client-quoted" });
    assertEquals(quoted.status, 400);
    assertEquals(JSON.parse(quoted.text).error.message, "Refused: Bearer ***");
    const anthropic = await ask("passed", { "x-api-key": "sk-planted-client-wrong" }, "/v1/messages");
    assertEquals([anthropic.status, JSON.parse(anthropic.text).error.type], [401, "authentication_error"]);
  });
});

Deno.test("without a key there is a 401 that says where it goes, in the client's dialect", async () => {
  await scene(async ({ ask, seen }) => {
    const openai = await ask("passed");
    assertEquals([openai.status, JSON.parse(openai.text).error.code], [401, "invalid_api_key"]);
    assert(JSON.parse(openai.text).error.message.includes("x-gateway-key"));
    const anthropic = await ask("passed", {}, "/v1/messages");
    assertEquals([anthropic.status, JSON.parse(anthropic.text).error.type], [401, "authentication_error"]);
    assertEquals(seen.length, 0);
  });
});

Deno.test("a passed key is not used for other targets", async () => {
  await scene(async ({ ask, seen }) => {
    const key = { authorization: "Bearer sk-planted-client" };
    assertEquals((await ask("twice", key)).status, 502, "it had gone to the other host, which is down");
    assertEquals(seen.length, 0);
    assertEquals((await ask("mixed", key)).status, 200);
    assertEquals(seen.map((headers) => headers.get("authorization")), [
      "Bearer planted-configured-1",
      "Bearer planted-configured-2",
    ]);
  });
});

Deno.test("a passed key goes along with the gateway's own, which the provider never sees", async () => {
  await scene(async ({ ask, seen }) => {
    const gateway = "planted-gateway";
    const client = "sk-planted-client";
    assertEquals((await ask("passed", { authorization: `Bearer ${client}` })).status, 401);
    assertEquals((await ask("passed", { authorization: `Bearer ${gateway}` })).status, 401);
    assertEquals(seen.length, 0);
    const both: Record<string, string>[] = [
      { "x-gateway-key": gateway, authorization: `Bearer ${client}` },
      { "x-gateway-key": gateway, "x-api-key": client },
      { authorization: `Bearer ${gateway}`, "x-api-key": client },
      { authorization: `Bearer ${client}`, "x-api-key": gateway },
    ];
    for (const headers of both) assertEquals((await ask("passed", headers)).status, 200);
    assertEquals(seen.length, both.length);
    for (const headers of seen) {
      assertEquals(headers.get("authorization"), `Bearer ${client}`);
      assert(!JSON.stringify([...headers]).includes(gateway));
    }
  }, "auth: { keys: [{ name: app, key: planted-gateway }] }");
});

Deno.test("a key that reached its limit rests, and the next is taken at once", async () => {
  await scene(async ({ ask, seen, gateway }) => {
    assertEquals((await ask("ringed")).status, 200);
    assertEquals((await ask("ringed")).status, 200);
    assertEquals(seen.map((headers) => headers.get("authorization")?.slice(-1)), ["1", "2", "2"]);
    const line = await gateway.log((each) => each.event === "provider.warning");
    assertEquals(
      line.msg,
      "provider ring refused the key that ends in ed-1 (status 429): it rests for 60 s",
    );
  });
});

Deno.test("a key in a file is used again when the file changes, and its last value while it is broken", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "planted-file-1\n");
  const seen: (string | null)[] = [];
  await using upstream = new UpstreamServer(async (call) => {
    seen.push(call.headers.get("authorization"));
    await call.answer(200, CHAT_ANSWER);
  });
  await using gateway = await GatewayProcess.start({
    config: `
server: { drain_delay: 0s }
providers: { up: { type: openai, base_url: "${upstream.origin}/v1", api_key: "\${file:${file}}" } }
models: { m: up/m }
`,
  });
  const ask = async () => {
    const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi" }] });
    await (await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", body })).text();
  };
  await ask();
  // As whoever rotates secrets does it: nobody sees half a file.
  await Deno.writeTextFile(`${file}.new`, "planted-file-2\n");
  await Deno.rename(`${file}.new`, file);
  const changed = await gateway.log((line) => line.event === "secret.changed");
  assertEquals(changed.msg, "providers.up.api_key has changed: the new value is used");
  await ask();
  await Deno.remove(file);
  const unreadable = await gateway.log((line) => line.event === "secret.unreadable");
  assertEquals(unreadable.level, "WARNING");
  await ask();
  assertEquals(seen, ["Bearer planted-file-1", "Bearer planted-file-2", "Bearer planted-file-2"]);
  assert(!gateway.lines.join("\n").includes("planted"));
});

Deno.test("a token that the provider refuses is replaced within one request, and is seen nowhere", async () => {
  const seen: string[] = [];
  let tokens = 0;
  await using upstream = new UpstreamServer(async (call) => {
    if (call.path === "/token") {
      const planted = new URLSearchParams(call.text).get("client_secret");
      const body = tokens === 2
        ? { error: "invalid_client", error_description: `no ${planted}` }
        : { access_token: `planted-token-${++tokens}`, expires_in: 3600 };
      return await call.answer("error" in body ? 401 : 200, JSON.stringify(body));
    }
    const token = call.headers.get("authorization") ?? "";
    seen.push(token);
    if (token.endsWith("1") || call.text.includes("refuse")) {
      return await call.answer(401, JSON.stringify({ error: { message: `Bad ${token}` } }));
    }
    if (call.text.includes("quote")) {
      return await call.answer(400, JSON.stringify({ error: { message: `Bad ${token}` } }));
    }
    await call.answer(200, CHAT_ANSWER);
  });
  const told: string[] = [];
  await using gateway = await GatewayProcess.start({
    config: `
server: { drain_delay: 0s }
providers:
  up:
    type: openai
    base_url: "${upstream.origin}/v1"
    oauth: { token_url: "${upstream.origin}/token", client_id: me, client_secret: planted-secret }
models: { m: up/m }
retry: { attempts: 2, base_delay: 10ms }
logging: { level: DEBUG }
observability: { tracing: { exporter: { type: stdout }, sampler: { type: always } } }
`,
  });
  const ask = async (content: string) => {
    const body = JSON.stringify({ model: "m", messages: [{ role: "user", content }] });
    const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", body });
    const text = await response.text();
    told.push(text, JSON.stringify([...response.headers]));
    return { status: response.status, text };
  };
  assertEquals((await ask("Hi")).status, 200);
  assertEquals(seen, ["Bearer planted-token-1", "Bearer planted-token-2"]);
  const quoted = await ask("quote");
  assertEquals([quoted.status, JSON.parse(quoted.text).error.message], [400, "Bad Bearer ***"]);
  assertEquals((await ask("refuse")).status, 502, "a new token is not replaced again");
  assertEquals([seen.length, tokens], [4, 2]);
  told.push(await (await fetch(`${gateway.url}/metrics`)).text());
  await gateway.stop();
  told.push(...gateway.lines, gateway.errors);
  assertEquals(told.find((text) => text.includes("planted")), undefined);
});
