import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import { DATABASES } from "../../lib/stores/postgres/databases.ts";
import { PostgresClient, type PostgresClientOptions } from "../../lib/stores/postgres/postgres_client.ts";
import { Append } from "../../lib/stores/postgres/requests/append.ts";
import { Names } from "../../lib/stores/postgres/requests/names.ts";
import {
  type PostgresRequestOptions,
  PostgresRequestStore,
} from "../../lib/stores/postgres_request_store.ts";
import type { RequestFilter } from "../../lib/stores/request_store.ts";
import { ManualClock } from "../manual_clock.ts";
import { requires } from "../requires.ts";
import { WALL_START } from "../telemetry/exchanges.ts";
import { postgresOfFile, PostgresServer } from "./postgres_server.ts";
import { batchesOf, made, testRequestStore } from "./request_store_contract.ts";

const { ignore } = requires("postgres");
const server = postgresOfFile(ignore);

const DEFAULTS = {
  clock: systemClock,
  deadlines: new Deadlines(systemClock),
  maxAge: 1e12,
  maxBytes: 1e9,
  maxRows: Infinity,
  slowMs: 0,
  profiles: [],
};

/** A store whose client is closed with it. @param otherwise of the client. */
async function open(
  options: Partial<PostgresRequestOptions> = {},
  otherwise: Partial<PostgresClientOptions> = {},
): Promise<PostgresRequestStore> {
  const client = new PostgresClient(server().options(otherwise));
  const store = await PostgresRequestStore.open({
    client,
    ...DEFAULTS,
    ...options,
  });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await client.close();
  };
  return store;
}

testRequestStore("postgres", (limits) => open(limits), { ignore });

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `postgres request store: ${name}`, ignore, fn });
}

const HOUR = 3_600_000;
const AROUND = { from: WALL_START - HOUR, to: WALL_START + HOUR, filter: {} };

/** What stands in a schema, and that the totals kept beside it agree. */
async function count(schema: string): Promise<{ rows: number; bytes: number }> {
  const [row] = await server().query(
    `SELECT count(*) AS rows, coalesce(sum(bytes), 0)::int8 AS bytes FROM ${schema}.request_rows`,
  );
  const [totals] = await server().query(`SELECT rows, bytes FROM ${schema}.request_totals`);
  assertEquals(totals, row);
  return { rows: Number(row?.["rows"]), bytes: Number(row?.["bytes"]) };
}

