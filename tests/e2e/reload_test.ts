/** The configuration read anew: by SIGHUP, by a change of its file, and by an administrator. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { samples } from "../telemetry/metrics/scrape.ts";
import { STREAMS, streamText, WHOLE } from "../stages/scripts.ts";
import { readUntil } from "./fault_setup.ts";
import { GatewayProcess, type LogLine } from "./gateway_process.ts";
import { type UpstreamCall, UpstreamServer } from "./upstream_server.ts";

const MASTER = "planted-master-key";

interface Settings {
  readonly upstream: UpstreamServer;
  readonly model?: string;
  readonly server?: string;
  readonly more?: string;
}

function configuration({ upstream, model = "one", server = "", more = "" }: Settings): string {
  return `
server: { drain_delay: 0s, watch_config: false, ${server} }
auth: { master_key: ${MASTER} }
providers: { up: { type: openai_compatible, base_url: "${upstream.origin}/v1", api_key: planted-key } }
models: { ${model}: up/x }
${more}
`;
}

function chat(gateway: GatewayProcess, model: string, stream = false): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content: "Hi" }] }),
  });
}

async function statusOf(gateway: GatewayProcess, model: string): Promise<number> {
  const response = await chat(gateway, model);
  await response.body?.cancel();
  return response.status;
}

async function reloads(gateway: GatewayProcess): Promise<(number | undefined)[]> {
  const all = samples(await (await fetch(`${gateway.url}/metrics`)).text());
  return ["success", "failure"].map((result) => all.get(`gateway_config_reloads_total{result="${result}"}`));
}

/** Has the configuration read anew and returns the line that says what came of it, the `nth` of its kind. */
async function hangup(gateway: GatewayProcess, event: string, nth = 1): Promise<LogLine> {
  gateway.signal("SIGHUP");
  let seen = 0;
  return await gateway.log((line) => line.event === event && ++seen === nth);
}

const answering = (call: UpstreamCall) =>
  call.text.includes('"stream":true')
    ? call.stream().then(() => call.chunk(streamText("openai_chat"))).then(() => call.end())
    : call.answer(200, JSON.stringify(WHOLE.openai_chat));

Deno.test("SIGHUP: new requests see the new configuration, those under way end with their own", async () => {
  const finish = Promise.withResolvers<void>();
  await using before = new UpstreamServer(async (call) => {
    const { prelude, content, finish: last, terminal } = STREAMS.openai_chat;
    await call.stream();
    await call.chunk(prelude + content("Hello"));
    await finish.promise;
    await call.chunk(content(" world") + last + terminal);
    await call.end();
  });
  await using after = new UpstreamServer(answering);
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream: before }) });
  assertEquals(await reloads(gateway), [0, 0]);
  const open = await chat(gateway, "one", true);
  const reader = (open.body as ReadableStream<Uint8Array>).getReader();
  await readUntil(reader, "Hello");

  await gateway.configure(configuration({ upstream: after, model: "two" }));
  await hangup(gateway, "config.reloaded");
  assertEquals([await statusOf(gateway, "one"), await statusOf(gateway, "two")], [404, 200]);
  assertEquals(await reloads(gateway), [1, 0]);
  finish.resolve();
  const rest = await readUntil(reader, "[DONE]");
  assertStringIncludes(rest, " world");
  assertStringIncludes(rest, "[DONE]");
});

Deno.test("a bad configuration changes nothing; all that is wrong with it is logged, and it is counted", async () => {
  await using upstream = new UpstreamServer(answering);
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream }) });
  await gateway.configure(
    `${configuration({ upstream, model: "two" })}\nretry: { attempts: many }\nlimts: {}\n`,
  );
  const line = await hangup(gateway, "config.rejected");
  assertEquals(line.level, "ERROR");
  const problems = (line.problems as string[]).join("\n");
  assertStringIncludes(problems, "retry.attempts");
  assertStringIncludes(problems, "limts");
  assertEquals([await statusOf(gateway, "one"), await statusOf(gateway, "two")], [200, 404]);
  assertEquals(await reloads(gateway), [0, 1]);
});

