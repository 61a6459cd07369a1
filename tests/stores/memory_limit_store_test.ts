import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { MemoryLimitStore } from "../../lib/stores/limits/memory_limit_store.ts";
import { ManualClock } from "../manual_clock.ts";
import { budget, held, NOTHING, requests, testLimitStore, tokens } from "./limit_store_contract.ts";

const clockAtNoon = () => new ManualClock(Date.UTC(2026, 10, 25, 12));

testLimitStore("memory", () => new MemoryLimitStore(clockAtNoon()));

Deno.test("memory limit store: within no 60 s more than the limit, whenever requests come", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 8 }),
    fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 120 }),
    (limit, gaps) => {
      const clock = clockAtNoon();
      const store = new MemoryLimitStore(clock);
      const let_in: number[] = [];
      for (const gap of gaps) {
        clock.advance(gap);
        if (store.take([requests(limit)], NOTHING).hold !== null) let_in.push(clock.now());
      }
      let_in.forEach((at, i) => {
        const before = let_in[i - limit];
        assert(before === undefined || at - before >= 60_000, `${limit + 1} within ${at - (before ?? 0)} ms`);
      });
    },
  ));
});

Deno.test("memory limit store: what it says to wait is enough, and less is not", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ gap: fc.nat(9_000), tokens: fc.nat(60) }), { maxLength: 40 }),
    fc.integer({ min: 1, max: 100 }),
    (requests, asked) => {
      const clock = clockAtNoon();
      const store = new MemoryLimitStore(clock);
      for (const { gap, tokens: needed } of requests) {
        clock.advance(gap);
        store.take([tokens(100)], { tokens: needed, nanoUsd: 0 });
      }
      const { refusal } = store.take([tokens(100)], { tokens: asked, nanoUsd: 0 });
      if (refusal === null) return;
      clock.advance(refusal.waitMs - 1);
      assertEquals(store.take([tokens(100)], { tokens: asked, nanoUsd: 0 }).hold, null);
      clock.advance(1);
      held(store.take([tokens(100)], { tokens: asked, nanoUsd: 0 }));
    },
  ));
});

Deno.test("memory limit store: what is settled after its minute gives nothing back twice", async () => {
  const clock = clockAtNoon();
  const store = new MemoryLimitStore(clock);
  const hold = held(store.take([tokens(100)], { tokens: 100, nanoUsd: 0 }));
  clock.advance(70_000);
  held(store.take([tokens(100)], { tokens: 60, nanoUsd: 0 }));
  await hold.settle({ tokens: 10, nanoUsd: 0 });
  assertEquals(store.take([tokens(100)], { tokens: 50, nanoUsd: 0 }).used, [60]);
});

Deno.test("memory limit store: a budget begins anew with its period, and a request is of the one it came in", async () => {
  const clock = new ManualClock(Date.UTC(2026, 10, 30, 23, 59));
  const store = new MemoryLimitStore(clock);
  const rules = [budget(100), budget(100, "a", "week"), budget(150, "a", "month")];
  const late = held(store.take(rules, { tokens: 0, nanoUsd: 80 }));
  clock.advance(120_000);
  // Tuesday the first of December: the day and the month are new, the week is not.
  assertEquals(store.take(rules, { tokens: 0, nanoUsd: 30 }).refusal?.rule.period, "week");
  await late.settle({ tokens: 0, nanoUsd: 60 });
  assertEquals(store.take(rules, { tokens: 0, nanoUsd: 30 }).used, [30, 90, 30]);
});

Deno.test("memory limit store: counters that say nothing are dropped, and never are there more than so many", () => {
  const clock = clockAtNoon();
  const store = new MemoryLimitStore(clock, 10);
  for (let i = 0; i < 10; i++) store.take([requests(1, `${i}`)], NOTHING);
  clock.advance(66_000);
  store.take([requests(1, "new")], NOTHING);
  assertEquals(store.size, 1);
  for (let i = 0; i < 100; i++) store.take([requests(1, `${i}`)], NOTHING);
  assertEquals(store.size, 10);
});
