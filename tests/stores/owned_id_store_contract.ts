import { assertEquals } from "@std/assert";
import type { OwnedIdStore } from "../../lib/stores/owned_id_store.ts";

/** Registers the tests that every store of owned ids has to pass. */
export function testOwnedIdStore(
  backend: string,
  create: (most: number) => Promise<OwnedIdStore> | OwnedIdStore,
  ignore = false,
): void {
  function test(name: string, run: (store: OwnedIdStore) => Promise<void>, most = 1_000): void {
    Deno.test({
      name: `${backend} store of owned ids: ${name}`,
      ignore,
      async fn() {
        const store = await create(most);
        try {
          await run(store);
        } finally {
          await store.close();
        }
      },
    });
  }

  const own = async (store: OwnedIdStore, owner: string, ...ids: string[]) =>
    [...await store.of(owner, ids)].toSorted();

  test("knows whose an id is, and nobody else's", async (store) => {
    assertEquals(await own(store, "alice", "file-1"), []);
    await store.add("alice", ["file-1", "file-2"]);
    await store.add("bob", ["file-3"]);
    assertEquals(await own(store, "alice", "file-1", "file-2", "file-3", "file-4"), ["file-1", "file-2"]);
    assertEquals(await own(store, "bob", "file-1", "file-2", "file-3", "file-4"), ["file-3"]);
    assertEquals(await own(store, "", "file-1"), []);
    assertEquals(await own(store, "alice"), []);
    assertEquals([store.backend.length > 0, store.failure()], [true, null]);
  });

  test("what is somebody's stays theirs", async (store) => {
    await store.add("alice", ["file-1"]);
    await store.add("bob", ["file-1", "file-2"]);
    assertEquals(await own(store, "bob", "file-1", "file-2"), ["file-2"]);
    await store.remove("bob", "file-1");
    assertEquals(await own(store, "alice", "file-1"), ["file-1"]);
    await store.remove("alice", "file-1");
    assertEquals(await own(store, "alice", "file-1"), []);
    await store.add("bob", ["file-1"]);
    assertEquals(await own(store, "bob", "file-1"), ["file-1"]);
  });

  test("of several who claim an id at the same time one has it", async (store) => {
    const owners = Array.from({ length: 10 }, (_, i) => `owner-${i}`);
    await Promise.all(owners.map((owner) => store.add(owner, ["file-1"])));
    const theirs = await Promise.all(owners.map((owner) => own(store, owner, "file-1")));
    assertEquals(theirs.flat(), ["file-1"]);
  });

  test("takes whatever clients write for an id", async (store) => {
    const odd = ["", "é😀", "a\0b", "' OR '1'='1", "%", "*", "x".repeat(5_000), "\ud800"];
    await store.add("alice", ["real"]);
    assertEquals(await own(store, "alice", ...odd), []);
    const some = odd.slice(1, -1);
    await store.add("o\0wner", some);
    assertEquals(await own(store, "o\0wner", ...some), some.toSorted());
  });

  test("tells of all, the oldest first", async (store) => {
    const expected = Array.from({ length: 700 }, (_, i) => ({
      owner: i % 3 === 0 ? "b\0b" : "alice",
      id: `id-${i}`,
    }));
    assertEquals(await Array.fromAsync(store.all()), []);
    for (let from = 0; from < 700; from++) await store.add(expected[from]?.owner ?? "", [`id-${from}`]);
    await store.remove("alice", "id-1");
    assertEquals(await Array.fromAsync(store.all()), expected.filter((_, i) => i !== 1));
  });

  test("forgets the oldest of too many; what is claimed again counts once", async (store) => {
    for (let i = 0; i < 20; i++) await store.add("alice", ["a"]);
    await store.add("alice", ["b", "c", "d", "e"]);
    assertEquals(await own(store, "alice", "a", "b", "c", "d", "e"), ["a", "b", "c", "d", "e"]);
    await store.add("alice", ["f"]);
    assertEquals(await own(store, "alice", "a", "b", "f"), ["b", "f"]);
    await store.add("bob", Array.from({ length: 50 }, (_, i) => `more-${i}`));
    assertEquals(await own(store, "alice", "b", "f"), []);
    assertEquals((await own(store, "bob", "more-44", "more-45", "more-49")).length, 2);
  }, 5);
}
