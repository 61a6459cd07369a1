import fc from "fast-check";
import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals } from "@std/assert";
import { ManualClock } from "../manual_clock.ts";
import { turn } from "./conversation_store_contract.ts";
import { conversation, item } from "./item_store_contract.ts";
import { event, queued } from "./run_store_contract.ts";
import { StoreFile } from "./store_file.ts";

const KIB = 1024;

interface Count {
  readonly entries: number;
  readonly bytes: number;
  readonly events: number;
  readonly items: number;
  readonly garbage: number;
}

/** What stands in the file, counted, and that the totals kept beside it agree. */
function count(path: string): Count {
  using database = new DatabaseSync(path, { readOnly: true });
  const one = (sql: string) => Number(Object.values(database.prepare(sql).get() ?? {})[0]);
  const counted = {
    entries: one("SELECT count(*) FROM entries"),
    bytes: one("SELECT coalesce(sum(bytes), 0) FROM entries"),
  };
  assertEquals(database.prepare("SELECT entries, bytes FROM totals").get(), counted);
  assertEquals(
    one("SELECT turns FROM totals"),
    one("SELECT count(*) FROM entries WHERE kind = 'turn'"),
  );
  return {
    ...counted,
    events: one("SELECT count(*) FROM events"),
    items: one("SELECT count(*) FROM items"),
    garbage: one("SELECT count(*) FROM garbage"),
  };
}

type Step =
  | { readonly do: "create" | "get" | "delete"; readonly id: number; readonly size: number }
  | { readonly do: "wait"; readonly minutes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: stepOf("create") },
  { weight: 2, arbitrary: stepOf("get") },
  { weight: 1, arbitrary: stepOf("delete") },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 40 }) }),
  },
);

function stepOf(name: "create" | "get" | "delete") {
  return fc.record({
    do: fc.constant(name),
    id: fc.nat({ max: 14 }),
    size: fc.integer({ min: 1, max: 20 * KIB }),
  });
}

Deno.test("retention: within the limits nothing goes before its time, and nothing is over them", async () => {
  const [maxEntries, maxBytes, minutes] = [8, 64 * KIB, 60];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      await using file = new StoreFile();
      const clock = new ManualClock();
      const stores = await file.open({ clock, maxEntries, maxBytes, ttl: minutes * 60_000 });
      // What is expected, least used first; sizes are what the file says they are.
      let model: { id: string; until: number; used: number }[] = [];
      for (const it of steps) {
        if (it.do === "wait") clock.advance(it.minutes * 60_000);
        else {
          const id = `resp_${it.id}`;
          model = model.filter(({ until }) => until > clock.now());
          const known = model.some((entry) => entry.id === id);
          if (it.do === "create") {
            await stores.turns.create(turn(id, { input: ["x".repeat(it.size)] }));
            model = model.filter((entry) => entry.id !== id);
            model.push({ id, until: clock.now() + minutes * 60_000, used: clock.now() });
          } else if (it.do === "delete") {
            assertEquals(await stores.turns.delete("alice", id), known, `delete ${id}`);
            model = model.filter((entry) => entry.id !== id);
          } else {
            assertEquals(await stores.turns.get("alice", id) !== null, known, `get ${id}`);
            const entry = model.find((entry) => entry.id === id);
            // Noted to the minute.
            if (entry !== undefined && clock.now() - entry.used > 60_000) {
              model = model.filter((other) => other !== entry);
              model.push({ ...entry, used: clock.now() });
            }
          }
        }
        await stores.sweep();
        const { entries, bytes, garbage } = count(file.path);
        assert(entries <= maxEntries && bytes <= maxBytes && garbage === 0);
        assertEquals(stores.turns.activeCount(), entries);
        model = model.filter(({ until }) => until > clock.now());
        assert(entries <= model.length, "more are there than were stored and are not too old");
        // Those that went are the ones least used, and they went because they had to.
        const evicted = model.length - entries;
        const overEntries = model.length > maxEntries;
        assert(
          evicted === 0 || overEntries || bytes + 20 * KIB + KIB > maxBytes,
          `${evicted} went, ${bytes} bytes stay`,
        );
        model = model.slice(evicted);
      }
      await stores.turns.close();
    }),
    { numRuns: 25 },
  );
});

Deno.test("retention: events and items go with what they belong to", async () => {
  await using file = new StoreFile();
  const clock = new ManualClock();
  const { turns, runs, items, sweep } = await file.open({ clock, ttl: 60_000 });
  const events = Array.from({ length: 500 }, (_, i) => event(i));
  await runs.begin(queued("deleted"), { process: "one", until: 0 }, events);
  await runs.begin(queued("replaced"), { process: "one", until: 0 }, events);
  await runs.begin(queued("expires"), { process: "one", until: 0 }, events);
  const many = Array.from({ length: 500 }, (_, i) => item(`item_${i}`));
  await items.create(conversation("deleted"), many);
  await items.create(conversation("expires"), many);
  await turns.delete("alice", "deleted");
  await items.delete("alice", "deleted");
  await turns.create(turn("replaced"));
  await sweep();
  const { events: kept, items: keptItems, garbage, entries } = count(file.path);
  assertEquals([entries, kept, keptItems, garbage], [3, 500, 500, 0]);
  clock.advance(60_000);
  await sweep();
  assertEquals(count(file.path), { entries: 0, bytes: 0, events: 0, items: 0, garbage: 0 });
  await turns.close();
});

Deno.test("retention: what it has to do never holds up others, and the file shrinks", async () => {
  await using file = new StoreFile();
  const clock = new ManualClock();
  const { turns, runs, sweep } = await file.open({ clock, ttl: 60_000, maxEntries: 100_000, maxBytes: 1e9 });
  const input = ["x".repeat(4_000)];
  for (let i = 0; i < 5_000; i += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, j) => turns.create(turn(`resp_${i + j}`, { input }))));
  }
  await runs.begin(
    queued("run"),
    { process: "one", until: 0 },
    Array.from({ length: 20_000 }, (_, i) => event(i, "x".repeat(100))),
  );
  const before = (await Deno.stat(file.path)).size;
  assert(before > 15e6, `${before} bytes`);
  clock.advance(60_000);
  let swept = false;
  const sweeping = sweep().then(() => swept = true);
  let served = 0;
  let slowest = 0;
  while (!swept) {
    const started = performance.now();
    await turns.create(turn(`new_${served}`));
    await turns.get("alice", `new_${served++}`);
    slowest = Math.max(slowest, performance.now() - started);
  }
  await sweeping;
  // Every few milliseconds one comes in between; the bound leaves room for a loaded machine.
  assert(served >= 20, `${served} were served while 5,001 entries went`);
  assert(slowest < 250, `${slowest} ms`);
  assertEquals(count(file.path).entries, served);
  await turns.close();
  const after = (await Deno.stat(file.path)).size;
  assert(after < before / 4, `${before} bytes before, ${after} after`);
});

Deno.test("retention: limits that were lowered hold after a restart", async () => {
  await using file = new StoreFile();
  const before = await file.open();
  for (let i = 0; i < 300; i++) await before.turns.create(turn(`resp_${i}`));
  await before.turns.close();
  const after = await file.open({ maxEntries: 10 });
  await after.sweep();
  assertEquals(count(file.path).entries, 10);
  assert(await after.turns.get("alice", "resp_299") !== null);
  await after.turns.close();
});
