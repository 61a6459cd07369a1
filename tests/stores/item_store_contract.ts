import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ItemStore, StoredConversation, StoredItem } from "../../lib/stores/item_store.ts";
import { Refusal } from "../../lib/stores/refusal.ts";
import type { Stores } from "../../lib/stores/stores.ts";
import { ManualClock } from "../manual_clock.ts";
import { type StoreLimits, turn } from "./conversation_store_contract.ts";

export function conversation(id: string, fields: Partial<StoredConversation> = {}): StoredConversation {
  return { id, owner: "alice", createdAt: Date.UTC(2026, 0, 1), metadata: {}, ...fields };
}

export function item(id: string, text = `text of ${id}`): StoredItem {
  return { id, type: "message", role: "user", content: [{ type: "input_text", text }] };
}

function ids(items: readonly StoredItem[] | null | undefined): string[] | null {
  return items?.map(({ id }) => id) ?? null;
}

/** Registers the tests that every store of conversations has to pass. */
export function testItemStore(
  backend: string,
  create: (limits: StoreLimits) => Promise<Stores> | Stores,
  { ignore = false }: { readonly ignore?: boolean } = {},
): void {
  function test(
    name: string,
    run: (items: ItemStore, stores: Stores, clock: ManualClock) => Promise<void>,
    limits: Partial<StoreLimits> = {},
  ): void {
    Deno.test({ name: `${backend} item store: ${name}`, ignore }, async () => {
      const clock = new ManualClock();
      const stores = await create({ maxEntries: 1_000, ttl: 3_600_000, clock, ...limits });
      try {
        await run(stores.items, stores, clock);
      } finally {
        await stores.turns.close();
      }
    });
  }

  test("get() gives back what create() was given", async (store) => {
    const given = conversation("conv_1", { metadata: { topic: "téxt 😀", "": "", __proto__x: "y" } });
    await store.create(given, [item("b"), item("a")]);
    assertEquals(await store.get("alice", "conv_1"), given);
    assertEquals(await store.all("alice", "conv_1"), [item("b"), item("a")]);
    assertEquals(await store.item("alice", "conv_1", "a"), item("a"));
    assertEquals(await store.get("alice", "conv_2"), null);
    assertEquals(await store.all("alice", "conv_2"), null);
  });

  test("one of another owner looks like none", async (store) => {
    await store.create(conversation("conv_1"), [item("a")]);
    assertEquals(await store.get("bob", "conv_1"), null);
    assertEquals(await store.update("bob", "conv_1", {}), null);
    assertEquals(await store.append("bob", "conv_1", [item("b")]), false);
    assertEquals(await store.all("bob", "conv_1"), null);
    assertEquals(await store.list("bob", "conv_1", { after: null, limit: 9, order: "asc" }), null);
    assertEquals(await store.item("bob", "conv_1", "a"), null);
    assertEquals(await store.deleteItem("bob", "conv_1", "a"), false);
    assertEquals(await store.delete("bob", "conv_1"), false);
    assertEquals(ids(await store.all("alice", "conv_1")), ["a"]);
  });

  test("a turn and a conversation of one id do not meet", async (store, { turns }) => {
    await turns.create(turn("same"));
    assertEquals(await store.get("alice", "same"), null);
    await store.create(conversation("same"), []);
    assertEquals(await turns.get("alice", "same"), turn("same"));
    assertEquals(await store.delete("alice", "same"), true);
    assert(await turns.get("alice", "same") !== null);
    assertEquals(turns.activeCount(), 1);
  });

  test("all() refuses what is too large to be read at once, and list() pages it", async (store) => {
    const text = "x".repeat(24 * 1024 * 1024);
    await store.create(conversation("conv_1"), [item("a", text), item("b", text)]);
    assertEquals((await store.all("alice", "conv_1"))?.length, 2);
    await store.append("alice", "conv_1", [item("c", text)]);
    await assertRejects(() => store.all("alice", "conv_1"), Refusal, 'The history of "conv_1" is larger');
    const page = await store.list("alice", "conv_1", { after: "b", limit: 1, order: "asc" });
    assertEquals(ids(page?.items), ["c"]);
  });

  test("update() replaces the metadata", async (store) => {
    await store.create(conversation("conv_1", { metadata: { a: "1", b: "2" } }), [item("a")]);
    const updated = conversation("conv_1", { metadata: { b: "3" } });
    assertEquals(await store.update("alice", "conv_1", { b: "3" }), updated);
    assertEquals(await store.get("alice", "conv_1"), updated);
    assertEquals(ids(await store.all("alice", "conv_1")), ["a"]);
    assertEquals(await store.update("alice", "conv_2", {}), null);
  });

  test("delete() removes it with its items, once", async (store) => {
    await store.create(conversation("conv_1"), [item("a")]);
    assertEquals(await store.delete("alice", "conv_1"), true);
    assertEquals(await store.delete("alice", "conv_1"), false);
    assertEquals(await store.get("alice", "conv_1"), null);
    assertEquals(await store.item("alice", "conv_1", "a"), null);
    assertEquals(await store.append("alice", "conv_1", [item("b")]), false);
    await store.create(conversation("conv_1"), []);
    assertEquals(await store.all("alice", "conv_1"), []);
  });

  test("append() adds at the end, and leaves what is there as it stands", async (store) => {
    await store.create(conversation("conv_1"), [item("a")]);
    assertEquals(await store.append("alice", "conv_1", [item("c"), item("b"), item("a", "other")]), true);
    assertEquals(await store.append("alice", "conv_1", []), true);
    assertEquals(await store.all("alice", "conv_1"), [item("a"), item("c"), item("b")]);
  });

  test("items of one id may stand in two conversations", async (store) => {
    await store.create(conversation("conv_1"), [item("a", "one")]);
    await store.create(conversation("conv_2"), [item("a", "two")]);
    assertEquals(await store.deleteItem("alice", "conv_1", "a"), true);
    assertEquals(await store.item("alice", "conv_2", "a"), item("a", "two"));
  });

  test("list() pages both ways", async (store) => {
    const names = Array.from({ length: 25 }, (_, i) => `item_${i}`);
    await store.create(conversation("conv_1"), names.map((name) => item(name)));
    for (const order of ["asc", "desc"] as const) {
      const seen: string[] = [];
      for (let after: string | null = null;;) {
        const page = await store.list("alice", "conv_1", { after, limit: 10, order });
        if (page === null) throw new Error("Expected a page, got none");
        seen.push(...ids(page.items) ?? []);
        if (!page.hasMore) break;
        assertEquals(page.items.length, 10);
        after = page.items.at(-1)?.id ?? null;
      }
      assertEquals(seen, order === "asc" ? names : names.toReversed());
    }
    const whole = await store.list("alice", "conv_1", { after: null, limit: 25, order: "asc" });
    assertEquals([whole?.items.length, whole?.hasMore], [25, false]);
    const last = await store.list("alice", "conv_1", { after: "item_24", limit: 5, order: "asc" });
    assertEquals(last, { items: [], hasMore: false });
  });

  test("list() is null after an item that is not there", async (store) => {
    await store.create(conversation("conv_1"), [item("a")]);
    await store.create(conversation("conv_2"), [item("b")]);
    const query = { limit: 5, order: "asc" } as const;
    assertEquals(await store.list("alice", "conv_1", { ...query, after: "b" }), null);
    assertEquals(await store.list("alice", "conv_3", { ...query, after: null }), null);
  });

  test("deleteItem() removes one item, and the others keep their order", async (store) => {
    await store.create(conversation("conv_1"), [item("a"), item("b"), item("c")]);
    assertEquals(await store.deleteItem("alice", "conv_1", "b"), true);
    assertEquals(await store.deleteItem("alice", "conv_1", "b"), false);
    await store.append("alice", "conv_1", [item("b")]);
    assertEquals(ids(await store.all("alice", "conv_1")), ["a", "c", "b"]);
  });

  test("what was given and what is got may be changed without harm", async (store) => {
    const [given, metadata] = [item("a"), { a: "1" }];
    await store.create(conversation("conv_1", { metadata }), [given]);
    given["role"] = "changed";
    metadata.a = "changed";
    const got = await store.item("alice", "conv_1", "a");
    assertEquals(got, item("a"));
    assertEquals((await store.get("alice", "conv_1"))?.metadata, { a: "1" });
  });

  test("a conversation is gone some time after its last change", async (store, _stores, clock) => {
    await store.create(conversation("conv_1"), [item("a")]);
    clock.advance(900);
    await store.append("alice", "conv_1", [item("b")]);
    clock.advance(900);
    assertEquals(ids(await store.all("alice", "conv_1")), ["a", "b"]);
    clock.advance(101);
    assertEquals(await store.get("alice", "conv_1"), null);
    assertEquals(await store.all("alice", "conv_1"), null);
  }, { ttl: 1_000 });
}
