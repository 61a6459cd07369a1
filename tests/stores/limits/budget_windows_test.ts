import { assertEquals } from "@std/assert";
import { BudgetWindows, windowOf } from "../../../lib/stores/limits/budget_windows.ts";

const TABLE = [
  ["day", "2026-11-25T00:00:00Z", "2026-11-25", "2026-11-26"],
  ["day", "2026-11-25T23:59:59.999Z", "2026-11-25", "2026-11-26"],
  ["day", "2028-02-28T12:00:00Z", "2028-02-28", "2028-02-29"],
  ["week", "2026-11-22T23:59:59Z", "2026-11-16", "2026-11-23"],
  ["week", "2026-11-23T00:00:00Z", "2026-11-23", "2026-11-30"],
  ["week", "2027-01-01T08:00:00Z", "2026-12-28", "2027-01-04"],
  ["month", "2026-12-31T23:59:59Z", "2026-12-01", "2027-01-01"],
  ["month", "2028-02-29T00:00:00Z", "2028-02-01", "2028-03-01"],
] as const;

for (const [period, moment, firstDay, next] of TABLE) {
  Deno.test(`windowOf() a ${period} at ${moment}`, () => {
    const expected = { firstDay, endsAt: Date.parse(`${next}T00:00:00Z`) };
    assertEquals(windowOf(period, Date.parse(moment)), expected);
    const windows = new BudgetWindows();
    windows.at(period, Date.parse(moment) + 40 * 86_400_000);
    assertEquals(windows.at(period, Date.parse(moment)), expected);
    assertEquals(windows.at(period, Date.parse(moment)), expected);
  });
}
