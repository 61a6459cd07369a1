import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../lib/clock.ts";
import { toBytes } from "../../lib/stores/duration_histogram.ts";
import { MIGRATIONS } from "../../lib/stores/sqlite/requests/schema.ts";
import { SqliteRequestStore } from "../../lib/stores/sqlite_request_store.ts";
import { OLD_BATCH } from "../telemetry/old_batch.ts";
import { batchesOf, made, testRequestStore } from "./request_store_contract.ts";

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
        batchesOf(Array.from({ length: 500 }, (_, i) => made({ id: `request ${round}-${i}` }))),
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

/** A file of the first version with one row, and its figures by the minute and the day. */
function writeFirstVersion(path: string, at: number): void {
  using database = new DatabaseSync(path);
  database.exec(`${MIGRATIONS[0]}; PRAGMA application_id = ${0x6c677752}; PRAGMA user_version = 1`);
  database.exec("INSERT INTO names VALUES (1, 'model', 'gpt-4o-mini', 'gpt-4o-mini')");
  database.prepare("INSERT INTO blocks VALUES (1, ?)").run(OLD_BATCH);
  database.exec(`INSERT INTO rows VALUES (1, 1, 0, ${at}, 200, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, '')`);
  database.exec("UPDATE totals SET last_id = 1");
  const counts = "1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 10, 20, 0, 0, 0.5";
  for (const length of [60_000, 86_400_000]) {
    const start = Math.floor(at / length) * length;
    const insert = `INSERT INTO rollups VALUES (${length}, ${start}, 1, 0, 0, 0, 200, ${counts}, ?, ?, ?)`;
    const [duration, none] = [Uint32Array.from([0, 1]), new Uint32Array()].map(toBytes);
    database.prepare(insert).run(duration ?? null, none ?? null, none ?? null);
  }
}

Deno.test("an SQLite file of requests of an older version is gone on with", async () => {
  const directory = await Deno.makeTempDir({ prefix: "requests-" });
  const path = `${directory}/requests.db`;
  const now = Date.now();
  writeFirstVersion(path, now - 3_600_000);
  const limits = { maxAge: 1e12, maxBytes: 1e9, maxRows: Infinity, slowMs: 0, profiles: [] };
  const store = await SqliteRequestStore.open({ ...limits, path, clock: systemClock });
  try {
    await store.append(batchesOf([made({ id: "new", edit: (it) => Object.assign(it, { wallStart: now }) })]));
    const { rows } = await store.list({ filter: { model: "gpt-4o-mini" }, limit: 10 });
    assertEquals(rows.map(({ request_id }) => request_id), ["new", "old"]);
    for (const by of [null, "model"] as const) {
      for (const step of [60_000, 86_400_000]) {
        const range = { from: now - 7_200_000, to: now + 60_000, filter: {}, by, step };
        const lines = await store.statistics(range);
        assertEquals(lines.reduce((sum, { counts }) => sum + counts.requests, 0), 2, `${by} ${step}`);
      }
    }
  } finally {
    await store.close();
    await Deno.remove(directory, { recursive: true });
  }
});
