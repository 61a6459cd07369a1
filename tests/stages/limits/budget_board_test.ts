import { assertEquals } from "@std/assert";
import { type BudgetAlert, BudgetBoard } from "../../../lib/stages/limits/budget_board.ts";
import { ManualClock } from "../../manual_clock.ts";
import { budget } from "../../stores/limit_store_contract.ts";

const USD = 1e9;

function setup() {
  const clock = new ManualClock(Date.UTC(2026, 10, 25, 23));
  const alerts: BudgetAlert[] = [];
  const shown: { limit: () => number; spent: () => number }[] = [];
  const board = new BudgetBoard({
    clock,
    thresholds: [50, 80, 100],
    onThreshold: (alert) => alerts.push(alert),
    onNew: (_rule, read) => shown.push(read),
  });
  return { clock, board, alerts, shown };
}

Deno.test("BudgetBoard tells of each threshold once a period, of the highest where several are passed", () => {
  const { clock, board, alerts, shown } = setup();
  const rule = budget(10 * USD);
  board.watch(rule);
  for (const spent of [4.9, 5, 6, 9.5, 9, 10]) board.spent(rule, spent * USD);
  assertEquals(alerts.map(({ threshold, spentUsd }) => [threshold, spentUsd]), [[50, 5], [80, 9.5], [
    100,
    10,
  ]]);
  assertEquals([shown[0]?.limit(), shown[0]?.spent(), shown.length], [10, 10, 1]);
  assertEquals([alerts[0]?.firstDay, alerts[0]?.renewsAt], ["2026-11-25", Date.UTC(2026, 10, 26)]);
  clock.advance(3_600_000);
  assertEquals(shown[0]?.spent(), 0);
  board.spent(rule, 8 * USD);
  assertEquals([alerts[3]?.threshold, alerts[3]?.firstDay], [80, "2026-11-26"]);
});

Deno.test("BudgetBoard takes a refused request for a budget that is at its end", () => {
  const { board, alerts } = setup();
  board.refused(budget(USD));
  board.refused(budget(USD));
  assertEquals(alerts.map(({ threshold }) => threshold), [100]);
});
