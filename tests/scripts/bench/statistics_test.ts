import { assert, assertEquals } from "@std/assert";
import {
  differs,
  estimate,
  median,
  mulberry32,
  quantile,
  shuffled,
  spread,
} from "../../../scripts/bench/statistics.ts";

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
