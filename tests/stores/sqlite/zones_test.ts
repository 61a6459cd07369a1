import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "../../../lib/stores/sqlite/requests/schema.ts";
import { Zones } from "../../../lib/stores/sqlite/requests/zones.ts";

const ZONE = 4096;

function opened(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  for (const sql of MIGRATIONS) database.exec(sql);
  return database;
}

Deno.test("zones tell which rows may have some words", () => {
  using database = opened();
  const zones = new Zones(database);
  for (let id = 1; id < 4 * ZONE; id++) zones.add(id, [7, id < 2 * ZONE ? 8 : 9, id === 3 * ZONE ? 10 : 0]);
  zones.flush();
  const span = { low: 100, high: 4 * ZONE - 1 };
  assertEquals(zones.with([], span), [span]);
  assertEquals(zones.with([7], span), [span]);
  assertEquals(zones.with([8], span), [{ low: 100, high: 2 * ZONE - 1 }]);
  assertEquals(zones.with([9, 7], span), [{ low: 2 * ZONE, high: 4 * ZONE - 1 }]);
  assertEquals(zones.with([10], span), [{ low: 3 * ZONE, high: 4 * ZONE - 1 }]);
  assertEquals(zones.with([8, 9], span), []);
  assertEquals(zones.with([10], { low: 1, high: 3 * ZONE - 1 }), []);
});

Deno.test("rows that came before there were zones may have any words", () => {
  using database = opened();
  const zones = new Zones(database);
  zones.add(ZONE + 5, [7]);
  for (let id = 2 * ZONE; id < 2 * ZONE + 10; id++) zones.add(id, [8]);
  zones.flush();
  assertEquals(zones.with([7], { low: 1, high: 2 * ZONE + 9 }), [{ low: 1, high: 2 * ZONE - 1 }]);
  assertEquals(zones.with([9], { low: 1, high: 3 * ZONE + 9 }), [
    { low: 1, high: 2 * ZONE - 1 },
    { low: 3 * ZONE, high: 3 * ZONE + 9 },
  ]);
});

Deno.test("a zone is gone on with by whoever adds the next row", () => {
  using database = opened();
  const first = new Zones(database);
  first.add(1, [7]);
  first.flush();
  const second = new Zones(database);
  second.add(2, [8]);
  second.flush();
  assertEquals(new Zones(database).with([7, 8], { low: 1, high: 2 }), [{ low: 1, high: 2 }]);
});
