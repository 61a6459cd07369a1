import { assertEquals } from "@std/assert";
import { bar, sparkline } from "../../lib/cli/bars.ts";
import { painter } from "../../lib/cli/colour.ts";
import { alignedRows } from "../../lib/cli/table.ts";
import { count, dollars, duration, durationApart, percent } from "../../lib/tools/format.ts";
import { fakeSystem } from "./fake_system.ts";

Deno.test("painter() colours for a person at a terminal who has not asked for none", () => {
  const paint = (terminal: boolean, env = {}) => painter(fakeSystem({}, env, terminal))("red", "x");
  assertEquals(paint(true), "\x1b[31mx\x1b[0m");
  assertEquals(paint(true, { NO_COLOR: "" }), "\x1b[31mx\x1b[0m");
  assertEquals(paint(true, { NO_COLOR: "1" }), "x");
  assertEquals(paint(false), "x");
});

Deno.test("alignedRows() aligns cells by what is seen of them", () => {
  const red = painter(fakeSystem({}, {}, true))("red", "ab");
  assertEquals(alignedRows([[red, "1"], ["abc", "22"]], new Set([1])), [`${red}    1`, "abc  22"]);
});

Deno.test("bar() draws shares in eighths, and whatever is above 0", () => {
  assertEquals([bar(0, 4), bar(1, 4), bar(0.5, 4), bar(0.0001, 4), bar(9, 2), bar(0.28, 4)], [
    "",
    "████",
    "██",
    "▏",
    "██",
    "█▏",
  ]);
});

Deno.test("sparkline() draws a column each", () => {
  assertEquals([sparkline([0, 1, 2, 4]), sparkline([]), sparkline([0])], [" ▃▅█", "", " "]);
});

Deno.test("numbers are written for people", () => {
  assertEquals([0.4214, 12.34, 123.4, 1234, 126_000, null, NaN].map(duration), [
    "0.42 ms",
    "12.3 ms",
    "123 ms",
    "1.23 s",
    "2.1 min",
    "–",
    "–",
  ]);
  assertEquals([160.81, 1234.5678, 0.5].map((ms) => durationApart(ms, 0.4)), [
    "160.8 ms",
    "1.2346 s",
    "0.50 ms",
  ]);
  assertEquals([count(1234567), count(1.25, 1), count(null)], ["1,234,567", "1.3", "–"]);
  assertEquals([percent(0.1234), percent(0), percent(1), percent(null)], ["12.3 %", "0 %", "100 %", "–"]);
  assertEquals([dollars(1234.5), dollars(0.0042), dollars(0), dollars(0.1)], [
    "$1,234.50",
    "$0.0042",
    "$0",
    "$0.1",
  ]);
});
