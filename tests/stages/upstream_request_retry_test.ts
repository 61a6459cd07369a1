/** The rows of "Retry, breaker, overload" that this stage answers for; see docs on faults. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import type { UpstreamError } from "../../lib/providers/provider.ts";
import { RetryBudget } from "../../lib/stages/upstream/retry_policy.ts";
import { ManualClock } from "../manual_clock.ts";
import { StageBench, turn } from "./stage_bench.ts";
import { ScriptedProvider, type Step } from "./scripted_provider.ts";
import {
  errorAnswer,
  goodAnswer,
  goodStream,
  REQUESTS,
  STREAM_BEGINS,
  STREAMS,
  streamText,
} from "./scripts.ts";

const WHOLE_REQUEST = REQUESTS.openai_chat;

function provider(name: string, ...scripts: Step[][]): ScriptedProvider {
  return new ScriptedProvider(name, ["openai_chat"], scripts);
}

function refused(): Step[] {
  return [{ error: "connection_refused", sent: false }];
}

for (const kind of ["connection_refused", "dns_failed", "tls_failed", "timeout_connect"] as const) {
  Deno.test(`${kind} before the request was sent: another target at once`, async () => {
    const first = provider("first", [{ error: kind, sent: false }]);
    const second = provider("second", goodStream("openai_chat"));
    const bench = new StageBench({ providers: [first, second] });
    // The clock stands still: whoever waited would wait for ever.
    assertEquals(await bench.text(), streamText("openai_chat").replace(/data: [^\n]*"usage"[^\n]*\n\n/, ""));
    assertEquals(bench.exchange.call?.attempts.map((it) => [it.provider, it.status, it.errorType]), [
      ["first", "error", kind === "timeout_connect" ? "upstream_timeout" : "upstream_connection_failed"],
      ["second", "success", ""],
    ]);
    assertEquals([bench.exchange.outcome, bench.exchange.status], ["success", 200]);
  });
}

Deno.test("a refused connection draws nothing from the retry budget while other targets are left", async () => {
  const clock = new ManualClock();
  const budget = new RetryBudget(0, clock);
  for (let i = 0; i < 3; i++) budget.retry();
  const bench = new StageBench({
    providers: [provider("first", refused()), provider("second", goodAnswer("openai_chat"))],
    body: WHOLE_REQUEST,
    budget,
  });
  await bench.whole();
  assertEquals(bench.exchange.call?.provider, "second");
});

for (const status of [408, 429, 500, 502, 503, 504, 529]) {
  Deno.test(`status ${status}: asked again after a back-off`, async () => {
    const only = provider("only", errorAnswer(status), goodAnswer("openai_chat"));
    const bench = new StageBench({ providers: [only], body: WHOLE_REQUEST });
    const answer = bench.whole();
    await bench.pass(99);
    assertEquals(only.requests.length, 1, "not before the back-off is over");
    await bench.pass(2);
    await answer;
    assertEquals(only.requests.length, 2);
    assertEquals(bench.exchange.call?.status, "success");
    assertEquals(bench.exchange.call?.attempts.map((it) => it.httpStatus), [status, 200]);
  });
}

Deno.test("a reset after sending: asked again after a back-off", async () => {
  const only = provider("only", [{ error: "connection_reset", sent: true }], goodAnswer("openai_chat"));
  const bench = new StageBench({ providers: [only], body: WHOLE_REQUEST });
  const answer = bench.whole();
  await bench.pass(99);
  assertEquals(only.requests.length, 1);
  await bench.pass(2);
  await answer;
  assertEquals(only.requests.length, 2);
});

for (const status of [301, 400, 404, 409, 413, 422, 501]) {
  Deno.test(`status ${status}: not tried again, anywhere`, async () => {
    const first = provider("first", errorAnswer(status));
    const second = provider("second", goodAnswer("openai_chat"));
    const bench = new StageBench({ providers: [first, second], body: WHOLE_REQUEST });
    await assertRejects(() => bench.whole(), GatewayError);
    assertEquals([first.requests.length, second.requests.length], [1, 0]);
    assertEquals(bench.exchange.call?.status, "error");
  });
}

for (const status of [401, 403]) {
  Deno.test(`status ${status}: the provider is left out, the next one is asked at once`, async () => {
    const first = provider("first", errorAnswer(status));
    const second = provider("second", goodAnswer("openai_chat"));
    const bench = new StageBench({ providers: [first, second], body: WHOLE_REQUEST });
    await bench.whole();
    assertEquals([first.requests.length, second.requests.length], [1, 1]);
  });

  Deno.test(`status ${status} of the only provider: 502, since it is not the client's key`, async () => {
    const only = provider("only", errorAnswer(status));
    const bench = new StageBench({ providers: [only], body: WHOLE_REQUEST });
    const error = await assertRejects(() => bench.whole(), GatewayError);
    assertEquals([error.status, error.code, only.requests.length], [
      502,
      "upstream_authentication_failed",
      1,
    ]);
  });
}

Deno.test("targets are tried in their order, whichever are left out", async () => {
  const providers = [
    provider("a", errorAnswer(401)),
    provider("b", errorAnswer(503)),
    provider("c", errorAnswer(503)),
  ];
  const bench = new StageBench({ providers, body: WHOLE_REQUEST });
  await assertRejects(() => bench.whole(), GatewayError);
  assertEquals(bench.exchange.call?.attempts.map((it) => it.provider), ["a", "b", "c"]);
});

Deno.test("Retry-After: kept by the target that asked for it, while the others are asked at once", async () => {
  const first = provider("first", errorAnswer(429, { "retry-after": "3" }), goodAnswer("openai_chat"));
  const second = provider("second", errorAnswer(503));
  const bench = new StageBench({ providers: [first, second], body: WHOLE_REQUEST, random: () => 0 });
  await assertRejects(() => bench.whole(), GatewayError);
  assertEquals([first.requests.length, second.requests.length], [1, 2]);
});

const RETRY_AFTER: readonly [name: string, headers: Record<string, string>, waits: number | null][] = [
  ["seconds", { "retry-after": "2" }, 2000],
  ["a date", { "retry-after": new Date(Date.UTC(2026, 0, 1, 0, 0, 4)).toUTCString() }, 4000],
  ["retry-after-ms", { "retry-after-ms": "1500" }, 1500],
  ["retry-after-ms before retry-after", { "retry-after-ms": "1500", "retry-after": "60" }, 1500],
  ["above the cap", { "retry-after": "6" }, null],
  ["negative", { "retry-after": "-1" }, null],
  ["nonsense", { "retry-after": "soon" }, null],
  ["a date gone by", { "retry-after": new Date(Date.UTC(2025, 0, 1)).toUTCString() }, null],
];

for (const [name, headers, waits] of RETRY_AFTER) {
  Deno.test(`Retry-After, ${name}: ${waits === null ? "no retry" : `a retry after ${waits} ms`}`, async () => {
    const only = provider("only", errorAnswer(429, headers), goodAnswer("openai_chat"));
    const bench = new StageBench({ providers: [only], body: WHOLE_REQUEST, random: () => 0 });
    const answer = bench.whole();
    if (waits === null) {
      const error = await assertRejects(() => answer, GatewayError);
      assertEquals([error.status, only.requests.length], [429, 1]);
      return;
    }
    await bench.pass(waits - 1);
    assertEquals(only.requests.length, 1);
    await bench.pass(2);
    await answer;
    assertEquals(only.requests.length, 2);
  });
}

Deno.test("Retry-After is passed on when the client gets the error", async () => {
  const bench = new StageBench({ providers: [provider("only", errorAnswer(429, { "retry-after": "60" }))] });
  const error = await assertRejects(() => bench.run(), GatewayError);
  assertEquals([error.status, error.retryAfter], [429, 60]);
});

Deno.test("a retry budget bounds how often providers in trouble are asked again", async () => {
  const clock = new ManualClock();
  const budget = new RetryBudget(0.2, clock);
  let asked = 0;
  for (let i = 0; i < 100; i++) {
    const only = provider("only", errorAnswer(503));
    const bench = new StageBench({ providers: [only], body: WHOLE_REQUEST, budget, random: () => 0 });
    await assertRejects(() => bench.whole(), GatewayError);
    asked += only.requests.length;
  }
  assert(asked >= 103 && asked <= 120, `${asked} requests were made of 100`);
});

Deno.test("attempts are bounded by the configuration", async () => {
  for (const attempts of [0, 1, 4]) {
    const only = provider("only", errorAnswer(503));
    const bench = new StageBench({
      providers: [only],
      body: WHOLE_REQUEST,
      retry: { attempts },
      random: () => 0,
      budget: new RetryBudget(10, new ManualClock()),
    });
    await assertRejects(() => bench.whole(), GatewayError);
    assertEquals(only.requests.length, attempts + 1);
  }
});

Deno.test("never after content: the error is an event, and no other target is asked", async () => {
  const { prelude, content } = STREAMS.openai_chat;
  const failures: Step[][] = [
    [{ error: "connection_reset" }],
    [{ error: "timeout_between_chunks" }],
    [{ end: true }],
    [{ data: 'data: {"error":{"message":"boom","code":"server_error"}}\n\n' }],
  ];
  for (const failure of failures) {
    const first = provider("first", [STREAM_BEGINS, { data: prelude + content("Hel") }, ...failure]);
    const second = provider("second", goodStream("openai_chat"));
    const bench = new StageBench({ providers: [first, second] });
    const text = await bench.text();
    assert(text.startsWith(prelude + content("Hel") + 'data: {"error":{'), text);
    assertEquals(text.match(/"error":/g)?.length, 1);
    assert(!text.includes("[DONE]"));
    assertEquals([first.requests.length, second.requests.length], [1, 0]);
    assertEquals([bench.exchange.outcome, bench.finished.length], ["error", 1]);
  }
});

Deno.test("a prelude is taken back: what fails before content is free to retry", async () => {
  const { prelude } = STREAMS.openai_chat;
  const kinds: UpstreamError["kind"][] = [
    "connection_reset",
    "timeout_between_chunks",
    "timeout_first_chunk",
  ];
  for (const error of kinds) {
    const first = provider("first", [STREAM_BEGINS, { data: prelude }, { error }]);
    const second = provider("second", goodStream("openai_chat"));
    const bench = new StageBench({ providers: [first, second] });
    const text = await bench.text();
    assertEquals(text.match(/"role":"assistant"/g)?.length, 1, "one answer's prelude alone");
    assertEquals(bench.exchange.call?.provider, "second");
    assertEquals(bench.exchange.call?.attempts[0]?.status, "error");
  }
});

Deno.test("the last failure is told when every target failed, with the call ended once", async () => {
  const bench = new StageBench({
    providers: [provider("first", refused()), provider("second", errorAnswer(503))],
    retry: { attempts: 1 },
  });
  const error = await assertRejects(() => bench.run(), GatewayError);
  assertEquals([error.code, error.status], ["upstream_error", 503]);
  assertEquals([bench.exchange.call?.status, bench.exchange.call?.errorType], ["error", "upstream_error"]);
});

Deno.test("a client that leaves during a back-off ends the wait", async () => {
  const only = provider("only", errorAnswer(503));
  const bench = new StageBench({ providers: [only], body: WHOLE_REQUEST });
  const answer = bench.whole();
  await turn();
  bench.client.leave();
  const error = await assertRejects(() => answer, GatewayError);
  assertEquals([error.code, only.requests.length], ["client_closed_request", 1]);
  assertEquals(bench.exchange.call?.status, "cancelled");
  assertEquals(bench.deadlines.size, 0, "nothing waits any more");
});

Deno.test("an error answer that breaks off or never ends is still the answer of its status", async () => {
  const cut: Step[] = [{ response: 400 }, { data: '{"error":{"mess' }, { error: "connection_reset" }];
  const endless: Step[] = [
    { response: 400 },
    ...Array.from({ length: 40 }, () => ({ data: "x".repeat(10_000) })),
    { wait: new Promise<void>(() => {}) },
  ];
  for (const script of [cut, endless]) {
    const only = provider("only", script);
    const bench = new StageBench({ providers: [only], body: WHOLE_REQUEST });
    const error = await assertRejects(() => bench.whole(), GatewayError);
    assertEquals([error.status, only.requests.length], [400, 1]);
    assert(error.message.length < 2000);
  }
});

Deno.test("a request that a later target's format cannot say ends the call with what it is", async () => {
  const first = provider("first", errorAnswer(503));
  const second = new ScriptedProvider("second", ["anthropic_messages"], [goodAnswer("anthropic_messages")]);
  const bench = new StageBench({
    providers: [first, second],
    body: { model: "asked", messages: [{ role: "nobody", content: "Hi" }] },
  });
  const error = await assertRejects(() => bench.run(), GatewayError);
  assertEquals([error.status, bench.exchange.call?.status], [400, "error"]);
});

Deno.test("the client sent no key for a provider that passes keys: 401 in its dialect, other targets first", async () => {
  const missing: Step[] = [{ error: "credentials_missing", sent: false }];
  const alone = new StageBench({ providers: [provider("only", missing)], body: WHOLE_REQUEST });
  const error = await assertRejects(() => alone.whole(), GatewayError, "credentials_missing");
  assertEquals([error.code, error.status], ["invalid_api_key", 401]);
  const other = new StageBench({
    providers: [provider("first", missing), provider("second", goodAnswer("openai_chat"))],
    body: WHOLE_REQUEST,
  });
  await other.whole();
  assertEquals(other.exchange.call?.provider, "second");
});

Deno.test("a refused key with another beside it: asked again at once, though nothing is left of the budget", async () => {
  const clock = new ManualClock();
  const budget = new RetryBudget(0, clock);
  for (let i = 0; i < 3; i++) budget.retry();
  const refused: Step[] = [{ otherKey: true }, ...errorAnswer(429, { "retry-after": "30" })];
  const only = provider("only", refused, goodAnswer("openai_chat"));
  const bench = new StageBench({ providers: [only], body: WHOLE_REQUEST, budget });
  await bench.whole();
  assertEquals(bench.exchange.call?.attempts.map((it) => it.httpStatus), [429, 200]);
});
