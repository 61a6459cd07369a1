import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { seededRandom } from "../../../lib/providers/mock/seeded_random.ts";
import { growthOf } from "../../../lib/tools/loadtest/growth.ts";
import type { Moment } from "../../../lib/tools/loadtest/timeline.ts";

function moments(count: number, memory: (at: number) => number | null): Moment[] {
  return Array.from({ length: count }, (_, index) => ({
    at: (index + 1) * 10,
    seconds: 10,
    users: 5,
    requests: 100,
    failures: 0,
    p50: 20,
    p95: 30,
    p99: 40,
    ttft: null,
    memory: memory((index + 1) * 10),
  }));
}

function growthOfMemory(count: number, memory: (at: number) => number | null) {
  return growthOf(moments(count, memory), (moment) => moment.memory);
}

Deno.test("growthOf() finds a leak in noise, with an interval that holds it", () => {
  const random = seededRandom(1);
  const growth = growthOfMemory(400, (at) => 100e6 + at * 5000 + (random() - 0.5) * 20e6);
  if (growth === null) throw new Error("Nothing was said");
  assert(growth.low > 0, `${growth.low}`);
  assert(growth.low < 18e6 && growth.high > 18e6, "5,000 bytes a second are 18 MB an hour");
  assert(growth.least_share < growth.share);
});

Deno.test("growthOf() claims no growth of noise alone, in 19 of 20 cases", () => {
  const claims = Array.from({ length: 100 }, (_, seed) => {
    const random = seededRandom(seed);
    const growth = growthOfMemory(200, () => 100e6 + (random() - 0.5) * 20e6);
    return growth !== null && growth.low > 0;
  }).filter((claimed) => claimed);
  // One side of a 95 % interval: 2.5 of 100 are to be expected.
  assert(claims.length <= 7, `${claims.length} of 100`);
});

Deno.test("growthOf() does not take the start for a leak", () => {
  const growth = growthOfMemory(200, (at) => at < 400 ? 50e6 + at * 100_000 : 90e6 + at % 3);
  assertAlmostEquals(growth?.share ?? 1, 0, 1e-6);
});

Deno.test("growthOf() says nothing of too few values, or of none", () => {
  assertEquals(growthOfMemory(20, () => 1), null);
  // A server whose heap fills, for five minutes.
  assertEquals(growthOfMemory(30, (at) => at * 1e6), null);
  assertEquals(growthOfMemory(500, () => null), null);
  assertEquals(growthOfMemory(0, () => 1), null);
});
