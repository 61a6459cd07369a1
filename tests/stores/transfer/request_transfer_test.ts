/** Requests that are exported from one kind of store and imported into another, through all of them, stay what they were. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Deadlines } from "../../../lib/deadlines.ts";
import { systemClock } from "../../../lib/clock.ts";
import { PostgresClient } from "../../../lib/stores/postgres/postgres_client.ts";
import { PostgresRequestStore } from "../../../lib/stores/postgres_request_store.ts";
import type { RequestStore } from "../../../lib/stores/request_store.ts";
import { SqliteRequestStore } from "../../../lib/stores/sqlite_request_store.ts";
import { RequestTransfer } from "../../../lib/stores/requests/request_transfer.ts";
import type { Taken, TransferFilter, TransferRecord } from "../../../lib/stores/transfer/transfer.ts";
import { TransferError } from "../../../lib/stores/transfer/transfer_error.ts";
import { storedOf } from "../../../lib/telemetry/projections/handed_records.ts";
import { RecordWriter } from "../../../lib/telemetry/projections/record_writer.ts";
import { ManualClock } from "../../manual_clock.ts";
import { principal } from "../../principal.ts";
import { requires } from "../../requires.ts";
import { WALL_START } from "../../telemetry/exchanges.ts";
import { PostgresServer } from "../postgres_server.ts";
import { batchesOf, batchOf, made } from "../request_store_contract.ts";

const HOUR = 3_600_000;
const CLOCK = new ManualClock(WALL_START + HOUR);
const LIMITS = { clock: CLOCK, maxAge: 24 * HOUR, maxBytes: 1e9, maxRows: Infinity, slowMs: 0, profiles: [] };
const EVERYTHING: TransferFilter = { owner: null, since: 0 };
/** What stands in figures, of all stores. */
const FIGURES = { from: WALL_START - HOUR, to: WALL_START + HOUR, filter: {}, by: "model", step: 0 } as const;

const inMemory = () => SqliteRequestStore.open({ ...LIMITS, path: null });

async function onDisk(): Promise<RequestStore> {
  const directory = await Deno.makeTempDir({ prefix: "requests-" });
  const store = await SqliteRequestStore.open({ ...LIMITS, path: `${directory}/requests.db` });
  const close = store.close.bind(store);
  return Object.assign(store, {
    close: async () => {
      await close();
      await Deno.remove(directory, { recursive: true });
    },
  });
}

async function inPostgres(server: PostgresServer): Promise<RequestStore> {
  const client = new PostgresClient(server.options());
  const store = await PostgresRequestStore.open({ ...LIMITS, client, deadlines: new Deadlines(systemClock) });
  const close = store.close.bind(store);
  return Object.assign(store, {
    close: async () => {
      await close();
      await client.close();
    },
  });
}

/** 600 requests of two owners and of nobody, a second apart, in batches; one says what was said. */
async function fill(store: RequestStore): Promise<void> {
  for (let from = 0; from < 600; from += 150) {
    const shapes = Array.from({ length: 150 }, (_, i) => from + i);
    await store.append(batchesOf(shapes.map((i) => request(i))));
  }
  const writer = new RecordWriter();
  writer.add(request(600), { query: "Où est Paris? 😀" });
  await store.append([writer.take()]);
}

function request(i: number) {
  return made({
    // Ids that clients chose come again.
    id: i % 10 === 0 ? "the-client-said-1" : `request-${i}`,
    at: i * 1_000,
    model: `model-${i % 3}`,
    tokens: i,
    edit: (exchange) => {
      if (i % 4 !== 0) exchange.principal = principal({ owner: i % 4 === 1 ? "alice" : "bob", keyId: "k" });
    },
  });
}

const transferOf = (store: RequestStore) =>
  new RequestTransfer({ store, clock: CLOCK, maxAge: LIMITS.maxAge, slowMs: 0 });

function exported(store: RequestStore, filter = EVERYTHING): Promise<TransferRecord[]> {
  return Array.fromAsync(transferOf(store).records(filter));
}