test("several gateways write at once: no row is lost or passed over, and all are counted", async () => {
  const schema = "several";
  const clock = new ManualClock(WALL_START);
  const stores = await Promise.all([1, 2, 3, 4].map(() => open({ clock }, { schema })));
  const seen: string[] = [];
  let [writing, after] = [true, 0];
  const watching = (async (first) => {
    for (let last = false; !last;) {
      last = !writing;
      const { rows = [] } = await first?.list({ filter: {}, after, limit: 500 }) ?? {};
      seen.push(...rows.map(({ request_id }) => request_id));
      after = rows.at(-1)?.id ?? after;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })(stores[0]);
  await Promise.all(stores.map(async (store, gateway) => {
    for (let batch = 0; batch < 10; batch++) {
      const shapes = Array.from({ length: 20 }, (_, i) => ({
        id: `${gateway}-${batch}-${i}`,
        model: `model-${(gateway + i) % 3}`,
        at: i,
        tokens: 1,
      }));
      await store.append(batchesOf(shapes.map(made)));
    }
  }));
  writing = false;
  await watching;
  assertEquals([seen.length, new Set(seen).size], [800, 800]);
  for (const store of stores) {
    const models = await store.statistics({ ...AROUND, by: "model", step: 0 });
    const [all] = await store.statistics({ ...AROUND, by: null, step: 0 });
    assertEquals(models.reduce((sum, { counts }) => sum + counts.requests, 0), 800);
    assertEquals([all?.counts.requests, all?.counts.output_tokens], [800, 800]);
    assertEquals(all?.duration.filter((_, i) => i % 2 === 1).reduce((a, b) => a + b, 0), 800);
    assertEquals((await store.values("model")).map(({ value }) => value), ["model-0", "model-1", "model-2"]);
  }
  assertEquals((await count(schema)).rows, 800);
  await Promise.all(stores.map((store) => store.close()));
});

test("several gateways stay below the bound together, and keep the newest", async () => {
  const [schema, maxBytes] = ["bounded", 100_000];
  const stores = await Promise.all([1, 2, 3].map(() => open({ maxBytes }, { schema })));
  await Promise.all(stores.map(async (store, gateway) => {
    for (let batch = 0; batch < 10; batch++) {
      await store.append(batchesOf(Array.from({ length: 50 }, () => made({ id: `${gateway}-${batch}` }))));
    }
  }));
  await stores[0]?.append(batchesOf([made({ id: "newest" })]));
  const { rows, bytes } = await count(schema);
  assert(rows > 20 && bytes <= maxBytes, `${rows} rows, ${bytes} bytes`);
  const state = await stores[1]?.state();
  assertEquals([state?.rows, state?.bytes, state?.max_bytes, state?.last_id], [rows, bytes, maxBytes, 1501]);
  const page = await stores[2]?.list({ filter: {}, limit: 1 });
  assertEquals(page?.rows.map(({ request_id }) => request_id), ["newest"]);
  await Promise.all(stores.map((store) => store.close()));
});

test("a batch whose answer was lost is not kept twice", async () => {
  const client = new PostgresClient(server().options());
  await client.use(DATABASES.requests);
  const append = new Append(client, new Names(client));
  const rows = await append.read(batchesOf([made(), made()]), 0);
  assertEquals((await append.keep("one", rows, WALL_START))?.rows, 2);
  assertEquals(await append.keep("one", rows, WALL_START), null);
  assertEquals((await append.keep("two", rows, WALL_START))?.rows, 4);
  const [counted] = await client.run(
    "SELECT sum(requests)::int8 AS requests FROM request_rollups WHERE period = 86400000",
  );
  assertEquals(counted, { requests: 4 });
  await client.close();
});

test("keeps whatever clients and providers come up with", async () => {
  const store = await open({ clock: new ManualClock(WALL_START) });
  const long = "m".repeat(10_000);
  const odd = "a\u0000b \u0001 'c";
  await store.append(batchesOf([
    made({ id: "long", model: long, tokens: 1.5 }),
    made({ id: "odd", model: odd, error: `Odd ${odd}`, tokens: 1e300, outcome: "error" }),
  ]));
  const idsOf = async (filter: RequestFilter) =>
    (await store.list({ filter, limit: 9 })).rows.map(({ request_id }) => request_id);
  assertEquals(await idsOf({ model: odd }), ["odd"]);
  assertEquals(await idsOf({ text: odd }), ["odd"]);
  assertEquals(await idsOf({ model: long }), ["long"]);
  assertEquals(await idsOf({ from: WALL_START - 0.5, to: WALL_START + 1e6 + 0.25 }), ["odd", "long"]);
  assertEquals((await store.values("model")).map(({ value }) => value), [odd, "m".repeat(400)]);
  assertEquals(store.failure(), null);
  await store.close();
});

Deno.test({
  name: "postgres request store: rows wait for a database that is away, for a time, and are kept once",
  ignore,
  async fn() {
    await using own = await PostgresServer.start();
    const client = new PostgresClient(own.options());
    const clock = new ManualClock(WALL_START);
    const store = await PostgresRequestStore.open({ ...DEFAULTS, client, clock });
    await store.append(batchesOf([made({ id: "before" })]));
    await own.stop();
    const waiting = [
      store.append(batchesOf([made({ id: "one" })])),
      store.append(batchesOf([made({ id: "two" })])),
    ];
    await assertRejects(() => store.state());
    await until(() => store.failure() !== null);
    await own.restart();
    await Promise.all(waiting);
    const { rows } = await store.list({ filter: {}, limit: 9 });
    assertEquals(rows.map(({ request_id }) => request_id), ["two", "one", "before"]);
    assertEquals(store.failure(), null);
    await own.stop();
    const late = store.append(batchesOf([made({ id: "late" })]));
    await until(() => store.failure() !== null);
    clock.advance(30_001);
    await assertRejects(() => late);
    const lost = store.append(batchesOf([made({ id: "lost" })]));
    store.ending();
    await assertRejects(() => lost);
    await store.close();
    await client.close();
  },
});

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 20_000; !condition();) {
    if (performance.now() > end) throw new Error("It did not come about within 20 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
