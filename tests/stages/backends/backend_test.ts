import { assertAlmostEquals, assertEquals } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import { attemptEnd } from "../../../lib/stages/backends/attempt_end.ts";
import { Backend } from "../../../lib/stages/backends/backend.ts";
import type { AttemptFailure } from "../../../lib/stages/upstream/failure.ts";
import { ModelCall } from "../../../lib/telemetry/exchange.ts";
import { ManualClock } from "../../manual_clock.ts";

function scene() {
  const clock = new ManualClock();
  const breaker = { failures: 2, baseDelay: 1000, maxDelay: 5000 };
  const states: string[] = [];
  const backend = new Backend("p", "m", "p.test:443", {
    clock,
    random: () => 0.5,
    breaker,
    maxRest: 60_000,
    changed: ({ name }, state) => states.push(`${name} ${state}`),
  });
  const attempt = (good: boolean | null, latencyMs = NaN, restMs = 0) => {
    const entered = backend.enter(new ModelCall("generate"));
    if (entered) backend.leave({ good, latencyMs, restMs });
    return entered;
  };
  return { clock, backend, attempt, states };
}

Deno.test("Backend's health follows its breaker", () => {
  const { clock, backend, attempt, states } = scene();
  assertEquals(backend.health, 1);
  attempt(false);
  attempt(false);
  assertEquals([backend.health, backend.available, attempt(true)], [0, false, false]);
  clock.advance(1000);
  assertEquals([backend.health, attempt(true), backend.health], [0.5, true, 1]);
  assertEquals(states, ["p/m open", "p/m half_open", "p/m closed"]);
});

Deno.test("Backend rests where it asked to be left alone, which is no failure", () => {
  const { clock, backend, attempt } = scene();
  attempt(null, NaN, 3000);
  assertEquals([backend.available, backend.health, backend.wait], [false, 1, 3000]);
  clock.advance(3000);
  assertEquals(backend.available, true);
});

Deno.test("Backend counts what is under way", () => {
  const { backend } = scene();
  const call = new ModelCall("generate");
  backend.enter(call);
  backend.enter(call);
  assertEquals(backend.inFlight, 2);
  backend.leave({ good: true, latencyMs: 1, restMs: 0 });
  assertEquals(backend.inFlight, 1);
});

Deno.test("Backend's load takes a slow answer at once and forgets it slowly", () => {
  const { clock, backend, attempt } = scene();
  attempt(true, 100);
  assertEquals(backend.load, 100);
  attempt(true, 900);
  assertEquals(backend.load, 900);
  attempt(true, 100);
  assertEquals(backend.load, 900, "no time has passed");
  clock.advance(10_000);
  attempt(true, 100);
  assertAlmostEquals(backend.load, 100 + 800 / Math.E, 1);
  backend.enter(new ModelCall("generate"));
  assertAlmostEquals(backend.load, 2 * (100 + 800 / Math.E), 1);
});

function answered(tokens: Partial<ModelCall>): ModelCall {
  return Object.assign(new ModelCall("generate"), { provider: "p", model: "m", ...tokens });
}

Deno.test("Backend's tokens are those of the last minute, of calls that it answered", () => {
  const { clock, backend } = scene();
  const call = answered({ inputTokens: 10, outputTokens: 5 });
  backend.enter(call);
  backend.enter(call);
  backend.enter(answered({ provider: "other", inputTokens: 1000 }));
  backend.enter(new ModelCall("generate"));
  assertEquals(backend.usedTokens, 15);
  clock.advance(60_001);
  assertEquals(backend.usedTokens, 0);
});

Deno.test("Backend rests no longer than it may", () => {
  const { clock, backend, attempt } = scene();
  attempt(null, NaN, 3_600_000);
  clock.advance(60_000);
  assertEquals(backend.available, true);
});

Deno.test("Backend goes by all processes' tokens as long as they tell each other, and tells each of its own once", () => {
  const { clock, backend } = scene();
  const call = answered({ inputTokens: 10 });
  backend.enter(call);
  assertEquals([backend.takeUsage(), backend.takeUsage()], [10, 0]);
  backend.shareUsage(110);
  assertEquals(backend.usedTokens, 110, "its own are among them");
  call.outputTokens = 5;
  assertEquals(backend.usedTokens, 115, "and these are not yet");
  assertEquals(backend.takeUsage(), 5);
  clock.advance(5001);
  assertEquals(backend.usedTokens, 15, "nobody said anything for long: its own");
});

Deno.test("Backend holds on to no call where nobody asks for what was used", () => {
  const { backend } = scene();
  const ask = () => {
    const call = new ModelCall("generate");
    [call.provider, call.model, call.inputTokens] = ["p", "m", 7];
    backend.enter(call);
    backend.leave({ good: true, latencyMs: 1, restMs: 0 });
  };
  ask();
  assertEquals(backend.usedTokens, 7);
  backend.countsUsage = false;
  ask();
  assertEquals(backend.usedTokens, 7);
});

Deno.test("Backend remembers why it failed last, and when", () => {
  const { clock, backend } = scene();
  const leave = (error?: string) => {
    backend.enter(new ModelCall("generate"));
    backend.leave({ good: null, latencyMs: NaN, restMs: 0, ...(error === undefined ? {} : { error }) });
  };
  leave();
  assertEquals(backend.lastError, null);
  leave("upstream_timeout: it took too long");
  const at = clock.wall();
  clock.advance(1000);
  leave();
  assertEquals(backend.lastError, { text: "upstream_timeout: it took too long", at });
  backend.failed("health check: status 503".padEnd(1000, "!"));
  assertEquals([backend.lastError?.text.length, backend.lastError?.at], [400, at + 1000]);
});

Deno.test("attemptEnd() tells operators why, unless the request was at fault", () => {
  const error = new GatewayError("upstream_error", "It broke.", { cause: new Error("reset: by peer") });
  const told = (advice: AttemptFailure["advice"]) => attemptEnd(null, { error, advice }).error;
  const text = "upstream_error: It broke. reset: by peer";
  assertEquals((["other_key", "at_once", "backoff", "elsewhere", "never"] as const).map(told), [
    text,
    text,
    text,
    text,
    undefined,
  ]);
  assertEquals(attemptEnd(null, null).error, undefined);
});
