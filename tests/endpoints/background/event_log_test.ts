import { assertEquals } from "@std/assert";
import { Deadlines } from "../../../lib/deadlines.ts";
import { EventLog } from "../../../lib/endpoints/background/event_log.ts";
import { InstrumentedRuns } from "../../../lib/stores/instrumented_runs.ts";
import { memoryStores } from "../../../lib/stores/memory_stores.ts";
import type { StoredEvent } from "../../../lib/stores/run_store.ts";
import { ManualClock } from "../../manual_clock.ts";
import { arrived } from "../../middleware/arrived.ts";
import { gate, turn } from "../../stages/stage_bench.ts";
import { event } from "../../stores/run_store_contract.ts";
import { runStoreWith } from "../../stores/run_store_with.ts";

/** @param append what the store does with a batch. */
function scene(append: (events: readonly StoredEvent[]) => Promise<boolean>, maxBytes = 1e6) {
  const clock = new ManualClock();
  const stores = memoryStores({ maxEntries: 10, maxBytes: 1e6, ttl: 1e6, clock });
  const store = runStoreWith(stores.runs, { append: (_owner, _id, events) => append(events) });
  const exchange = arrived();
  const heard: string[] = [];
  const log = new EventLog({
    runs: new InstrumentedRuns(store, "memory", { clock, deadlines: new Deadlines(clock), timeout: 0 }),
    exchange,
    owner: "alice",
    id: "resp_1",
    maxBytes,
    onWritten: () => heard.push("written"),
    onOver: () => heard.push("over"),
  });
  return { log, exchange, heard, close: () => stores.turns.close() };
}

const numbers = (events: readonly StoredEvent[]) => events.map(({ sequence }) => sequence);

Deno.test("EventLog collects events while others are written, and is recorded as one operation", async () => {
  const batches: number[][] = [];
  const first = gate();
  const { log, exchange, heard, close } = scene(async (events) => {
    batches.push(numbers(events));
    if (batches.length === 1) await first.opened;
    return true;
  });
  for (let i = 0; i < 5; i++) log.add(event(i));
  await turn();
  assertEquals(batches, [[0]]);
  first.open();
  await turn();
  assertEquals(batches, [[0], [1, 2, 3, 4]]);
  log.add(event(5));
  assertEquals(await log.rest(), []);
  assertEquals([batches.length, heard], [3, ["written", "written", "written"]]);
  const [operation, ...others] = exchange.storeOperations;
  assertEquals([operation?.operation, operation?.messageCount, operation?.status], ["append", 6, "success"]);
  assertEquals(others, []);
  await close();
});

Deno.test("EventLog keeps no more bytes than it may", async () => {
  const kept: number[] = [];
  const { log, close } = scene((events) => {
    kept.push(...numbers(events));
    return Promise.resolve(true);
  }, 100);
  for (let i = 0; i < 50; i++) log.add(event(i, "x".repeat(30)));
  assertEquals(await log.rest(), []);
  assertEquals(kept, [0, 1, 2]);
  await close();
});

Deno.test("EventLog tries again what a store refused, in order, and leaves the rest to who ends the run", async () => {
  const kept: number[] = [];
  let down = true;
  const { log, exchange, close } = scene((events) => {
    if (down) return Promise.reject(new Error("disk full"));
    kept.push(...numbers(events));
    return Promise.resolve(true);
  });
  log.add(event(0));
  log.add(event(1));
  await turn();
  assertEquals(exchange.storeOperations[0]?.status, "error");
  down = false;
  log.add(event(2));
  await turn();
  assertEquals(kept, [0, 1, 2]);
  down = true;
  log.add(event(3));
  assertEquals(numbers(await log.rest()), [3]);
  await close();
});

Deno.test("EventLog says when the run is over", async () => {
  const { log, heard, close } = scene(() => Promise.resolve(false));
  log.add(event(0));
  await turn();
  assertEquals(heard, ["over"]);
  await close();
});
