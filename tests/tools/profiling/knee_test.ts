import { assertEquals, assertStringIncludes } from "@std/assert";
import { kneeOf, nextLevel, recommendation } from "../../../lib/tools/profiling/knee.ts";
import type { Level } from "../../../lib/tools/profiling/throughput.ts";

function level(concurrency: number, rps: number, errors = 0): Level {
  const p95 = concurrency * 10;
  return {
    concurrency,
    requests: 100,
    errors,
    rps,
    tokensPerSecond: 0,
    p50: p95,
    p95,
    p99: p95,
    failures: {},
  };
}

/** Sweeps a server of which so many a second come at a concurrency. @returns what was tried, in order. */
function swept(
  rpsOf: (concurrency: number) => number,
  most = 128,
  failFrom = Infinity,
): { tried: number[]; levels: Level[] } {
  const levels: Level[] = [];
  const tried: number[] = [];
  for (let next = nextLevel(levels, most); next !== null; next = nextLevel(levels, most)) {
    if (tried.length > 30) throw new Error(`it does not end: ${tried}`);
    tried.push(next);
    levels.push(level(next, rpsOf(next), next >= failFrom ? 50 : 0));
    levels.sort((a, b) => a.concurrency - b.concurrency);
  }
  return { tried, levels };
}

for (const limit of [1, 2, 3, 5, 8, 11, 13]) {
  Deno.test(`the knee of a server that answers ${limit} at a time is found at ${limit}`, () => {
    const { levels } = swept((concurrency) => Math.min(concurrency, limit) * 5);
    // From ten on, nine tenths of it are as good.
    const least = Math.ceil(limit * 0.9);
    assertEquals(kneeOf(levels)?.level.concurrency, least);
    assertEquals(kneeOf(levels)?.reached, true);
  });
}

Deno.test("a sweep doubles until more brings no more, then looks between", () => {
  assertEquals(swept((concurrency) => Math.min(concurrency, 8) * 5).tried, [1, 2, 4, 8, 16, 32, 6, 7]);
});

Deno.test("a sweep ends at the most that it may try, and says that there may be more", () => {
  const { tried, levels } = swept((concurrency) => concurrency, 20);
  assertEquals(Math.max(...tried), 20);
  const knee = kneeOf(levels);
  assertEquals([knee?.level.concurrency, knee?.reached], [18, false]);
  const two = [level(1, 1), level(2, 2)];
  assertEquals(kneeOf(two)?.reached, false);
  assertStringIncludes(recommendation(kneeOf(two), two), "--max-concurrency");
});

Deno.test("a sweep goes no higher where requests fail, and says from where on", () => {
  const { tried, levels } = swept((concurrency) => Math.min(concurrency, 8), 128, 16);
  assertEquals(Math.max(...tried), 16);
  const knee = kneeOf(levels);
  assertEquals([knee?.level.concurrency, knee?.failsFrom], [8, 16]);
  assertStringIncludes(recommendation(knee, levels), "From 16 on requests fail.");
});

Deno.test("nothing is recommended where nothing succeeds", () => {
  const { tried, levels } = swept(() => 0, 128, 1);
  assertEquals([tried, kneeOf(levels)], [[1], null]);
  assertStringIncludes(recommendation(null, levels), "nothing can be recommended");
});
