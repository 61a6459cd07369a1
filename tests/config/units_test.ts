import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../lib/config/duration.ts";
import { formatSize, parseSize } from "../../lib/config/size.ts";

const DURATIONS: readonly (readonly [text: string, ms: number | null])[] = [
  ["250ms", 250],
  ["5s", 5000],
  ["1.5m", 90_000],
  ["1h", 3_600_000],
  ["30d", 2_592_000_000],
  ["0", 0],
  ["off", 0],
  ["5", null],
  ["s", null],
  ["5 s", null],
  ["-5s", null],
  ["5sec", null],
  ["", null],
];

for (const [text, ms] of DURATIONS) {
  Deno.test(`parseDuration() reads "${text}" as ${ms}`, () => assertEquals(parseDuration(text), ms));
}

const SIZES: readonly (readonly [text: string, bytes: number | null])[] = [
  ["512B", 512],
  ["64KiB", 65_536],
  ["32MiB", 33_554_432],
  ["1.5GiB", 1_610_612_736],
  ["32MB", null],
  ["32", null],
  ["MiB", null],
  ["-1B", null],
];

for (const [text, bytes] of SIZES) {
  Deno.test(`parseSize() reads "${text}" as ${bytes}`, () => assertEquals(parseSize(text), bytes));
}

Deno.test("formatDuration() writes what parseDuration() reads", () => {
  fc.assert(fc.property(fc.nat(), (ms) => assertEquals(parseDuration(formatDuration(ms)), ms)));
  assertEquals([0, 250, 5000, 90_000, 600_000].map(formatDuration), ["off", "250ms", "5s", "90s", "10m"]);
});

Deno.test("formatSize() writes what parseSize() reads", () => {
  fc.assert(fc.property(fc.nat(), (bytes) => assertEquals(parseSize(formatSize(bytes)), bytes)));
  assertEquals([512, 65_536, 33_554_432, 1537].map(formatSize), ["512B", "64KiB", "32MiB", "1537B"]);
});
