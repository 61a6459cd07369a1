import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Clock } from "../../lib/clock.ts";
import type { ConversationStore, StoredResponse } from "../../lib/stores/conversation_store.ts";
import { Refusal } from "../../lib/stores/refusal.ts";
import { ManualClock } from "../manual_clock.ts";

/** What a store is made with. A backend without one of these limits has no place behind this contract. */
export interface StoreLimits {
  readonly maxEntries: number;
  /** Default: far more than a test needs. */
  readonly maxBytes?: number;
  /** Milliseconds. */
  readonly ttl: number;
  readonly clock: Clock;
}

/** One turn; `fields` replaces what the test is about. */
export function turn(id: string, fields: Partial<StoredResponse> = {}): StoredResponse {
  return {
    id,
    owner: "alice",
    previousId: null,
    model: "gpt",
    createdAt: Date.UTC(2026, 0, 1),
    input: [{ role: "user", content: `question of ${id}` }],
    response: { id, output: [{ type: "message", content: `answer of ${id}` }] },
    ...fields,
  };
}

/** Registers the tests that every conversation store has to pass. */
export function testConversationStore(
  backend: string,
  create: (limits: StoreLimits) => Promise<ConversationStore> | ConversationStore,
  { ignore = false }: { readonly ignore?: boolean } = {},
): void {
  function test(
    name: string,
    run: (store: ConversationStore, clock: ManualClock) => Promise<void>,
    limits: Partial<StoreLimits> = {},
  ): void {
    Deno.test({ name: `${backend} conversation store: ${name}`, ignore }, async () => {
      const clock = new ManualClock();
      const store = await create({ maxEntries: 1_000, ttl: 3_600_000, clock, ...limits });
      try {
        await run(store, clock);
      } finally {
        await store.close();
      }
    });
  }

  test("get() gives back what create() was given", async (store) => {
    const given = turn("resp_1", {
      previousId: "resp_0",
      input: [null, 1, "téxt 😀", { deep: [{ a: "\u0000\ud800" }] }],
      response: { id: "resp_1", output: [], "": {}, __proto__x: 1, number: 1e21 },
    });
    await store.create(given);
    assertEquals(await store.get("alice", "resp_1"), given);
    assertEquals(store.backend, backend);
  });

  test("get() is null when there is no such turn", async (store) => {
    assertEquals(await store.get("alice", "resp_1"), null);
  });

  test("a turn of another owner looks like none", async (store) => {
    await store.create(turn("resp_1"));
    assertEquals(await store.get("bob", "resp_1"), null);
    assertEquals(await store.chain("bob", "resp_1"), null);
    assertEquals(await store.delete("bob", "resp_1"), false);
    assert(await store.get("alice", "resp_1") !== null);
  });

  test("two owners may have turns of one id", async (store) => {
    await store.create(turn("resp_1", { owner: "alice", model: "a" }));
    await store.create(turn("resp_1", { owner: "bob", model: "b" }));
    assertEquals((await store.get("alice", "resp_1"))?.model, "a");
    assertEquals((await store.get("bob", "resp_1"))?.model, "b");
    assertEquals(store.activeCount(), 2);
    await store.delete("bob", "resp_1");
    assertEquals((await store.get("alice", "resp_1"))?.model, "a");
  });

  test("owner and id do not run into each other", async (store) => {
    await store.create(turn("b:c", { owner: "a" }));
    await store.create(turn("c\u0000d", { owner: "a" }));
    assertEquals(await store.get("a:b", "c"), null);
    assertEquals(await store.get("a\u0000c", "d"), null);
    assertEquals(await store.get("a", "__proto__"), null);
  });

  test("create() replaces a turn of the same id and owner", async (store) => {
    await store.create(turn("resp_1", { model: "before" }));
    await store.create(turn("resp_1", { model: "after" }));
    assertEquals((await store.get("alice", "resp_1"))?.model, "after");
    assertEquals(store.activeCount(), 1);
  });

  test("delete() removes a turn once", async (store) => {
    await store.create(turn("resp_1"));
    assertEquals(await store.delete("alice", "resp_1"), true);
    assertEquals(await store.delete("alice", "resp_1"), false);
    assertEquals(await store.get("alice", "resp_1"), null);
    assertEquals(store.activeCount(), 0);
  });

  test("chain() gives 100 turns, oldest first", async (store) => {
    const ids = Array.from({ length: 100 }, (_, i) => `resp_${i}`);
    for (const [i, id] of ids.entries()) await store.create(turn(id, { previousId: ids[i - 1] ?? null }));
    const chain = await store.chain("alice", "resp_99");
    assertEquals(chain?.map(({ id }) => id), ids);
    assertEquals(chain?.[7], turn("resp_7", { previousId: "resp_6" }));
    const half = await store.chain("alice", "resp_49");
    assertEquals(half?.length, 50);
  });

  test("chain() is null when a turn of it is absent", async (store) => {
    await store.create(turn("resp_1"));
    await store.create(turn("resp_2", { previousId: "resp_1" }));
    await store.create(turn("resp_3", { previousId: "resp_2" }));
    await store.delete("alice", "resp_2");
    assertEquals(await store.chain("alice", "resp_3"), null);
    assertEquals((await store.chain("alice", "resp_1"))?.length, 1);
    assertEquals(await store.chain("alice", "resp_4"), null);
  });

  test("chain() is null when a turn of it is another owner's", async (store) => {
    await store.create(turn("resp_1", { owner: "bob" }));
    await store.create(turn("resp_2", { previousId: "resp_1" }));
    assertEquals(await store.chain("alice", "resp_2"), null);
  });

  test("chain() is null when it has no beginning", async (store) => {
    await store.create(turn("resp_1", { previousId: "resp_2" }));
    await store.create(turn("resp_2", { previousId: "resp_1" }));
    assertEquals(await store.chain("alice", "resp_2"), null);
  });

  test("chain() refuses what is too large to be read at once, and the turns stay", async (store) => {
    const input = ["x".repeat(24 * 1024 * 1024)];
    await store.create(turn("resp_1", { input }));
    await store.create(turn("resp_2", { previousId: "resp_1", input }));
    await store.create(turn("resp_3", { previousId: "resp_2", input }));
    assertEquals((await store.chain("alice", "resp_2"))?.length, 2);
    await assertRejects(() => store.chain("alice", "resp_3"), Refusal, 'The history of "resp_3" is larger');
    assert(await store.get("alice", "resp_3") !== null);
  });

  test("turns may branch", async (store) => {
    await store.create(turn("root"));
    await store.create(turn("left", { previousId: "root" }));
    await store.create(turn("right", { previousId: "root" }));
    assertEquals((await store.chain("alice", "left"))?.map(({ id }) => id), ["root", "left"]);
    assertEquals((await store.chain("alice", "right"))?.map(({ id }) => id), ["root", "right"]);
  });

  test("what was given and what is got may be changed without harm", async (store) => {
    const input = [{ role: "user" }];
    await store.create(turn("resp_1", { input }));
    input.length = 0;
    const got = await store.get("alice", "resp_1");
    assertEquals(got?.input, [{ role: "user" }]);
    if (got !== null) got.response["changed"] = true;
    assertEquals((await store.get("alice", "resp_1"))?.response["changed"], undefined);
  });

  test("no more turns are kept than the limit", async (store) => {
    for (let i = 0; i < 25; i++) await store.create(turn(`resp_${i}`));
    assert(store.activeCount() <= 10);
    assertEquals(await store.get("alice", "resp_0"), null);
    assert(await store.get("alice", "resp_24") !== null);
  }, { maxEntries: 10 });

  test("a turn is gone after its time", async (store, clock) => {
    await store.create(turn("resp_1"));
    clock.advance(999);
    assert(await store.get("alice", "resp_1") !== null);
    clock.advance(2);
    assertEquals(await store.get("alice", "resp_1"), null);
    assertEquals(await store.chain("alice", "resp_1"), null);
    assertEquals(await store.delete("alice", "resp_1"), false);
    assertEquals(store.activeCount(), 0);
  }, { ttl: 1_000 });
}
