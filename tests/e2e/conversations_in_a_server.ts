/** What holds of conversations in a server of their own, whichever that is: over processes, crashes, and faults. */
import { assert, assertEquals } from "@std/assert";
import { DelayingProxy } from "../delaying_proxy.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { GatewayProcess } from "./gateway_process.ts";

/** A server that a test may be hard on. */
export interface StoreServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  /** Again, with what it has kept. */
  restart(): Promise<void>;
  signal(signal: "SIGSTOP" | "SIGCONT"): Promise<void> | void;
}

export interface StoreBackend<S extends StoreServer> {
  /** The name of its section. */
  readonly name: "redis" | "postgres";
  readonly title: string;
  readonly ignore: boolean;
  start(): Promise<S>;
  /** All that it has kept of conversations, as text, and how many pieces that are. */
  contents(server: S): Promise<{ readonly text: string; readonly turns: number }>;
}

/** Of a command, and what a loaded machine may add, milliseconds. */
const [TIMEOUT, SLACK] = [250, 1_250];

/** A configuration whose conversations are in a server. @param timeout of a command; the default is 250 ms. */
export function configuration(name: string, url: string, timeout = "250ms"): string {
  return `
server: { drain_delay: 0s }
logging: { format: json }
${name}: { url: "${url}", timeout: ${timeout} }
conversations: { store: ${name}, timeout: 5s }
auth: { keys: [{ name: a, key: key-of-alice }, { name: b, key: key-of-bob }] }
providers: { mock: { type: mock } }
models: { m: mock/m }`;
}

/** Asks for a response. */
export function post(gateway: GatewayProcess, body: Record<string, unknown>): Promise<Response> {
  return fetch(`${gateway.url}/v1/responses`, {
    method: "POST",
    headers: { authorization: "Bearer key-of-alice" },
    body: JSON.stringify({ model: "m", ...body }),
  });
}

/** @returns the id of the response. */
export async function respond(gateway: GatewayProcess, body: Record<string, unknown>): Promise<string> {
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

export async function readiness(gateway: GatewayProcess): Promise<unknown> {
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

/** Registers the tests that hold of every backend. */
export function testConversationsIn<S extends StoreServer>(backend: StoreBackend<S>): void {
  const { name, title, ignore } = backend;

  function test(
    what: string,
    run: (server: S, config: string) => Promise<void>,
    timeout?: string,
  ): void {
    Deno.test({
      name: `conversations in ${title}: ${what}`,
      ignore,
      async fn() {
        await using server = await backend.start();
        await run(server, configuration(name, server.url, timeout));
      },
    });
  }

  test(
    "two gateways share them, also over a restart, and each is its owner's alone",
    async (server, config) => {
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
      assertEquals(samples(text).get(`conversation_active_count{backend="${name}"}`), 5);
      const { text: kept, turns } = await backend.contents(server);
      assert(turns === 6 && !kept.includes("key-of-"), "no key stands in it");
    },
    // Nothing is slow here but the machine.
    "5s",
  );

  test(
    "kill -9 under load loses nothing that was acknowledged, and the next one is ready within 2 s",
    async (_server, config) => {
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
    },
    // Nothing is slow here but the machine.
    "5s",
  );

  test(
    "stopped: 503 at once while all else goes on, and well again when it is back",
    async (server, config) => {
      await using gateway = await GatewayProcess.start({ config });
      const id = await respond(gateway, { input: "before" });
      await server.stop();
      await assertUnavailable(gateway, id);
      await server.restart();
      await assertRecovers(gateway, id);
    },
  );

  test("frozen: no request hangs, and well again when it goes on", async (server, config) => {
    await using gateway = await GatewayProcess.start({ config });
    const id = await respond(gateway, { input: "before" });
    await server.signal("SIGSTOP");
    try {
      await assertUnavailable(gateway, id);
    } finally {
      await server.signal("SIGCONT");
    }
    await assertRecovers(gateway, id);
  });

  test("5 s slow: no request hangs, and well again when it is quick", async (server, config) => {
    await using proxy = new DelayingProxy({ hostname: "127.0.0.1", port: server.port });
    await using gateway = await GatewayProcess.start({
      config: config.replace(`${server.port}`, `${proxy.port}`),
    });
    const id = await respond(gateway, { input: "before" });
    proxy.delay = 5_000;
    await assertUnavailable(gateway, id);
    proxy.release();
    await assertRecovers(gateway, id);
  });

  test(
    "not there when the gateway starts: it serves what needs none, and begins later",
    async (server, config) => {
      await server.stop();
      await using gateway = await GatewayProcess.start({ config });
      assertEquals([await chat(gateway), await readiness(gateway)], [200, [503, {
        conversations: "failed",
      }]]);
      assertEquals((await post(gateway, { input: "too early" })).status, 503);
      await server.restart();
      await gateway.log((line) => line.event === "store.recovered", 20_000);
      await respond(gateway, { input: "after" });
    },
  );
}
