import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { SqliteRequestStore } from "../../lib/stores/sqlite_request_store.ts";
import { batchOf, made, testRequestStore } from "./request_store_contract.ts";

testRequestStore("memory", (limits) => SqliteRequestStore.open({ ...limits, profiles: [], path: null }));

testRequestStore("sqlite", async (limits) => {
  const directory = await Deno.makeTempDir({ prefix: "requests-" });
  const store = await SqliteRequestStore.open({ ...limits, profiles: [], path: `${directory}/requests.db` });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await Deno.remove(directory, { recursive: true });
  };
  return store;
});

Deno.test("an SQLite file of requests stays below its bound, and keeps the newest", async () => {
  const directory = await Deno.makeTempDir({ prefix: "requests-" });
  const path = `${directory}/requests.db`;
  const maxBytes = 4 * 1024 * 1024;
  const limits = { maxAge: 1e12, maxBytes, maxRows: Infinity, slowMs: 0, profiles: [] };
  const store = await SqliteRequestStore.open({ ...limits, path, clock: systemClock });
  try {
    for (let round = 0; round < 40; round++) {
      await store.append(
        batchOf(Array.from({ length: 500 }, (_, i) => made({ id: `request ${round}-${i}` }))),
      );
    }
    const { rows, bytes } = await store.state();
    assert(rows > 1_000 && rows < 20_000, String(rows));
    assert(bytes <= maxBytes, String(bytes));
    const { rows: [newest] } = await store.list({ filter: {}, limit: 1 });
    assertEquals(newest?.request_id, "request 39-499");
  } finally {
    await store.close();
  }
  assert((await Deno.stat(path)).size <= maxBytes);
  await Deno.remove(directory, { recursive: true });
});
