import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { RequestLimiter } from "../../lib/middleware/request_limiter.ts";
import { ManualClock } from "../manual_clock.ts";

Deno.test("RequestLimiter.take() allows so many at once and refills evenly", () => {
  const clock = new ManualClock();
  const limiter = new RequestLimiter({ requests: 3, per: 3000 }, clock);
  assertEquals(limiter.take("a"), { allowed: true, remaining: 2, resetMs: 1000, retryMs: 0 });
  assertEquals(limiter.take("a"), { allowed: true, remaining: 1, resetMs: 2000, retryMs: 0 });
  assertEquals(limiter.take("a"), { allowed: true, remaining: 0, resetMs: 3000, retryMs: 0 });
  assertEquals(limiter.take("a"), { allowed: false, remaining: 0, resetMs: 3000, retryMs: 1000 });
  // What is refused costs nothing.
  assertEquals(limiter.take("a"), { allowed: false, remaining: 0, resetMs: 3000, retryMs: 1000 });
  clock.advance(999);
  assertEquals(limiter.take("a").allowed, false);
  clock.advance(1);
  assertEquals(limiter.take("a"), { allowed: true, remaining: 0, resetMs: 3000, retryMs: 0 });
  clock.advance(100_000);
  assertEquals(limiter.take("a").remaining, 2);
});

Deno.test("RequestLimiter.take() keeps buckets apart", () => {
  const limiter = new RequestLimiter({ requests: 1, per: 1000 }, new ManualClock());
  assertEquals(limiter.take("a").allowed, true);
  assertEquals(limiter.take("a").allowed, false);
  assertEquals(limiter.take("b").allowed, true);
});

Deno.test("RequestLimiter.take() allows a burst of its own size", () => {
  const clock = new ManualClock();
  const limiter = new RequestLimiter({ requests: 60, per: 60_000, burst: 2 }, clock);
  assertEquals([1, 2, 3].map(() => limiter.take("a").allowed), [true, true, false]);
  clock.advance(1000);
  assertEquals([1, 2].map(() => limiter.take("a").allowed), [true, false]);
});

Deno.test("RequestLimiter never allows more than burst and rate in any window", () => {
  const limit = { requests: fc.integer({ min: 1, max: 20 }), per: fc.integer({ min: 10, max: 10_000 }) };
  const gaps = fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 200 });
  fc.assert(fc.property(fc.record(limit), gaps, (limit, gaps) => {
    const clock = new ManualClock();
    const limiter = new RequestLimiter(limit, clock);
    const allowedAt: number[] = [];
    for (const gap of gaps) {
      clock.advance(gap);
      const decision = limiter.take("a");
      if (decision.allowed) allowedAt.push(clock.now());
      else {
        // The promise of `retryMs` holds.
        clock.advance(Math.ceil(decision.retryMs));
        assert(limiter.take("a").allowed);
        allowedAt.push(clock.now());
      }
    }
    for (let from = 0; from < allowedAt.length; from++) {
      for (let to = from; to < allowedAt.length; to++) {
        const span = (allowedAt[to] ?? 0) - (allowedAt[from] ?? 0);
        assert(to - from + 1 <= limit.requests + span * limit.requests / limit.per + 1e-6);
      }
    }
  }));
});

Deno.test("RequestLimiter is bounded: full buckets go first, then the oldest", () => {
  const clock = new ManualClock();
  const limiter = new RequestLimiter({ requests: 1, per: 10_000 }, clock, 100);
  for (let i = 0; i < 100; i++) limiter.take(`early ${i}`);
  clock.advance(10_000);
  limiter.take("next");
  assertEquals(limiter.size, 1);
  for (let i = 0; i < 1000; i++) limiter.take(`late ${i}`);
  assertEquals(limiter.size, 100);
  assertEquals(limiter.take("late 999").allowed, false);
  assertEquals(limiter.take("late 0").allowed, true);
});
