/** The cache over real sockets: by OpenAI's own schemas, with conversations, an embeddings model, and a real Redis. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonObject } from "../../lib/wire/canonical.ts";
import { requires } from "../requires.ts";
import { RedisServer } from "../stores/redis_server.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { needsOpenaiSchema, validator } from "../wire/openai_schema.ts";
import { gatewayCommand, gatewayEnvironment, GatewayProcess } from "./gateway_process.ts";
import { PiiUpstream } from "./pii_upstream.ts";

const MOCK = "server: { drain_delay: 0s }\nlogging: { format: json }\n" +
  "providers: { mock: { type: mock } }\nmodels: { m: mock/m, vectors: mock/vectors }\n";

function start(cache: string): Promise<GatewayProcess> {
  return GatewayProcess.start({ config: `${MOCK}cache: { enabled: true, ${cache} }\n` });
}

async function ask(
  gateway: GatewayProcess,
  path: string,
  body: JsonObject,
): Promise<[cache: string, text: string]> {
  const response = await fetch(gateway.url + path, {
    method: "POST",
    body: JSON.stringify({ model: "m", ...body }),
  });
  const text = await response.text();
  assertEquals(response.status, 200, text);
  return [response.headers.get("x-gateway-cache") ?? "", text];
}

function dataOf(stream: string): JsonObject[] {
  return [...stream.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => JSON.parse(json ?? ""));
}

Deno.test({
  name:
    "what the cache gives is valid by OpenAI's schemas, whichever way it was kept, and is stored as a response",
  ...needsOpenaiSchema(),
  async fn() {
    await using gateway = await start("");
    for (const kept of [false, true]) {
      const input = `Keep ${kept}`;
      assertEquals((await ask(gateway, "/v1/responses", { input, stream: kept }))[0], "miss");
      const [, whole] = await ask(gateway, "/v1/responses", { input });
      const [found, stream] = await ask(gateway, "/v1/responses", {
        input,
        stream: true,
        metadata: { a: "b" },
      });
      assertEquals(found, "hit");
      assertEquals(validator("Response")(JSON.parse(whole)), []);
      const events = dataOf(stream);
      for (const event of events) {
        assertEquals(validator("ResponseStreamEvent")(event), [], JSON.stringify(event));
      }
      const last = events.at(-1)?.["response"] as JsonObject;
      assertEquals(last["metadata"], { a: "b" });
      assert(last["id"] !== JSON.parse(whole).id);
      // It is a response of its own, from which a conversation can go on.
      const stored = await (await fetch(`${gateway.url}/v1/responses/${last["id"]}`)).json();
      assertEquals(stored.output, last["output"]);
      const next = { input: "And then?", previous_response_id: String(last["id"]) };
      assertStringIncludes((await ask(gateway, "/v1/responses", next))[1], "And then?");

      const messages = [{ role: "user", content: input }];
      assertEquals((await ask(gateway, "/v1/chat/completions", { messages, stream: kept }))[0], "miss");
      const [, completion] = await ask(gateway, "/v1/chat/completions", { messages });
      assertEquals(validator("CreateChatCompletionResponse")(JSON.parse(completion)), []);
      const options = { stream: true, stream_options: { include_usage: true } };
      const [again, chunks] = await ask(gateway, "/v1/chat/completions", { messages, ...options });
      assertEquals(again, "hit");
      for (const chunk of dataOf(chunks)) {
        assertEquals(validator("CreateChatCompletionStreamResponse")(chunk), [], JSON.stringify(chunk));
      }
      assert(chunks.includes('"total_tokens"'));
    }
    assertEquals((await gateway.stop()).code, 0);
  },
});

Deno.test("a semantic cache asks the embeddings model, and counts what that was asked", async () => {
  await using gateway = await start("semantic: { embedding: vectors, threshold: 0 }");
  const question = (content: string) => ({ messages: [{ role: "user", content }] });
  assertEquals((await ask(gateway, "/v1/chat/completions", question("One thing")))[0], "miss");
  assertEquals((await ask(gateway, "/v1/chat/completions", question("Another thing")))[0], "semantic_hit");
  const metrics = samples(await (await fetch(`${gateway.url}/metrics`)).text());
  const count = (...labels: string[]) =>
    [...metrics].filter(([sample]) =>
      sample.startsWith("provider_requests_total{") && labels.every((label) => sample.includes(label))
    ).reduce((sum, [, value]) => sum + value, 0);
  assertEquals([count('operation="embed"'), count('operation="generate"')], [2, 1]);
  const line = await gateway.log(({ cache }) => cache === "semantic_hit");
  assertEquals([line.cost_usd, line.provider, line.output_tokens], [0, undefined, undefined]);
});

Deno.test({
  name: "gateways share a Redis, and go on without it",
  ...requires("redis"),
  async fn() {
    await using redis = await RedisServer.start();
    const cache = `secret: s, redis: { url: "${redis.url}" }`;
    await using first = await start(cache);
    await using second = await start(cache);
    const body = { messages: [{ role: "user", content: "Shared" }] };
    const asked = (gateway: GatewayProcess) =>
      ask(gateway, "/v1/chat/completions", body).then(([found]) => found);
    // Each connects beside its requests, so that the first ones may be misses.
    for (const gateway of [first, second]) {
      while (await asked(gateway) !== "hit") await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await redis.stop();
    for (let i = 0; i < 5; i++) assertEquals(await asked(second), "miss");
    const line = await second.log(({ event }) => event === "cache.failed");
    assertEquals(line.level, "ERROR");
    assert(!JSON.stringify(line).includes(redis.url));
    await redis.restart();
    while (await asked(second) !== "hit") await new Promise((resolve) => setTimeout(resolve, 50));
    await second.log(({ event }) => event === "cache.recovered");
  },
});

Deno.test("a cache on disk is there after a restart", async () => {
  const directory = await Deno.makeTempDir({ prefix: "cache-" });
  try {
    const body = { messages: [{ role: "user", content: "Kept" }] };
    const cache = `secret: s, path: "${directory}/cache.db"`;
    for (const expected of ["miss", "hit"]) {
      await using gateway = await start(cache);
      assertEquals((await ask(gateway, "/v1/chat/completions", body))[0], expected);
      assertEquals((await gateway.stop()).code, 0);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("what personal data was taken out of is kept as the client saw it, and questions with such data are not", async () => {
  await using upstream = new PiiUpstream();
  upstream.script = (request) => {
    const said = JSON.stringify(request.messages).match(/<EMAIL_\d+>/)?.[0] ?? "you";
    return [{ type: "text", text: `For ${said}, from me@model.example.` }];
  };
  await using gateway = await GatewayProcess.start({
    config: "server: { drain_delay: 0s }\nlogging: { format: json }\n" +
      `providers:${upstream.providers}\nmodels: { m: openai/m }\npii: { enabled: true }\ncache: { enabled: true }\n`,
  });
  for (const path of ["/v1/chat/completions", "/v1/responses"]) {
    const question = (content: string) =>
      path === "/v1/responses" ? { input: content } : { messages: [{ role: "user", content }] };
    for (const [stream, expected] of [[true, "miss"], [false, "hit"], [true, "hit"]] as const) {
      const [found, text] = await ask(gateway, path, { ...question("Who are you?"), stream });
      assertEquals([found, text.includes("me@model.example")], [expected, false], text);
      assertStringIncludes(text.replaceAll(/","[^}]*?delta":"/g, ""), "EMAIL_");
    }
    for (const mail of ["anna@client.example", "bert@client.example", "anna@client.example"]) {
      const [found, text] = await ask(gateway, path, question(`Write to ${mail}.`));
      assertEquals(found, "bypass");
      assertStringIncludes(text, mail);
    }
  }
});

Deno.test("a file that the cache cannot use is told with its key, and nothing is served", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, `${MOCK}cache: { enabled: true, secret: s, path: /nowhere/c.db }\n`);
    const [program, ...first] = gatewayCommand();
    const args = [...first, "serve", "--config", file, "--port", "0"];
    const ended = await new Deno.Command(program, { args, clearEnv: true, env: gatewayEnvironment() })
      .output();
    assertEquals([ended.code, new TextDecoder().decode(ended.stderr)], [
      2,
      `${file}: cache.path: Cannot open "/nowhere/c.db": there is no directory "/nowhere"\n`,
    ]);
  } finally {
    await Deno.remove(file);
  }
});
