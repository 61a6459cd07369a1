import { assertEquals } from "@std/assert";
import { compact, count, duration, percent, rate, some, usd } from "../../lib/console/web/core/format.js";

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

/** From what is next to nothing to what is beyond all use, of each size some. */
const VALUES = [
  0,
  ...Array.from({ length: 17 }, (_, size) => [1, 1.25, 3.46, 9.99, 9.999].map((it) => it * 10 ** (size - 3)))
    .flat(),
];

Deno.test("numbers are read as Intl writes them", () => {
  const intl = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat("en", options);
  const whole = intl({ maximumFractionDigits: 0 });
  const short = intl({ notation: "compact", maximumFractionDigits: 1 });
  assertEquals(VALUES.map(count), VALUES.map((it) => whole.format(it)));
  // Intl groups what is beyond its largest unit, too.
  assertEquals(
    VALUES.filter((it) => it < 1e15).map(compact),
    VALUES.filter((it) => it < 1e15).map((it) => short.format(it)),
  );
});

const TEXTS: readonly (readonly [read: string, text: string])[] = [
  [usd(0), "$0"],
  [usd(0.000123), "$0.000123"],
  [usd(0.0123), "$0.0123"],
  [usd(0.5), "$0.50"],
  [usd(12), "$12.00"],
  [usd(1234.5), "$1,235"],
  [percent(0.0012), "0.12\u00a0%"],
  [percent(0.5), "50\u00a0%"],
  [rate(0.25), "0.25/s"],
  [rate(12.34), "12.3/s"],
  [rate(12345), "12,345/s"],
  [count(-1234), "-1,234"],
  [compact(undefined), "–"],
];

Deno.test("shares, rates and dollars have the digits that matter", () => {
  assertEquals(TEXTS.map(([read]) => read), TEXTS.map(([, text]) => text));
});
