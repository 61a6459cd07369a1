import { assertEquals } from "@std/assert";
import { BudgetTotals } from "../../../lib/stores/limits/budget_totals.ts";
import { MemoryLimitStore } from "../../../lib/stores/limits/memory_limit_store.ts";
import { MemorySpendStore } from "../../../lib/stores/spend/memory_spend_store.ts";
import type { SpendPlace } from "../../../lib/stores/spend_store.ts";
import { ManualClock } from "../../manual_clock.ts";
import { budget, held, NOTHING, requests } from "../limit_store_contract.ts";

const NOON = Date.UTC(2026, 10, 25, 12);

function place(more: Partial<SpendPlace> = {}): SpendPlace {
  return {
    day: "2026-11-25",
    key: "a",
    team: "",
    user: "",
    model: "",
    requested_model: "",
    provider: "",
    ...more,
  };
}

const row = (nanoUsd: number, more: Partial<SpendPlace> = {}) => ({
  place: place(more),
  requests: 1,
  inputTokens: 0,
  outputTokens: 0,
  nanoUsd,
});

class Asked extends MemorySpendStore {
  asked = 0;
  fails = false;
  override sum(...args: Parameters<MemorySpendStore["sum"]>) {
    this.asked++;
    return this.fails ? Promise.reject(new Error("away")) : super.sum(...args);
  }
}

function setup(shared = false) {
  const clock = new ManualClock(NOON);
  const spend = new Asked();
  const store = new BudgetTotals({
    clock,
    spend,
    shared,
    store: new MemoryLimitStore(clock),
    onTotal: () => {},
  });
  return { clock, spend, store };
}

const turns = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

Deno.test("BudgetTotals asks the account before the first request of a period, once, of what is the budget's", async () => {
  const { clock, spend, store } = setup();
  await spend.add({
    id: "1",
    rows: [row(70), row(20, { day: "2026-11-01" }), row(5, { key: "b" }), row(9, { day: "2026-10-31" })],
  });
  const rules = [budget(100), budget(1000, "a", "month")];
  const both = await Promise.all([store.take(rules, NOTHING), store.take(rules, NOTHING)]);
  assertEquals(both.map(({ used }) => used), [[70, 90], [70, 90]]);
  assertEquals(spend.asked, 2);
  const third = store.take(rules, { tokens: 0, nanoUsd: 10 });
  assertEquals(third instanceof Promise, false);
  clock.advance(86_400_000);
  await spend.add({ id: "2", rows: [row(3, { day: "2026-11-26" })] });
  assertEquals((await store.take(rules, NOTHING)).used, [3, 100]);
  assertEquals(spend.asked, 3);
});

Deno.test("BudgetTotals asks nothing for limits that are no budgets", async () => {
  const { spend, store } = setup();
  held(await store.take([requests(1)], NOTHING));
  assertEquals(spend.asked, 0);
});

Deno.test("BudgetTotals hears every two seconds what others have spent of budgets that are used", async () => {
  const { clock, spend, store } = setup(true);
  held(await store.take([budget(100)], NOTHING));
  held(await store.take([budget(100, "idle")], NOTHING));
  await spend.add({ id: "1", rows: [row(60)] });
  clock.advance(2_000);
  await turns();
  assertEquals((await store.take([budget(100)], NOTHING)).used, [60]);
  const { asked } = spend;
  clock.advance(2_000);
  await turns();
  assertEquals(spend.asked, asked + 1);
});

Deno.test("BudgetTotals goes on without an account that does not answer, and asks it again in a second", async () => {
  const { clock, spend, store } = setup();
  await spend.add({ id: "1", rows: [row(60)] });
  spend.fails = true;
  assertEquals((await store.take([budget(100)], NOTHING)).used, [0]);
  held(await store.take([budget(100)], NOTHING));
  assertEquals(spend.asked, 1);
  spend.fails = false;
  clock.advance(1_001);
  assertEquals((await store.take([budget(100)], NOTHING)).used, [60]);
});
