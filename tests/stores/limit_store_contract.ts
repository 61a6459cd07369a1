import { assert, assertEquals } from "@std/assert";
import type { LimitDecision, LimitHold, LimitRule, LimitStore } from "../../lib/stores/limit_store.ts";

export function requests(limit: number, name = "a"): LimitRule {
  return { id: `key:${name}:requests`, kind: "requests", scope: "key", of: name, name, limit, period: null };
}

export function tokens(limit: number, name = "a"): LimitRule {
  return { id: `key:${name}:tokens`, kind: "tokens", scope: "key", of: name, name, limit, period: null };
}

export function parallel(limit: number, name = "a"): LimitRule {
  return { id: `key:${name}:parallel`, kind: "parallel", scope: "key", of: name, name, limit, period: null };
}

export function budget(limit: number, name = "a", period: "day" | "week" | "month" = "day"): LimitRule {
  return { id: `key:${name}:budget:${period}`, kind: "budget", scope: "key", of: name, name, limit, period };
}

export const NOTHING = { tokens: 0, nanoUsd: 0 };

export function held(decision: LimitDecision): LimitHold {
  if (decision.hold === null) throw new Error(`Cannot go on: refused by ${decision.refusal?.rule.id}`);
  return decision.hold;
}

function refusedBy(decision: LimitDecision): string {
  assertEquals(decision.hold, null);
  return decision.refusal?.rule.id ?? "";
}

