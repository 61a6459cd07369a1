/** "More load than can be served" for memory and the event loop; for requests in flight see retry_faults_test.ts. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SSE_FORMATS } from "../wire/codecs.ts";
import { WHOLE } from "../stages/scripts.ts";
import { codeIn, FaultSetup } from "./fault_setup.ts";
import type { LogLine } from "./gateway_process.ts";

const KEY = "planted-master-key";

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function overload(which: "began" | "ended"): (line: LogLine) => boolean {
  return ({ event }) => event === `overload.${which}`;
}

/** Each family's request is refused in its own words, at once and counted; who watches the gateway is served. */
async function assertRefuses(setup: FaultSetup, limit: string): Promise<void> {
  const took: number[] = [];
  for (const format of SSE_FORMATS) {
    for (const stream of [false, true]) {
      // One that is let in would wait for ever.
      const signal = AbortSignal.timeout(5000);
      const refused = await fetch(setup.request(format, stream, { signal }));
      const code = codeIn(await refused.json());
      const words = format === "anthropic_messages" ? "overloaded_error" : "overloaded";
      assertEquals([refused.status, code], [503, words], format);
      assert(Number(refused.headers.get("retry-after")) >= 1, format);
      took.push(Number((await setup.closing(refused)).duration_ms));
    }
  }
  assert(Math.min(...took) < 20, `refused after ${took} ms`);
  for (const path of ["/health", "/readyz", "/metrics", "/admin/requests"]) {
    const response = await fetch(setup.gateway.url + path, { headers: { authorization: `Bearer ${KEY}` } });
    await response.body?.cancel();
    assertEquals(response.status, 200, path);
  }
  const counted = (await setup.metrics()).get(`gateway_rate_limited_total{limit="${limit}"}`);
  assert(counted !== undefined && counted >= took.length, `${counted} counted`);
}

async function assertServesAgain(setup: FaultSetup): Promise<void> {
  await setup.gateway.log(overload("ended"), 20_000);
  const response = await fetch(setup.request("openai_chat", false));
  await response.body?.cancel();
  assertEquals(response.status, 200);
  const events = setup.gateway.logs.map(({ event }) => event).filter((it) =>
    String(it).startsWith("overload.")
  );
  assertEquals(events, ["overload.began", "overload.ended"]);
}

const settings = (server: string) =>
  `server: { drain_delay: 0s, drain_grace: 1s, ${server} }\nauth: { master_key: ${KEY} }`;

Deno.test("more memory than allowed: new requests get 503 at once, those under way go on, and it ends", async () => {
  const release = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  await using setup = await FaultSetup.start(async (call) => {
    reached.resolve();
    await release.promise;
    await call.answer(200, JSON.stringify(WHOLE.openai_chat));
  }, settings("max_memory: 256MiB, body_timeout: 60s"));
  const underWay = fetch(setup.request("openai_chat", false));
  await reached.promise;
  // Bodies that begin and do not end: what came has to be kept.
  const leave = new AbortController();
  const large = Array.from({ length: 8 }, () => {
    const body = new ReadableStream({ start: (it) => it.enqueue(new Uint8Array(24 * 1024 ** 2)) });
    return fetch(setup.request("openai_chat", false, { body, signal: leave.signal })).catch(() => {});
  });
  const began = await setup.gateway.log(overload("began"), 20_000);
  assertEquals([began.level, began.limit], ["WARNING", "memory"]);
  assertStringIncludes(String(began.msg), "server.max_memory of 256MiB");
  await assertRefuses(setup, "memory");
  leave.abort();
  await Promise.all(large);
  release.resolve();
  const response = await underWay;
  await response.body?.cancel();
  assertEquals(response.status, 200);
  await assertServesAgain(setup);
});

Deno.test("a late event loop: requests beyond what it bears get 503 at once, and a second later it is over", async () => {
  const release = Promise.withResolvers<void>();
  const MANY = 100;
  let arrived = 0;
  const all = Promise.withResolvers<void>();
  await using setup = await FaultSetup.start(async (call) => {
    if (++arrived === MANY) all.resolve();
    await release.promise;
    await call.answer(200, JSON.stringify(WHOLE.openai_chat));
  }, settings("max_lag: 8ms"));
  const { gateway } = setup;
  const underWay = Array.from({ length: MANY }, () => fetch(setup.request("openai_chat", false)));
  await all.promise;
  // A process that hardly gets to run is late with everything.
  for (let i = 0; i < 40 && !gateway.logs.some(overload("began")); i++) {
    gateway.signal("SIGSTOP");
    await pause(350);
    gateway.signal("SIGCONT");
    await pause(20);
  }
  const began = await gateway.log(overload("began"));
  assertEquals([began.level, began.limit], ["WARNING", "event_loop_lag"]);
  await assertRefuses(setup, "event_loop_lag");
  release.resolve();
  for (const response of await Promise.all(underWay)) {
    await response.body?.cancel();
    assertEquals(response.status, 200);
  }
  await assertServesAgain(setup);
});

Deno.test("a gateway that is held up for a moment: a thousand connections wait, and none is made to try again", async () => {
  await using setup = await FaultSetup.start(() => {});
  const { gateway } = setup;
  const port = Number(new URL(gateway.url).port);
  gateway.signal("SIGSTOP");
  // One that finds no place is tried again by the system after a second.
  const connections = await Promise.allSettled(Array.from({ length: 1000 }, async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port, signal: AbortSignal.timeout(900) });
    connection.close();
  }));
  gateway.signal("SIGCONT");
  assertEquals(connections.filter(({ status }) => status === "rejected").length, 0);
});
