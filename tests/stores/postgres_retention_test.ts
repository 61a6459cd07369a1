import { assert, assertEquals } from "@std/assert";
import { PostgresClient } from "../../lib/stores/postgres/postgres_client.ts";
import { postgresStores } from "../../lib/stores/postgres_stores.ts";
import { ManualClock } from "../manual_clock.ts";
import { requires } from "../requires.ts";
import { testAgainstMemory } from "./against_memory.ts";
import { turn } from "./conversation_store_contract.ts";
import { conversation, item } from "./item_store_contract.ts";
import { openPostgresStores } from "./postgres_schema.ts";
import { postgresOfFile } from "./postgres_server.ts";
import { event, queued } from "./run_store_contract.ts";

const { ignore } = requires("postgres");
const server = postgresOfFile(ignore);

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `postgres retention: ${name}`, ignore, fn });
}

/** What stands in a schema, counted, and that the totals kept beside it agree. */
async function count(schema: string): Promise<Record<string, number>> {
  const [row] = await server().query(`
    SELECT (SELECT count(*) FROM ${schema}.conversation_entries) AS entries,
      (SELECT count(*) FROM ${schema}.conversation_entries WHERE kind = 'turn') AS turns,
      (SELECT coalesce(sum(bytes), 0)::int8 FROM ${schema}.conversation_entries) AS bytes,
      (SELECT count(*) FROM ${schema}.conversation_events) AS events,
      (SELECT count(*) FROM ${schema}.conversation_items) AS items,
      (SELECT count(*) FROM ${schema}.conversation_garbage) AS garbage`);
  const [totals] = await server().query(`
    SELECT sum(entries)::int8 AS entries, sum(turns)::int8 AS turns, sum(bytes)::int8 AS bytes
    FROM ${schema}.conversation_totals`);
  const { entries, turns, bytes, ...parts } = row ?? {};
  assertEquals(totals, { entries, turns, bytes });
  return Object.fromEntries(
    Object.entries({ entries, bytes, ...parts }).map(([name, it]) => [name, Number(it)]),
  );
}

testAgainstMemory("in Postgres", (limits) => openPostgresStores(server(), limits), { numRuns: 20, ignore });

test("events and items go with what they belong to", async () => {
  const [clock, schema] = [new ManualClock(), "parts"];
  const { turns, runs, items, sweep } = await openPostgresStores(server(), { clock, ttl: 60_000 }, {
    schema,
  });
  const events = Array.from({ length: 500 }, (_, i) => event(i));
  for (const id of ["deleted", "replaced", "expires"]) {
    await runs.begin(queued(id), { process: "one", until: 0 }, events);
  }
  const many = Array.from({ length: 500 }, (_, i) => item(`item_${i}`));
  await items.create(conversation("deleted"), many);
  await items.create(conversation("expires"), many);
  await turns.delete("alice", "deleted");
  await items.delete("alice", "deleted");
  await turns.create(turn("replaced"));
  await sweep();
  const { events: kept, items: keptItems, garbage, entries } = await count(schema);
  assertEquals([entries, kept, keptItems, garbage], [3, 500, 500, 0]);
  clock.advance(60_001);
  await sweep();
  assertEquals(await count(schema), { entries: 0, bytes: 0, events: 0, items: 0, garbage: 0 });
  await turns.close();
});

test("several processes that write and sweep at once stay within the limits, and their totals are right", async () => {
  const [schema, maxEntries] = ["many", 50];
  const clients = Array.from({ length: 3 }, () => new PostgresClient(server().options({ schema })));
  const all = await Promise.all(
    clients.map((client) =>
      postgresStores({ client, clock: new ManualClock(), maxEntries, maxBytes: 1e9, ttl: 3_600_000 })
    ),
  );
  await Promise.all(all.map(async ({ turns, items, sweep }, process) => {
    const work = Array.from({ length: 100 }, async (_, i) => {
      await turns.create(turn(`resp_${process}_${i}`, { input: ["x".repeat(i * 10)] }));
      if (i % 5 === 0) await items.create(conversation(`conv_${process}_${i}`), [item("a"), item("b")]);
      if (i % 3 === 0) await turns.delete("alice", `resp_${process}_${i}`);
      if (i % 20 === 0) await sweep();
    });
    await Promise.all(work);
  }));
  await Promise.all(all.map(({ sweep }) => sweep()));
  await all[0]?.sweep();
  const { entries = 0, items = 0, garbage } = await count(schema);
  assert(entries <= maxEntries && entries > maxEntries / 2, `${entries} entries`);
  assert(items <= 2 * entries && garbage === 0, `${items} items, ${garbage} discarded`);
  await Promise.all(all.map(({ turns }) => turns.close()));
  await Promise.all(clients.map((client) => client.close()));
});

test("limits that were lowered hold after a restart, and what was used last stays", async () => {
  const [clock, schema] = [new ManualClock(), "lowered"];
  const before = await openPostgresStores(server(), { clock }, { schema, poolSize: 1 });
  for (let i = 0; i < 200; i++) {
    await before.turns.create(turn(`resp_${i}`));
    clock.advance(1_000);
  }
  // Noted, for it was long ago; on the one connection before what is asked next.
  for (const id of ["resp_0", "resp_199"]) assert(await before.turns.get("alice", id) !== null);
  await before.turns.close();
  const after = await openPostgresStores(server(), { clock, maxEntries: 10 }, { schema });
  await after.sweep();
  assertEquals((await count(schema))["entries"], 10);
  assertEquals(after.turns.activeCount(), 10);
  for (const id of ["resp_0", "resp_199"]) assert(await after.turns.get("alice", id) !== null, id);
  assertEquals(await after.turns.get("alice", "resp_1"), null);
  await after.turns.close();
});

test("what it has to do never holds up others", async () => {
  const [clock, schema] = [new ManualClock(), "busy"];
  const limits = { clock, ttl: 60_000, maxEntries: 100_000, maxBytes: 1e9 };
  const { turns, runs, sweep } = await openPostgresStores(server(), limits, { schema });
  const input = ["x".repeat(1_000)];
  for (let i = 0; i < 2_000; i += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, j) => turns.create(turn(`resp_${i + j}`, { input }))));
  }
  const events = Array.from({ length: 20_000 }, (_, i) => event(i, "x".repeat(100)));
  await runs.begin(queued("run"), { process: "one", until: 0 }, events);
  clock.advance(60_001);
  let swept = false;
  const sweeping = sweep().then(() => swept = true);
  let [served, slowest] = [0, 0];
  while (!swept) {
    const started = performance.now();
    await turns.create(turn(`new_${served}`));
    await turns.get("alice", `new_${served++}`);
    slowest = Math.max(slowest, performance.now() - started);
  }
  await sweeping;
  // The bound leaves room for a loaded machine.
  assert(served >= 10, `${served} were served while 2,001 entries went`);
  assert(slowest < 500, `${slowest} ms`);
  assertEquals(await count(schema).then(({ entries, events }) => [entries, events]), [served, 0]);
  await turns.close();
});