async function taken(
  records: readonly TransferRecord[],
  store: RequestStore,
): Promise<Record<Taken, number>> {
  const counts = { added: 0, there: 0, expired: 0, refused: 0 };
  const transfer = transferOf(store);
  for (const record of records) await transfer.take(record, (it) => counts[it]++);
  await transfer.flush();
  return counts;
}

const NONE = { added: 0, there: 0, expired: 0, refused: 0 };

Deno.test({
  name:
    "transfer of requests: through memory, SQLite and Postgres they stay as they were, with their figures",
  ...requires("postgres"),
  async fn() {
    await using server = await PostgresServer.start();
    const first = await inMemory();
    await fill(first);
    const before = await exported(first);
    assertEquals(before.length, 601);
    const figures = await first.statistics(FIGURES);
    const stations = [await onDisk(), await inPostgres(server), await inPostgres(server), await onDisk()];
    let from: RequestStore = first;
    for (const to of stations) {
      const records = await exported(from);
      assertEquals(records, before, from.backend);
      assertEquals(await taken(records, to), { ...NONE, added: 601 });
      // Again, and nothing is counted twice.
      assertEquals(await taken(records, to), { ...NONE, there: 601 });
      assertEquals((await to.state()).rows, 601);
      assertEquals(await to.statistics(FIGURES), figures, to.backend);
      from = to;
    }
    const [newest] = (await from.list({ filter: {}, limit: 1 })).rows;
    assertEquals((await from.find(newest?.id ?? 0))?.detail.request, "Où est Paris? 😀");
    for (const store of [first, ...stations]) await store.close();
  },
});

Deno.test("transfer of requests: an import that broke off goes on, and later ones follow", async () => {
  const [from, to] = [await inMemory(), await inMemory()];
  await fill(from);
  const records = await exported(from);
  assertEquals(await taken(records.slice(0, 300), to), { ...NONE, added: 300 });
  assertEquals(await taken(records.slice(0, 520), to), { ...NONE, there: 300, added: 220 });
  assertEquals(await taken(records, to), { ...NONE, there: 520, added: 81 });
  assertEquals(await exported(to), records);
  for (const store of [from, to]) await store.close();
});

Deno.test("transfer of requests: what is older than what is there, or than is kept, stays out", async () => {
  const [from, to] = [await inMemory(), await inMemory()];
  await from.append(batchesOf([made({ id: "ancient", at: -48 * HOUR })]));
  await fill(from);
  await to.append(batchesOf([made({ id: "its-own-1", at: 300_000 })]));
  const records = await exported(from);
  assertEquals(records.length, 601);
  const { added, expired } = await taken(records, to);
  // Those that ended up to ten seconds before it may come after it.
  assertEquals([added, expired], [311, 290]);
  const ids = (await to.list({ filter: { from: WALL_START + 305_000 }, limit: 2_000 })).rows;
  assertEquals(ids.length, 296);
  for (const store of [from, to]) await store.close();
});

Deno.test("transfer of requests: of one owner, and since a moment", async () => {
  const store = await inMemory();
  await fill(store);
  const all = await exported(store);
  const since = WALL_START + 300_000;
  const some = await exported(store, { owner: "alice", since });
  assertEquals(some, all.filter(({ owner, at }) => owner === "alice" && at >= since));
  assert(some.length > 50);
  assertEquals(new Set(all.map(({ owner }) => owner)), new Set([null, "alice", "bob"]));
  const { request_id, model, status, record } = some[0]?.value ?? {};
  assertEquals([request_id, model, status, typeof record], ["request-301", "model-1", 200, "string"]);
  await store.close();
});

Deno.test("transfer of requests: what is none is refused", async () => {
  const store = await inMemory();
  await fill(store);
  const [first] = await exported(store);
  const good = String(first?.value["record"]);
  for (const record of [undefined, 3, "", "AAAA", good.slice(0, 200), batch64([]), batch64([1, 2])]) {
    const value = record === undefined ? {} : { record };
    await assertRejects(
      () => taken([{ kind: "request", owner: null, at: 0, value }], store),
      TransferError,
      "it is no request",
    );
  }
  await store.close();
});

function batch64(list: readonly number[]): string {
  return btoa(String.fromCharCode(...storedOf(batchOf(list.map((i) => request(i))))));
}
