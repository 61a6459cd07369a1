/** The rows of "Retry, breaker, overload" that are about how much a provider in trouble is asked, and when. */
import { assert, assertEquals } from "@std/assert";
import { STREAMS, WHOLE } from "../stages/scripts.ts";
import { FaultSetup, formatOf, isStream } from "./fault_setup.ts";
import type { UpstreamScript } from "./upstream_server.ts";

const QUICK = "server: { drain_delay: 0s }\nretry: { attempts: 2, base_delay: 1ms, max_delay: 1ms }";
const REQUESTS = 60;
const AT_A_TIME = 10;

/** So many requests, some at a time. @returns their statuses. */
async function askOften(setup: FaultSetup, stream: boolean, model: string): Promise<Set<number>> {
  const statuses = new Set<number>();
  for (let i = 0; i < REQUESTS; i += AT_A_TIME) {
    await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
      const response = await fetch(setup.request("openai_chat", stream, { model }));
      await response.body?.cancel();
      statuses.add(response.status);
    }));
  }
  return statuses;
}

const FAILURES: Readonly<Record<string, UpstreamScript>> = {
  "a reset before the answer": (call) => call.cut(),
  "a reset after the headers": async (call) => {
    await call.head(200, { "content-type": isStream(call) ? "text/event-stream" : "application/json" });
    call.cut();
  },
  // The last: where a kept connection turns out to be closed, the request goes out on a new one, which is no retry.
  "status 503": (call) => call.answer(503, "{}"),
};

Deno.test("amplification: a provider in trouble gets 1.2 attempts a request and 3 more, however it fails", async () => {
  let asked = 0;
  let fail: UpstreamScript = () => {};
  await using setup = await FaultSetup.start((call) => {
    asked++;
    return fail(call);
  }, QUICK);
  let sent = 0;
  for (const [name, script] of Object.entries(FAILURES)) {
    fail = script;
    for (const stream of [false, true]) {
      const statuses = await askOften(setup, stream, "chat");
      sent += REQUESTS;
      assert(!statuses.has(200), name);
      assert(asked > sent && asked <= 1.2 * sent + 3, `${name}: ${asked} attempts for ${sent} requests`);
    }
  }
});

Deno.test("amplification: nothing is asked again after the first content, however many streams break", async () => {
  let asked = 0;
  await using setup = await FaultSetup.start(async (call) => {
    asked++;
    const { prelude, content } = STREAMS[formatOf(call)];
    await call.stream();
    await call.chunk(prelude + content("Hello"));
    call.cut();
  }, QUICK);
  for (const model of ["chat", "both"]) await askOften(setup, true, model);
  assertEquals(asked, 2 * REQUESTS);
});

/** What it says, and what is waited before the next attempt; null: there is none. */
const RETRY_AFTER: readonly (readonly [headers: Record<string, string>, least: number | null])[] = [
  [{ "retry-after-ms": "300" }, 300],
  [{ "retry-after": "1" }, 1000],
  [{ "retry-after": "soon" }, null],
  [{ "retry-after": "-5" }, null],
  [{ "retry-after": "Thu, 01 Jan 2015 00:00:00 GMT" }, null],
  // The last: it leaves the target at rest.
  [{ "retry-after": "3600" }, null],
];

Deno.test("Retry-After: seconds, milliseconds and a date are waited for, nonsense and the past mean no retry", async () => {
  const at: number[] = [];
  let headers: Record<string, string> = {};
  await using setup = await FaultSetup.start((call) => {
    at.push(performance.now());
    return at.length > 1
      ? call.answer(200, JSON.stringify(WHOLE.openai_chat))
      : call.answer(429, '{"error":{"message":"slow down"}}', headers);
  }, QUICK);
  const ask = async (given: Record<string, string>) => {
    headers = given;
    at.length = 0;
    const response = await fetch(setup.request("openai_chat", false));
    await response.body?.cancel();
    return { status: response.status, waited: (at[1] ?? NaN) - (at[0] ?? NaN) };
  };
  // Of whole seconds, so it is waited for between one and two.
  const date = new Date(Date.now() + 2000).toUTCString();
  for (const [given, least] of [[{ "retry-after": date }, 900] as const, ...RETRY_AFTER]) {
    const { status, waited } = await ask(given);
    const what = JSON.stringify(given);
    if (least === null) assertEquals([status, at.length], [429, 1], what);
    else assert(status === 200 && waited >= least - 2, `${what}: ${status} after ${waited} ms`);
  }
});

