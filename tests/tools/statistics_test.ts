import { assert, assertEquals } from "@std/assert";
import {
  bootstrap,
  differs,
  estimate,
  estimateOfRuns,
  holm,
  mannWhitney,
  median,
  mulberry32,
  quantile,
  shuffled,
  spread,
} from "../../lib/tools/statistics.ts";

Deno.test("quantile() interpolates between the values around its place", () => {
  assertEquals(quantile([1, 2, 3, 4], 0.5), 2.5);
  assertEquals(quantile([10], 0.99), 10);
  assertEquals(quantile([], 0.5), NaN);
});

Deno.test("median() does not care about order", () => assertEquals(median([9, 1, 5]), 5));

Deno.test("estimate() gives an interval around the median, the same each time", () => {
  const values = [10, 11, 12, 13, 14, 15, 30];
  const first = estimate(values);
  assertEquals(first.median, 13);
  assert(first.low >= 10 && first.low <= 13 && first.high >= 13 && first.high <= 30);
  assertEquals(estimate(values), first);
});

Deno.test("estimateOfRuns() draws whole runs, and of one its values", () => {
  const runs = [1, 2, 3, 4, 5, 6, 7, 8].map((run) => [run, run + 0.001, run - 0.001, run]);
  const together = estimateOfRuns(runs);
  assertEquals(together.median, 4.5);
  // Values for themselves would be held for 32 that know nothing of each other.
  const alone = estimate(runs.flat());
  assert(together.high - together.low > 1.5 * (alone.high - alone.low), JSON.stringify([together, alone]));
  assertEquals(estimateOfRuns([[3, 1, 2, 9]]), estimate([3, 1, 2, 9]));
});

Deno.test("differs() claims only what lies wholly outside the control's spread", () => {
  const control = { median: 1.01, low: 0.96, high: 1.03 };
  assertEquals(Math.round(spread(control) * 100), 4);
  assertEquals(differs({ median: 1.05, low: 1.03, high: 1.07 }, control), false);
  assertEquals(differs({ median: 1.1, low: 1.05, high: 1.2 }, control), true);
  assertEquals(differs({ median: 0.9, low: 0.85, high: 0.95 }, control), true);
});

Deno.test("shuffled() keeps every item", () => {
  const items = [1, 2, 3, 4, 5, 6];
  assertEquals(shuffled(items, mulberry32(7)).sort(), items);
});

Deno.test("bootstrap() gives an interval around a high quantile, within the values", () => {
  const values = Array.from({ length: 100 }, (_, index) => index);
  const { low, high } = bootstrap(values, 0.95);
  assert(low >= 85 && low < 94.05 && high > 94.05 && high <= 99, `${low}–${high}`);
});

// Counted pair by pair, with the exact error function.
const PAIRS: readonly (readonly [name: string, a: number[], b: number[], p: number])[] = [
  ["apart", [1, 2, 3, 4, 5, 6, 7, 8], [11, 12, 13, 14, 15, 16, 17, 18], 0.00093917],
  ["with ties", [1, 1, 2, 2, 3, 3, 4, 4], [2, 2, 3, 3, 4, 4, 5, 5], 0.146399],
  ["alike", [1, 2, 3, 4], [1, 2, 3, 4], 1],
  ["of one value", [5, 5, 5], [5, 5], 1],
];

for (const [name, a, b, p] of PAIRS) {
  Deno.test(`mannWhitney() of samples ${name}`, () => {
    assert(Math.abs(mannWhitney(a, b) - p) < 1e-3 * p + 1e-6, String(mannWhitney(a, b)));
    assertEquals(mannWhitney(b, a), mannWhitney(a, b));
  });
}

Deno.test("holm() corrects for the number of tests and keeps their order", () => {
  assertEquals(holm([0.01, 0.04, 0.03]).map((p) => Math.round(p * 1000) / 1000), [0.03, 0.06, 0.06]);
  assertEquals(holm([]), []);
});
