import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Arrivals } from "../../../lib/tools/loadtest/arrivals.ts";
import type { Stage } from "../../../lib/tools/loadtest/scenario.ts";

function times(stages: readonly Stage[], rate: number): number[] {
  const arrivals = new Arrivals(stages, rate);
  const all: number[] = [];
  for (let at = arrivals.next(); at !== Infinity; at = arrivals.next()) all.push(at);
  for (let at = 0.003; at < 12; at += 0.37) {
    assertEquals(arrivals.dueBy(at), all.filter((time) => time <= at).length, `by ${at} s`);
  }
  return all;
}

Deno.test("Arrivals at a steady rate are evenly spread and exactly as many", () => {
  const all = times([{ seconds: 0, level: 1 }, { seconds: 2, level: 1 }], 100);
  assertEquals(all.length, 200);
  assertAlmostEquals(all[0] ?? 0, 0.005);
  assert(all.every((at, index) => index === 0 || Math.abs(at - (all[index - 1] ?? 0) - 0.01) < 1e-9));
});

Deno.test("Arrivals of a ramp are as many as the area below it, and denser at its end", () => {
  const all = times([{ seconds: 10, level: 1 }], 100);
  assertEquals(all.length, 500);
  assertEquals(all.filter((at) => at < 5).length, 125);
  assert(all.every((at, index) => index === 0 || at > (all[index - 1] ?? 0)));
});

Deno.test("Arrivals go down to nothing, wait, and jump up again", () => {
  const all = times(
    [{ seconds: 0, level: 1 }, { seconds: 2, level: 0 }, { seconds: 3, level: 0 }, { seconds: 0, level: 1 }, {
      seconds: 1,
      level: 1,
    }],
    10,
  );
  assertEquals(all.filter((at) => at < 2).length, 10);
  assertEquals(all.filter((at) => at >= 2 && at < 5).length, 0);
  assertEquals(all.filter((at) => at >= 5).length, 10);
});

Deno.test("Arrivals end at once where there are no stages, or none with a rate", () => {
  assertEquals(times([], 10), []);
  assertEquals(times([{ seconds: 5, level: 0 }], 10), []);
});
