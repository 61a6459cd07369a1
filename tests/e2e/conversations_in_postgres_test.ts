/** Conversations in a real Postgres server: over processes, crashes of the gateway, and faults of the server. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DelayingProxy } from "../delaying_proxy.ts";
import { requires } from "../requires.ts";
import { PostgresServer } from "../stores/postgres_server.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { gatewayCommand, gatewayEnvironment, GatewayProcess } from "./gateway_process.ts";

const { ignore } = requires("postgres");
/** Of a command, and what a loaded machine may add, milliseconds. */
const [TIMEOUT, SLACK] = [250, 1_250];

function configuration(url: string): string {
  return `
server: { drain_delay: 0s }
logging: { format: json }
postgres: { url: "${url}" }
conversations: { store: postgres }
auth: { keys: [{ name: a, key: key-of-alice }, { name: b, key: key-of-bob }] }
providers: { mock: { type: mock } }
models: { m: mock/m }`;
}

function test(name: string, run: (server: PostgresServer) => Promise<void>): void {
  Deno.test({
    name: `conversations in Postgres: ${name}`,
    ignore,
    async fn() {
      await using server = await PostgresServer.start();
      await run(server);
    },
  });
}

function post(gateway: GatewayProcess, body: Record<string, unknown>): Promise<Response> {
  return fetch(`${gateway.url}/v1/responses`, {
    method: "POST",
    headers: { authorization: "Bearer key-of-alice" },
    body: JSON.stringify({ model: "m", ...body }),
  });
}

/** @returns the id of the response. */
async function respond(gateway: GatewayProcess, body: Record<string, unknown>): Promise<string> {
  const response = await post(gateway, body);
  const answer = await response.json();
  assertEquals(response.status, 200, JSON.stringify(answer));
  return answer.id;
}