/** A model whose two targets are at one provider; the second is asked after 50 ms. */
const HEDGED = `  hedged: { targets: [chat/first, chat/second], hedge: { after: 50ms } }\n${QUICK}`;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test("amplification: hedging draws on the same budget, and asks nobody after the first content", async () => {
  let asked = 0;
  let fail: UpstreamScript = () => {};
  await using setup = await FaultSetup.start((call) => {
    asked++;
    return fail(call);
  }, HEDGED);
  let sent = 0;
  // Resets first, so that no connection is kept.
  for (const stream of [true, false]) {
    fail = async (call) => {
      await pause(200);
      if (stream) call.cut();
      else await call.answer(503, "{}");
    };
    await askOften(setup, stream, "hedged");
    sent += REQUESTS;
    assert(asked > sent && asked <= 1.2 * sent + 3, `${asked} attempts for ${sent} requests`);
  }
  const before = asked;
  fail = async (call) => {
    const { prelude, content } = STREAMS[formatOf(call)];
    await call.stream();
    await call.chunk(prelude + content("Hello"));
    await pause(150);
    call.cut();
  };
  await askOften(setup, true, "hedged");
  assertEquals(asked - before, REQUESTS);
});

Deno.test("hedging: the first content wins, the other connection is closed within 100 ms, and both are counted", async () => {
  const closed: Promise<number>[] = [];
  let answered = NaN;
  await using setup = await FaultSetup.start(async (call) => {
    if (call.json.model === "first") {
      closed.push(call.closed);
      await call.closed;
      return;
    }
    const { prelude, content, finish, terminal } = STREAMS.openai_chat;
    answered = performance.now();
    if (!isStream(call)) return await call.answer(200, JSON.stringify(WHOLE.openai_chat));
    await call.stream();
    await call.chunk(prelude + content("Hello") + finish + terminal);
    await call.end();
  }, `  ${HEDGED.trim().replace("hedge:", "policy: priority, hedge:")}`);
  for (const stream of [true, false]) {
    const response = await fetch(setup.request("openai_chat", stream, { model: "hedged" }));
    await response.text();
    assertEquals([response.status, response.headers.get("x-gateway-model")], [200, "second"]);
    const took = await Promise.race([closed.pop(), pause(2000).then(() => Infinity)]) ?? NaN;
    assert(took - answered < 100, `closed after ${took - answered} ms`);
  }
  const metrics = await setup.metrics();
  const value = (start: string) => [...metrics].find(([name]) => name.startsWith(start))?.[1];
  assertEquals(value('gateway_hedges_total{provider="chat",model="second",result="won"'), 2);
  assertEquals(value('gateway_retries_total{provider="chat"'), undefined, "nothing failed");
  for (const operation of ["generate", "generate_stream"]) {
    const labels = `provider="chat",model="first",operation="${operation}",status="cancelled"`;
    assertEquals(value(`provider_requests_total{${labels}`), 1);
  }
});

Deno.test("more load than can be served: 503 with Retry-After at once, while health and metrics answer", async () => {
  const release = Promise.withResolvers<void>();
  let asked = 0;
  const reached = Promise.withResolvers<void>();
  await using setup = await FaultSetup.start(async (call) => {
    if (++asked === 3) reached.resolve();
    await release.promise;
    await call.answer(200, JSON.stringify(WHOLE.openai_chat));
  }, "server: { drain_delay: 0s, drain_grace: 1s, max_in_flight: 3 }");
  const served = Array.from({ length: 3 }, () => fetch(setup.request("openai_chat", false)));
  await reached.promise;
  const took: number[] = [];
  for (let i = 0; i < 10; i++) {
    // One that is let in would wait for ever.
    const signal = AbortSignal.timeout(5000);
    const refused = await fetch(setup.request("openai_chat", i % 2 === 0, { signal }));
    assertEquals([refused.status, (await refused.json()).error.code], [503, "overloaded"]);
    assert(Number(refused.headers.get("retry-after")) >= 1);
    took.push(Number((await setup.closing(refused)).duration_ms));
  }
  assert(Math.min(...took) < 20, `refused after ${took} ms`);
  for (const path of ["/health", "/readyz", "/metrics"]) {
    const response = await fetch(setup.gateway.url + path);
    await response.body?.cancel();
    assertEquals(response.status, 200, path);
  }
  assertEquals(asked, 3);
  release.resolve();
  for (const response of await Promise.all(served)) {
    await response.body?.cancel();
    assertEquals(response.status, 200);
  }
});
