import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Breaker, type BreakerState } from "../../../lib/stages/backends/breaker.ts";
import { ManualClock } from "../../manual_clock.ts";

function scene(failures = 3, random = () => 0.5) {
  const clock = new ManualClock();
  const changes: BreakerState[] = [];
  const options = { failures, baseDelay: 1000, maxDelay: 5000 };
  const breaker = new Breaker(options, clock, random, (state) => changes.push(state));
  const fail = (times: number) => {
    for (let i = 0; i < times; i++) {
      breaker.enter();
      breaker.leave(false);
    }
  };
  return { clock, changes, breaker, fail };
}

Deno.test("Breaker opens after failures in a row, and a success between starts the count anew", () => {
  const { breaker, fail, changes } = scene();
  fail(2);
  breaker.leave(true);
  fail(2);
  assertEquals([breaker.state, breaker.enter()], ["closed", true]);
  breaker.leave(false);
  assertEquals([breaker.state, breaker.enter(), breaker.wait], ["open", false, 1000]);
  assertEquals(changes, ["open"]);
});

Deno.test("Breaker lets one probe through at a time, whose success closes it", () => {
  const { clock, breaker, fail, changes } = scene();
  fail(3);
  clock.advance(1000);
  assertEquals([breaker.state, breaker.admits], ["half_open", true]);
  assertEquals([breaker.enter(), breaker.enter()], [true, false]);
  breaker.leave(true);
  assertEquals([breaker.state, breaker.enter()], ["closed", true]);
  assertEquals(changes, ["open", "half_open", "closed"]);
});

Deno.test("Breaker doubles its penalty with each failed probe, up to the longest, and begins anew after a success", () => {
  const { clock, breaker, fail } = scene();
  fail(3);
  const waits: number[] = [];
  for (let i = 0; i < 4; i++) {
    waits.push(breaker.wait);
    clock.advance(breaker.wait);
    fail(1);
  }
  assertEquals(waits, [1000, 2000, 4000, 5000]);
  clock.advance(breaker.wait);
  breaker.enter();
  breaker.leave(true);
  fail(3);
  assertEquals(breaker.wait, 1000);
});

Deno.test("Breaker spreads penalties by a fifth either way", () => {
  for (const [drawn, wait] of [[0, 800], [1, 1200]] as const) {
    const { breaker, fail } = scene(1, () => drawn);
    fail(1);
    assertAlmostEquals(breaker.wait, wait, 1e-6);
  }
});

Deno.test("Breaker is not moved by what says nothing of the endpoint, which frees a probe's place", () => {
  const { clock, breaker, fail } = scene();
  for (let i = 0; i < 10; i++) {
    breaker.enter();
    breaker.leave(null);
  }
  assertEquals(breaker.state, "closed");
  fail(3);
  clock.advance(1000);
  breaker.enter();
  breaker.leave(null);
  assertEquals([breaker.state, breaker.enter()], ["half_open", true]);
});

Deno.test("Breaker's penalty does not grow by those that were under way when it opened", () => {
  const { breaker } = scene();
  for (let i = 0; i < 8; i++) breaker.enter();
  for (let i = 0; i < 8; i++) breaker.leave(false);
  assertEquals(breaker.wait, 1000);
});

Deno.test("Breaker of no failures never opens", () => {
  const { breaker, fail } = scene(0);
  fail(100);
  assertEquals(breaker.state, "closed");
});

Deno.test("Breaker is held by who looks after it, until that lets it go or says nothing any more", () => {
  const { breaker, clock, changes } = scene(0);
  breaker.hold(1000);
  clock.advance(900);
  breaker.hold(1000);
  assertEquals([breaker.admits, breaker.wait], [false, 1000]);
  breaker.release();
  assertEquals([breaker.admits, changes], [true, ["open", "closed"]]);
  breaker.release();
  breaker.hold(1000);
  clock.advance(1000);
  assertEquals([breaker.state, breaker.enter()], ["half_open", true]);
  breaker.leave(true);
  assertEquals(changes, ["open", "closed", "open", "half_open", "closed"]);
});
