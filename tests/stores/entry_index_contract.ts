import { assert, assertEquals } from "@std/assert";
import type { EntryRef } from "../../lib/stores/entry_index.ts";
import type { Stores } from "../../lib/stores/stores.ts";
import { ManualClock } from "../manual_clock.ts";
import { type StoreLimits, turn } from "./conversation_store_contract.ts";
import { conversation, item } from "./item_store_contract.ts";
import { queued } from "./run_store_contract.ts";

/** Registers the tests that what tells of a store's entries has to pass. */
export function testEntryIndex(
  backend: string,
  create: (limits: StoreLimits) => Promise<Stores> | Stores,
  { ignore = false }: { readonly ignore?: boolean } = {},
): void {
  function test(name: string, run: (stores: Stores, clock: ManualClock) => Promise<void>): void {
    Deno.test({ name: `${backend} entry index: ${name}`, ignore }, async () => {
      const clock = new ManualClock();
      const stores = await create({ maxEntries: 1_000, ttl: 3_600_000, clock });
      try {
        await run(stores, clock);
      } finally {
        await stores.turns.close();
      }
    });
  }

  async function all({ index }: Stores, filter = {}, limit = 7): Promise<EntryRef[]> {
    const found: EntryRef[] = [];
    for (let after: string | null = null;;) {
      const page: readonly EntryRef[] = await index.page({ after, limit, owner: null, since: 0, ...filter });
      assert(page.length <= limit);
      found.push(...page);
      if (page.length === 0) return found;
      after = page.at(-1)?.position ?? null;
    }
  }

  const named = (refs: readonly EntryRef[]) =>
    refs.map(({ kind, owner, id }) => `${kind} ${owner} ${id}`).sort();

  test("gives each entry once, page by page", async (stores) => {
    const expected: string[] = [];
    for (let i = 0; i < 20; i++) {
      await stores.turns.create(turn(`t${i}`, { owner: i % 2 === 0 ? "alice" : "b:ob é" }));
      expected.push(`turn ${i % 2 === 0 ? "alice" : "b:ob é"} t${i}`);
    }
    await stores.items.create(conversation("c"), [item("a")]);
    await stores.runs.begin(queued("r"), { process: "one", until: 1 }, []);
    const found = await all(stores);
    assertEquals(named(found), [...expected, "conversation alice c", "turn alice r"].sort());
    assertEquals(found.filter(({ run }) => run).map(({ id }) => id), ["r"]);
    assertEquals(named(await all(stores, { owner: "b:ob é" }, 3)).length, 10);
    assertEquals(await all(stores, { owner: "carol" }), []);
  });

  test("knows since when an entry is as it is", async (stores, clock) => {
    const began = clock.wall();
    await stores.turns.create(turn("old"));
    await stores.items.create(conversation("changed"), []);
    clock.advance(1_000);
    await stores.turns.create(turn("new"));
    await stores.items.append("alice", "changed", [item("a")]);
    await stores.turns.get("alice", "old");
    const at = new Map((await all(stores)).map(({ id, changedAt }) => [id, changedAt - began]));
    assertEquals(Object.fromEntries(at), { old: 0, changed: 1_000, new: 1_000 });
    assertEquals(named(await all(stores, { since: began + 1 })), [
      "conversation alice changed",
      "turn alice new",
    ]);
    assertEquals((await all(stores, { since: began })).length, 3);
  });

  test("gives nothing that is gone or too old", async (stores, clock) => {
    await stores.turns.create(turn("old"));
    clock.advance(2_000_000);
    await stores.turns.create(turn("new"));
    await stores.turns.create(turn("deleted"));
    await stores.turns.delete("alice", "deleted");
    clock.advance(2_000_000);
    assertEquals(named(await all(stores)), ["turn alice new"]);
  });
}