async function statusOf(gateway: GatewayProcess, id: string, key = "key-of-alice"): Promise<number> {
  const response = await fetch(`${gateway.url}/v1/responses/${id}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  await response.body?.cancel();
  return response.status;
}

async function readiness(gateway: GatewayProcess): Promise<unknown> {
  const response = await fetch(`${gateway.url}/readyz?verbose`);
  return [response.status, (await response.json()).checks];
}

async function chat(gateway: GatewayProcess): Promise<number> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer key-of-alice" },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "no conversation" }] }),
  });
  await response.body?.cancel();
  return response.status;
}

/** What holds while the database answers nothing: 503 in time, all else goes on, and readiness says so. */
async function assertUnavailable(gateway: GatewayProcess, id: string): Promise<void> {
  const requests = Array.from({ length: 30 }, async (_, i) => {
    const began = performance.now();
    const response = i % 2 === 0
      ? await post(gateway, { input: "held up", previous_response_id: i % 4 === 0 ? id : null })
      : await fetch(`${gateway.url}/v1/responses/${id}`, {
        headers: { authorization: "Bearer key-of-alice" },
      });
    const { error } = await response.json();
    return { status: response.status, code: error?.code, took: performance.now() - began };
  });
  for (const { status, code, took } of await Promise.all(requests)) {
    assertEquals([status, code], [503, "conversation_store_unavailable"]);
    // What goes on from another turn and is stored asks twice.
    assert(took < 2 * TIMEOUT + SLACK, `${took} ms`);
  }
  await gateway.log((line) => line.event === "store.failed");
  assertEquals(await readiness(gateway), [503, { conversations: "failed" }]);
  assertEquals(await chat(gateway), 200);
  const began = performance.now();
  const free = await post(gateway, { input: "not kept", store: false });
  assertEquals(free.status, 200);
  await free.body?.cancel();
  assert(performance.now() - began < TIMEOUT + SLACK);
}

async function assertRecovers(gateway: GatewayProcess, id: string): Promise<void> {
  // Nobody has to ask: it looks by itself.
  await gateway.log((line) => line.event === "store.recovered", 20_000);
  assertEquals(await statusOf(gateway, id), 200);
  await respond(gateway, { input: "after", previous_response_id: id });
  assertEquals(await readiness(gateway), [200, { conversations: "ok" }]);
}

test("two gateways share them, also over a restart, and each is its owner's alone", async (server) => {
  const config = configuration(server.url);
  // At once: each finds the tables made, or makes them.
  const [first, second] = await Promise.all([
    GatewayProcess.start({ config }),
    GatewayProcess.start({ config }),
  ]);
  await using _first = first;
  let previous: string | null = null;
  for (let i = 0; i < 6; i++) {
    previous = await respond(i % 2 === 0 ? first : second, {
      input: `turn ${i}`,
      previous_response_id: previous,
    });
  }
  const id = previous ?? "";
  await second.stop();
  await using third = await GatewayProcess.start({ config });
  assertEquals([await statusOf(third, id), await statusOf(third, id, "key-of-bob")], [200, 404]);
  const text = await (await fetch(`${first.url}/metrics`)).text();
  assertEquals(samples(text).get('conversation_active_count{backend="postgres"}'), 5);
  const rows = await server.query("SELECT json || state AS text FROM llm_gateway.conversation_entries");
  assert(rows.length === 6 && !JSON.stringify(rows).includes("key-of-"), "no key stands in the tables");
});

test("kill -9 under load loses nothing that was acknowledged, and the next one is ready within 2 s", async (server) => {
  const config = configuration(server.url);
  const first = await GatewayProcess.start({ config });
  const acknowledged: string[] = [];
  const enough = Promise.withResolvers<void>();
  const clients = Promise.allSettled(Array.from({ length: 8 }, async (_, number) => {
    for (let previous: string | null = null;;) {
      const stream = number % 2 === 0;
      const response = await post(first, {
        input: "x".repeat(2_000),
        previous_response_id: previous,
        stream,
      });
      const text = await response.text();
      const ended = stream ? text.includes("event: response.completed\n") : true;
      assertEquals([response.status, ended], [200, true], text);
      previous = /"id":\s*"(resp_[^"]+)"/.exec(text)?.[1] ?? "";
      acknowledged.push(previous);
      if (acknowledged.length === 150) enough.resolve();
    }
  }));
  await Promise.race([enough.promise, clients]);
  await first.stop("SIGKILL");
  for (const result of await clients) {
    // The connection broke; no answer was wrong.
    if (result.status === "rejected") {
      assert(!/AssertionError/.test(String(result.reason)), String(result.reason));
    }
  }
  assert(acknowledged.length >= 150);
  const started = performance.now();
  await using second = await GatewayProcess.start({ config });
  assertEquals(await readiness(second), [200, { conversations: "ok" }]);
  assert(performance.now() - started < 2_000, `ready after ${performance.now() - started} ms`);
  const statuses = await Promise.all(acknowledged.map((id) => statusOf(second, id)));
  assertEquals(statuses.filter((status) => status !== 200), []);
  await respond(second, { input: "go on", previous_response_id: acknowledged.at(-1) });
});

test("stopped: 503 at once while all else goes on, and well again when it is back", async (server) => {
  await using gateway = await GatewayProcess.start({ config: configuration(server.url) });
  const id = await respond(gateway, { input: "before" });
  await server.stop();
  await assertUnavailable(gateway, id);
  await server.restart();
  await assertRecovers(gateway, id);
});

test("frozen: no request hangs, and well again when it goes on", async (server) => {
  await using gateway = await GatewayProcess.start({ config: configuration(server.url) });
  const id = await respond(gateway, { input: "before" });
  await server.signal("SIGSTOP");
  try {
    await assertUnavailable(gateway, id);
  } finally {
    await server.signal("SIGCONT");
  }
  await assertRecovers(gateway, id);
});

test("5 s slow: no request hangs, and well again when it is quick", async (server) => {
  await using proxy = new DelayingProxy({ hostname: "127.0.0.1", port: server.port });
  const url = server.url.replace(`${server.port}`, `${proxy.port}`);
  await using gateway = await GatewayProcess.start({ config: configuration(url) });
  const id = await respond(gateway, { input: "before" });
  proxy.delay = 5_000;
  await assertUnavailable(gateway, id);
  proxy.delay = 0;
  await assertRecovers(gateway, id);
});

test("not there when the gateway starts: it serves what needs none, and makes its tables later", async (server) => {
  await server.stop();
  await using gateway = await GatewayProcess.start({ config: configuration(server.url) });
  assertEquals([await chat(gateway), await readiness(gateway)], [200, [503, { conversations: "failed" }]]);
  assertEquals((await post(gateway, { input: "too early" })).status, 503);
  await server.restart();
  await gateway.log((line) => line.event === "store.recovered", 20_000);
  await respond(gateway, { input: "after" });
});

test("one that somebody has to see to first ends the start with code 2 and says why", async (server) => {
  const url = server.url.replace("/postgres", "/absent");
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(file, configuration(url));
  const [program, ...first] = gatewayCommand();
  const args = [...first, "serve", "--config", file, "--port", "0"];
  const ended = await new Deno.Command(program, { args, clearEnv: true, env: gatewayEnvironment() }).output();
  await Deno.remove(file);
  assertEquals(ended.code, 2);
  assertStringIncludes(
    new TextDecoder().decode(ended.stderr),
    `${file}: postgres.url: Cannot use the Postgres database at 127.0.0.1:${server.port}/absent: ` +
      `database "absent" does not exist\n`,
  );
});
