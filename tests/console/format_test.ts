import { assertEquals } from "@std/assert";
import { duration, some } from "../../lib/console/web/core/format.js";

const DURATIONS: readonly (readonly [ms: number, text: string])[] = [
  [0, "0 ms"],
  [0.42, "420 µs"],
  [9.96, "10 ms"],
  [999, "999 ms"],
  [1500, "1.5 s"],
  [59_940, "59.9 s"],
  [59_990, "1 min"],
  [60_000, "1 min"],
  [90_000, "1 min 30 s"],
  [119_700, "2 min"],
  [3_599_700, "1 h"],
  [3_600_000, "1 h"],
  [21_600_000, "6 h"],
  [86_400_000, "24 h"],
  [30 * 86_400_000, "30 d"],
  [NaN, "–"],
];

for (const [ms, text] of DURATIONS) {
  Deno.test(`a duration of ${ms} ms is read as ${text}`, () => {
    assertEquals(duration(ms).replaceAll("\u00a0", " "), text);
  });
}

Deno.test("one is told of one thing, and several of things", () => {
  assertEquals([some(0, "stream"), some(1, "stream"), some(1200, "stream")], [
    "0 streams",
    "1 stream",
    "1,200 streams",
  ]);
});
