import { assertEquals } from "@std/assert";
import type { CacheStore } from "../../lib/stores/cache_store.ts";
import { ManualClock } from "../manual_clock.ts";

export interface CacheStoreOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly clock: ManualClock;
  /** What nobody waits for, as noting that an entry was used, has to be done before what is asked next. */
  readonly inOrder: boolean;
}

/** What a backend leaves to its server. */
export interface ServersOwn {
  /** Time passes for its entries as for everybody; a test cannot make it. */
  readonly time: boolean;
  /** Which entries go where there are too many is configured there. */
  readonly limits: boolean;
}

/** Registers the tests that every store of answers has to pass. */
export function testCacheStore(
  backend: string,
  create: (options: CacheStoreOptions) => Promise<CacheStore> | CacheStore,
  options: { readonly ignore?: boolean; readonly servers?: ServersOwn } = {},
): void {
  const { ignore = false, servers = { time: false, limits: false } } = options;

  function test(
    name: string,
    run: (store: CacheStore, clock: ManualClock) => Promise<void>,
    more: { limits?: Partial<CacheStoreOptions>; isServers?: boolean } = {},
  ): void {
    if (more.isServers === true) return;
    Deno.test({
      name: `${backend} cache store: ${name}`,
      ignore,
      async fn() {
        const clock = new ManualClock();
        const limits = {
          maxEntries: 1000,
          maxBytes: 10 * 1024 * 1024,
          clock,
          inOrder: false,
          ...more.limits,
        };
        const store = await create(limits);
        try {
          await run(store, clock);
        } finally {
          await store.close();
        }
      },
    });
  }

  const entry = (value: string, storedAt = 1) => ({ value, storedAt });
  const HOUR = 3_600_000;

  test("gives what it was given", async (store) => {
    assertEquals(await store.get("a", "k"), null);
    await store.set("a", "k", entry('{"text":"Grüße 🙂 \\u0000"}', 42), HOUR);
    assertEquals(await store.get("a", "k"), entry('{"text":"Grüße 🙂 \\u0000"}', 42));
    assertEquals([store.backend, store.failure()], [backend, null]);
  });

  test("gives nobody another's", async (store) => {
    await store.set("a", "k", entry("of a"), HOUR);
    await store.set("b", "k", entry("of b"), HOUR);
    await store.set("a:k", "x", entry("odd"), HOUR);
    assertEquals((await store.get("a", "k"))?.value, "of a");
    assertEquals((await store.get("b", "k"))?.value, "of b");
    assertEquals(await store.get("c", "k"), null);
    assertEquals([await store.get("a", "k:x"), await store.get("", "k")], [null, null]);
  });

  test("replaces", async (store) => {
    await store.set("a", "k", entry("one", 1), HOUR);
    await store.set("a", "k", entry("two", 2), HOUR);
    assertEquals(await store.get("a", "k"), entry("two", 2));
  });

  test("keeps large ones", async (store) => {
    const value = "x".repeat(1024 * 1024);
    await store.set("a", "k", entry(value), HOUR);
    assertEquals((await store.get("a", "k"))?.value, value);
  });

  test("answers many at once", async (store) => {
    const numbers = Array.from({ length: 200 }, (_, i) => i);
    await Promise.all(numbers.map((i) => store.set("a", `k${i}`, entry(`v${i}`), HOUR)));
    const found = await Promise.all(numbers.map((i) => store.get("a", `k${i}`)));
    assertEquals(found.map((each) => each?.value), numbers.map((i) => `v${i}`));
  });

  test("forgets what its time is over for", async (store, clock) => {
    await store.set("a", "short", entry("s"), 1000);
    await store.set("a", "long", entry("l"), 2000);
    clock.advance(1001);
    assertEquals([await store.get("a", "short"), (await store.get("a", "long"))?.value], [null, "l"]);
  }, { isServers: servers.time });

  test("keeps no more than it may, the ones used last", async (store, clock) => {
    for (const key of ["a", "b", "c"]) {
      await store.set("o", key, entry(key), HOUR);
      clock.advance(61_000);
    }
    await store.get("o", "a");
    clock.advance(61_000);
    await store.set("o", "d", entry("d"), HOUR);
    const found = await Promise.all(["a", "b", "c", "d"].map((key) => store.get("o", key)));
    assertEquals(found.map((each) => each?.value ?? null), ["a", null, "c", "d"]);
  }, { limits: { maxEntries: 3, inOrder: true }, isServers: servers.limits });

  test("takes no more room than it may", async (store, clock) => {
    for (let i = 0; i < 30; i++) {
      await store.set("o", `k${i}`, entry("x".repeat(1000)), HOUR);
      clock.advance(1);
    }
    await store.set("o", "huge", entry("x".repeat(30_000)), HOUR);
    assertEquals(await store.get("o", "huge"), null);
    const found = await Promise.all(Array.from({ length: 30 }, (_, i) => store.get("o", `k${i}`)));
    const kept = found.filter((each) => each !== null).length;
    assertEquals(kept > 2 && kept <= 10, true);
    assertEquals(found.at(-1) !== null, true);
  }, { limits: { maxBytes: 10_000 }, isServers: servers.limits });
}