/** Registers the tests that every store of limits has to pass. */
export function testLimitStore(
  backend: string,
  create: () => Promise<LimitStore> | LimitStore,
  ignore = false,
): void {
  function test(name: string, run: (store: LimitStore) => Promise<void>): void {
    Deno.test({
      name: `${backend} limit store: ${name}`,
      ignore,
      async fn() {
        const store = await create();
        try {
          await run(store);
        } finally {
          await store.close();
        }
      },
    });
  }

  test("lets in as many requests as there may be, and says what is used", async (store) => {
    const rules = [requests(3)];
    for (const used of [1, 2, 3]) {
      const decision = await store.take(rules, NOTHING);
      held(decision);
      assertEquals(decision.used, [used]);
    }
    const refused = await store.take(rules, NOTHING);
    assertEquals([refusedBy(refused), refused.used, refused.degraded], ["key:a:requests", [3], false]);
    const { waitMs } = refused.refusal ?? { waitMs: NaN };
    assert(waitMs > 55_000 && waitMs <= 65_000, `${waitMs}`);
    assertEquals([store.backend, store.failure()], [backend, null]);
  });

  test("tells what is used, and takes nothing for it", async (store) => {
    const rules = [requests(3), tokens(100), parallel(2), budget(1000)];
    const all = [...rules, requests(3, "other"), budget(5, "other")];
    assertEquals(await store.peek(all), [0, 0, 0, 0, 0, 0]);
    const hold = held(await store.take(rules, { tokens: 10, nanoUsd: 20 }));
    for (let i = 0; i < 5; i++) assertEquals(await store.peek(all), [1, 10, 1, 20, 0, 0]);
    await hold.settle({ tokens: 7, nanoUsd: 5 });
    assertEquals(await store.peek(all), [1, 7, 0, 5, 0, 0]);
    assertEquals(await store.peek([]), []);
  });

  test("takes nothing at all where one limit refuses", async (store) => {
    await store.take([requests(1, "b")], NOTHING);
    const all = [requests(10), tokens(100), parallel(1), budget(100), requests(1, "b")];
    const refused = await store.take(all, { tokens: 10, nanoUsd: 10 });
    assertEquals([refusedBy(refused), refused.used], ["key:b:requests", [0, 0, 0, 0, 1]]);
    const let_in = await store.take(all.slice(0, 4), { tokens: 100, nanoUsd: 100 });
    assertEquals([let_in.used, let_in.refusal], [[1, 100, 1, 100], null]);
  });

  test("names the limit that refuses for longest", async (store) => {
    const all = [parallel(1), requests(1)];
    held(await store.take(all, NOTHING));
    assertEquals(refusedBy(await store.take(all, NOTHING)), "key:a:requests");
  });

  test("gives tokens back that were not used, and takes those beyond the estimate", async (store) => {
    const rules = [tokens(100)];
    const hold = held(await store.take(rules, { tokens: 80, nanoUsd: 0 }));
    assertEquals(refusedBy(await store.take(rules, { tokens: 30, nanoUsd: 0 })), "key:a:tokens");
    await hold.settle({ tokens: 20, nanoUsd: 0 });
    const second = await store.take(rules, { tokens: 30, nanoUsd: 0 });
    assertEquals(second.used, [50]);
    await held(second).settle({ tokens: 130, nanoUsd: 0 });
    assertEquals((await store.take(rules, { tokens: 1, nanoUsd: 0 })).used, [150]);
  });

  test("settles once", async (store) => {
    const rules = [tokens(100), parallel(2), budget(1000)];
    const hold = held(await store.take(rules, { tokens: 50, nanoUsd: 500 }));
    held(await store.take(rules, { tokens: 50, nanoUsd: 500 }));
    await hold.settle({ tokens: 10, nanoUsd: 100 });
    assertEquals(await hold.settle({ tokens: 0, nanoUsd: 0 }), []);
    const third = await store.take(rules, { tokens: 40, nanoUsd: 400 });
    assertEquals(third.used, [100, 2, 1000]);
  });

  test("a request for more than the limit never passes", async (store) => {
    const refused = await store.take([tokens(100)], { tokens: 101, nanoUsd: 0 });
    assertEquals([refusedBy(refused), refused.refusal?.waitMs], ["key:a:tokens", Infinity]);
    const costly = await store.take([budget(100)], { tokens: 0, nanoUsd: 101 });
    assertEquals([refusedBy(costly), costly.refusal?.waitMs], ["key:a:budget:day", Infinity]);
  });

  test("counts requests at a time by those that have not ended", async (store) => {
    const rules = [parallel(2)];
    const first = held(await store.take(rules, NOTHING));
    held(await store.take(rules, NOTHING));
    const refused = await store.take(rules, NOTHING);
    assertEquals([refusedBy(refused), refused.refusal?.waitMs], ["key:a:parallel", 1000]);
    await first.settle(NOTHING);
    held(await store.take(rules, NOTHING));
  });

  test("holds what a request may cost, and keeps what it did cost", async (store) => {
    const rules = [budget(1_000_000_000), budget(5_000_000_000, "a", "month")];
    const hold = held(await store.take(rules, { tokens: 0, nanoUsd: 900_000_000 }));
    assertEquals(
      refusedBy(await store.take(rules, { tokens: 0, nanoUsd: 200_000_000 })),
      "key:a:budget:day",
    );
    assertEquals(await hold.settle({ tokens: 0, nanoUsd: 700_000_000 }), [700_000_000, 700_000_000]);
    const next = await store.take(rules, { tokens: 0, nanoUsd: 300_000_000 });
    assertEquals(next.used, [1_000_000_000, 1_000_000_000]);
  });

  test("a spent budget says when it renews", async (store) => {
    const rules = [budget(100)];
    await held(await store.take(rules, { tokens: 0, nanoUsd: 100 })).settle({ tokens: 0, nanoUsd: 100 });
    const refused = await store.take(rules, { tokens: 0, nanoUsd: 1 });
    const { waitMs } = refused.refusal ?? { waitMs: NaN };
    assert(waitMs > 0 && waitMs <= 86_400_000, `${waitMs}`);
  });

  test("a spent budget refuses what costs nobody knows how much, and not what costs nothing", async (store) => {
    const rules = [budget(100)];
    const unknown = { tokens: 0, nanoUsd: NaN };
    const hold = held(await store.take(rules, unknown));
    await hold.settle({ tokens: 0, nanoUsd: 150 });
    refusedBy(await store.take(rules, unknown));
    held(await store.take(rules, NOTHING));
  });

  test("learns of a budget what is spent at least", async (store) => {
    const rules = [budget(100)];
    await store.learn(budget(100), 90);
    const decision = await store.take(rules, { tokens: 0, nanoUsd: 5 });
    assertEquals(decision.used, [95]);
    await store.learn(budget(100), 50);
    assertEquals(await held(decision).settle({ tokens: 0, nanoUsd: 4 }), [94]);
  });

  test("counters of one name are one, others are apart", async (store) => {
    held(await store.take([requests(2)], NOTHING));
    assertEquals((await store.take([requests(2, "b")], NOTHING)).used, [1]);
    assertEquals((await store.take([requests(5)], NOTHING)).used, [2]);
  });

  test("many at once never get more than there is", async (store) => {
    const rules = [requests(50), tokens(1000), parallel(40), budget(10_000)];
    const needed = { tokens: 30, nanoUsd: 100 };
    const decisions = await Promise.all(
      Array.from({ length: 200 }, () => Promise.resolve(store.take(rules, needed))),
    );
    const holds = decisions.flatMap(({ hold }) => hold ?? []);
    assertEquals(holds.length, 33);
    await Promise.all(holds.map((hold) => hold.settle({ tokens: 10, nanoUsd: 10 })));
    assertEquals((await store.take(rules, needed)).used, [34, 360, 1, 430]);
  });
}