Deno.test("what takes a restart is named in a warning and stays; the rest is changed", async () => {
  await using upstream = new UpstreamServer(answering);
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream }) });
  await gateway.configure(configuration({
    upstream,
    model: "two",
    server: "max_connections: 77",
    more: "logging: { level: DEBUG }\nobservability: { metrics: { enabled: false } }",
  }));
  await hangup(gateway, "config.reloaded");
  for (const key of ["server.max_connections", "observability.metrics.enabled"]) {
    const warning = await gateway.log((line) => String(line.msg).startsWith(key));
    assertEquals([warning.level, warning.event], ["WARNING", "config.restart_needed"]);
  }
  assertEquals(await statusOf(gateway, "two"), 200);
  // The level can change: starts of requests are told at DEBUG.
  await gateway.log((line) => line.event === "request.start");
});

Deno.test("POST /admin/config/reload does what SIGHUP does, for who has the master key", async () => {
  await using upstream = new UpstreamServer(answering);
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream }) });
  const ask = (key: string) =>
    fetch(`${gateway.url}/admin/config/reload`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
    });
  const refused = await ask("sk-somebody");
  assertEquals(refused.status, 401);
  await refused.body?.cancel();

  await gateway.configure(configuration({ upstream, model: "two", server: "idle_timeout: 7s" }));
  const good = await ask(MASTER);
  assertEquals([good.status, await good.json()], [200, {
    status: "reloaded",
    warnings: ["server.idle_timeout has changed, which takes a restart: it stays as it was"],
  }]);
  assertEquals(await statusOf(gateway, "two"), 200);

  await gateway.configure("models: 7\n");
  const bad = await ask(MASTER);
  assertEquals(bad.status, 400);
  assertStringIncludes((await bad.json()).error.message, "models");
  assertEquals(await statusOf(gateway, "two"), 200);
  assertEquals(await reloads(gateway), [1, 1]);
});

Deno.test("a changed file is read anew by itself; a limit that stays goes on where it was", async () => {
  await using upstream = new UpstreamServer(answering);
  const limited = (model: string) =>
    configuration({
      upstream,
      model,
      more: "rate_limit: { per_address: { requests: 2, per: 1h } }",
    }).replace("watch_config: false", "watch_config: true");
  await using gateway = await GatewayProcess.start({ config: limited("one") });
  assertEquals(await statusOf(gateway, "one"), 200);
  await gateway.configure(limited("two"));
  await gateway.log((line) => line.event === "config.reloaded");
  assertEquals(await statusOf(gateway, "two"), 200);
  assertEquals(await statusOf(gateway, "two"), 429);
});

Deno.test("20 good and 20 bad configurations under load, with streams alive: no request fails", async () => {
  const release = Promise.withResolvers<void>();
  await using upstream = new UpstreamServer(async (call) => {
    if (!call.text.includes('"user":"long"')) return await answering(call);
    const { prelude, content, finish, terminal } = STREAMS.openai_chat;
    await call.stream();
    await call.chunk(prelude + content("Hello"));
    await release.promise;
    await call.chunk(content(" world") + finish + terminal);
    await call.end();
  });
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream }) });
  const body = JSON.stringify({ model: "one", stream: true, user: "long", messages: [] });
  const open = await Promise.all(Array.from({ length: 10 }, async () => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", body });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await readUntil(reader, "Hello");
    return reader;
  }));

  let loading = true;
  let answered = 0;
  const failures: string[] = [];
  const clients = Array.from({ length: 8 }, async (_, client) => {
    while (loading) {
      const response = await chat(gateway, "one", client % 2 === 0);
      const text = await response.text();
      if (response.status !== 200 || !text.includes("Hello")) failures.push(`${response.status} ${text}`);
      answered++;
    }
  });
  for (let round = 1; round <= 20; round++) {
    await gateway.configure(configuration({ upstream, more: `retry: { attempts: ${round % 4} }` }));
    await hangup(gateway, "config.reloaded", round);
    await gateway.configure(configuration({ upstream, more: `retry: { attempts: x${round} }` }));
    await hangup(gateway, "config.rejected", round);
  }
  loading = false;
  await Promise.all(clients);
  release.resolve();
  for (const reader of open) assertStringIncludes(await readUntil(reader, "[DONE]"), "[DONE]");
  assertEquals(failures, []);
  assert(answered > 100, `${answered} requests`);
  assertEquals(await reloads(gateway), [20, 20]);
});
