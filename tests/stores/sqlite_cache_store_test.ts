import { assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { SqliteCacheStore } from "../../lib/stores/sqlite_cache_store.ts";
import { sqliteStores } from "../../lib/stores/sqlite_stores.ts";
import { testCacheStore } from "./cache_store_contract.ts";

const LIMITS = { maxEntries: 10, maxBytes: 100_000, clock: systemClock, timeout: 7_200_000 };

testCacheStore("sqlite", async (options) => {
  const directory = await Deno.makeTempDir({ prefix: "cache-" });
  const store = await SqliteCacheStore.open({
    ...options,
    path: `${directory}/cache.db`,
    timeout: 7_200_000,
  });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await Deno.remove(directory, { recursive: true });
  };
  return store;
});

Deno.test("an SQLite cache is there after a restart, and opens no file of another store", async () => {
  const directory = await Deno.makeTempDir({ prefix: "cache-" });
  try {
    const path = `${directory}/cache.db`;
    const first = await SqliteCacheStore.open({ ...LIMITS, path });
    await first.set("a", "k", { value: "v", storedAt: 1 }, 60_000);
    const second = await SqliteCacheStore.open({ ...LIMITS, path });
    assertEquals((await second.get("a", "k"))?.value, "v");
    await first.close();
    await second.close();
    const third = await SqliteCacheStore.open({ ...LIMITS, path });
    assertEquals(await third.get("a", "k"), { value: "v", storedAt: 1 });
    await third.close();
    await assertRejects(
      () => sqliteStores({ ...LIMITS, path, synchronous: "normal", ttl: 1000 }),
      Error,
      "it is a database of something else",
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
