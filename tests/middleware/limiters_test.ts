import { assert, assertEquals } from "@std/assert";
import { Limiters } from "../../lib/middleware/limiters.ts";
import { ManualClock } from "../manual_clock.ts";

const LIMIT = { requests: 1, per: 60_000 };

Deno.test("Limiters take over what the ones before had under the same name and limit", () => {
  const clock = new ManualClock();
  const first = new Limiters(clock);
  assert(first.of("address", LIMIT).take("192.0.2.1").allowed);
  const second = new Limiters(clock, first);
  assertEquals(second.of("address", { ...LIMIT }).take("192.0.2.1").allowed, false);
  assertEquals(second.of("key", LIMIT).take("192.0.2.1").allowed, true);
  const third = new Limiters(clock, second);
  assertEquals(third.of("address", { ...LIMIT, requests: 2 }).take("192.0.2.1").allowed, true);
  // What a configuration left out is not kept for the one after it.
  const fourth = new Limiters(clock, third);
  assertEquals(fourth.of("key", LIMIT).take("192.0.2.1").allowed, true);
});

Deno.test("Limiters give one name one limiter", () => {
  const limiters = new Limiters(new ManualClock());
  assertEquals(limiters.of("address", LIMIT), limiters.of("address", LIMIT));
});
