import { assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { SqliteKeyStore } from "../../lib/stores/sqlite_key_store.ts";
import { keyRecord } from "./key_records.ts";
import { testKeyStore } from "./key_store_contract.ts";

function open(path: string): Promise<SqliteKeyStore> {
  return SqliteKeyStore.open({ path, timeout: 7_200_000, clock: systemClock });
}

testKeyStore("sqlite", async () => {
  const directory = await Deno.makeTempDir({ prefix: "keys-" });
  const store = await open(`${directory}/keys.db`);
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await Deno.remove(directory, { recursive: true });
  };
  return store;
});

Deno.test("keys in an SQLite file are there for other processes and after a restart, and nobody else may read it", async () => {
  const directory = await Deno.makeTempDir({ prefix: "keys-" });
  try {
    const path = `${directory}/keys.db`;
    const first = await open(path);
    const second = await open(path);
    await first.create("key", keyRecord("key_a1"));
    const version = await second.version();
    assertEquals((await second.find(keyRecord("key_a1").sha256))?.key, keyRecord("key_a1"));
    assertEquals(await second.replace("key", keyRecord("key_a1", { revision: 2, disabled: true })), "done");
    assertEquals(await first.version() !== version, true);
    await first.close();
    await second.close();
    const third = await open(path);
    assertEquals((await third.get("key", "key_a1"))?.disabled, true);
    await third.close();
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
