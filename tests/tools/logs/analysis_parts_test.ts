import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { errorPattern } from "../../../lib/tools/logs/error_pattern.ts";
import { Groups } from "../../../lib/tools/logs/groups.ts";
import { isStatusList, momentOf } from "../../../lib/tools/logs/log_filter.ts";
import { LogHistogram } from "../../../lib/tools/logs/log_histogram.ts";
import { TimeLine } from "../../../lib/tools/logs/time_line.ts";
import { TopList } from "../../../lib/tools/logs/top_list.ts";

Deno.test("LogHistogram's quantiles are within 1 % of the value at that place", () => {
  fc.assert(fc.property(
    fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 }),
    fc.constantFrom(0.5, 0.95, 0.99, 1),
    (values, q) => {
      const histogram = new LogHistogram();
      for (const value of values) histogram.add(value);
      const exact = values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? NaN;
      const found = histogram.quantile(q) ?? NaN;
      assert(Math.abs(found / exact - 1) <= 0.0101, `${found} for ${exact}`);
      assertEquals(histogram.columns(12).reduce((sum, { count }) => sum + count, 0), values.length);
    },
  ));
  assertEquals(new LogHistogram().quantile(0.5), null);
});

Deno.test("TimeLine counts each once, whatever their order and however far they are apart", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 4e12 })), (times) => {
    const line = new TimeLine();
    for (const time of times) line.add(time, time % 2 === 0);
    const columns = line.columns();
    assert(columns.length <= 96);
    assertEquals(columns.reduce((sum, { requests }) => sum + requests, 0), times.length);
    assertEquals(
      columns.reduce((sum, { errors }) => sum + errors, 0),
      times.filter((time) => time % 2 === 0).length,
    );
  }));
});

Deno.test("TopList keeps the largest", () => {
  const list = new TopList<number>(3);
  for (const value of [5, 1, 9, 7, 3, 9]) list.add(value, value);
  assertEquals(list.items(), [9, 9, 7]);
});

Deno.test("Groups counts names beyond its bound together", () => {
  const groups = new Groups(() => ({ count: 0 }), 2);
  for (const name of ["a", "b", "c", "d", "a"]) groups.get(name).count++;
  assertEquals(groups.sorted(({ count }) => count).map(([name, { count }]) => [name, count]), [
    ["a", 2],
    ["(other)", 2],
    ["b", 1],
  ]);
});

const PATTERNS: readonly (readonly [message: string, pattern: string])[] = [
  [
    "Rate limit reached for gpt-4o: limit 30000, used 29120",
    "Rate limit reached for gpt-4o: limit N, used N",
  ],
  ["no answer from 10.0.0.7:8000 in 5000 ms", "no answer from ADDRESS in N ms"],
  ["no answer in 30s", "no answer in Ns"],
  ["request 4bf92f3577b34da6a3ce929d0e0e4736 failed", "request ID failed"],
  ["request 40fbc644-9c7e-4342-a8a8-ac78ccb8cab2 failed", "request ID failed"],
  ["see req_011CSHoEeqs5C35K2UUqR7Fy\n at 2026-03-01T10:00:00.1Z", "see ID at TIME"],
  ["The model 'llama3.1:8b' is not loaded", "The model 'llama3.1:8b' is not loaded"],
];

for (const [message, pattern] of PATTERNS) {
  Deno.test(`errorPattern() of "${message.slice(0, 40)}"`, () =>
    assertEquals(errorPattern(message), pattern));
}

const NOW = Date.parse("2026-03-02T00:00:00Z");
const NOON = Date.parse("2026-03-02T12:00:00Z");

const MOMENTS: readonly (readonly [text: string, iso: string | null])[] = [
  ["30m", "2026-03-01T23:30:00.000Z"],
  ["1.5h", "2026-03-01T22:30:00.000Z"],
  ["2026-03-01", "2026-03-01T00:00:00.000Z"],
  ["2026-03-01 14:30", "2026-03-01T14:30:00.000Z"],
  ["2026-03-01T14:30:00+02:00", "2026-03-01T12:30:00.000Z"],
  ["yesterday", null],
  ["2026-99-99", null],
];

for (const [text, iso] of MOMENTS) {
  Deno.test(`momentOf("${text}")`, () => {
    const time = momentOf(text, NOW);
    assertEquals(time === null ? null : new Date(time).toISOString(), iso);
  });
}

const CLOCK_TIMES: readonly (readonly [text: string, iso: string | null])[] = [
  ["11:30", "2026-03-02T11:30:00.000Z"],
  ["11:30:15", "2026-03-02T11:30:15.000Z"],
  ["14:30", "2026-03-01T14:30:00.000Z"],
  ["25:00", null],
  ["9:30", null],
];

for (const [text, iso] of CLOCK_TIMES) {
  Deno.test(`momentOf("${text}") at noon is the last time that a clock showed it`, () => {
    const time = momentOf(text, NOON);
    assertEquals(time === null ? null : new Date(time).toISOString(), iso);
  });
}

Deno.test("isStatusList() knows statuses and their classes", () => {
  assertEquals(["429", "5xx", "429,5xx", "", "9xx", "abc", "429,"].map(isStatusList), [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
