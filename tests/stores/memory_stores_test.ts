import { assert, assertEquals } from "@std/assert";
import { memoryStores } from "../../lib/stores/memory_stores.ts";
import { ManualClock } from "../manual_clock.ts";
import { turn } from "./conversation_store_contract.ts";
import { conversation, item, testItemStore } from "./item_store_contract.ts";
import { event, queued, testRunStore } from "./run_store_contract.ts";

const MIB = 1024 * 1024;

testRunStore("memory", (limits) => memoryStores({ maxBytes: 512 * MIB, ...limits }));
testItemStore("memory", (limits) => memoryStores({ maxBytes: 512 * MIB, ...limits }));

function small(options: { maxEntries?: number; maxBytes?: number }) {
  return memoryStores({ maxEntries: 100, maxBytes: MIB, ttl: 60_000, clock: new ManualClock(), ...options });
}

Deno.test("turns, runs and conversations share the limits", async () => {
  const { turns, runs, items } = small({ maxEntries: 3 });
  await turns.create(turn("a"));
  await items.create(conversation("b"), []);
  await runs.begin(queued("c"), { process: "one", until: 0 }, []);
  await items.create(conversation("d"), []);
  assertEquals(await turns.get("alice", "a"), null);
  assert(await items.get("alice", "b") !== null);
  assertEquals(turns.activeCount(), 1);
  await turns.close();
});

Deno.test("a run that goes on and a conversation that grows stay, and others make room for them", async () => {
  const { turns, runs, items, bytes } = small({ maxBytes: 100_000 });
  await runs.begin(queued("run"), { process: "one", until: 0 }, [event(0)]);
  await items.create(conversation("talk"), []);
  for (let i = 1; i <= 20; i++) {
    await turns.create(turn(`noise_${i}`, { input: ["x".repeat(3_000)] }));
    assertEquals(await runs.append("alice", "run", [event(i, "x".repeat(1_000))]), true);
    assertEquals(await items.append("alice", "talk", [item(`${i}`, "x".repeat(500))]), true);
    assert(bytes() <= 100_000);
  }
  assertEquals(await turns.get("alice", "noise_1"), null);
  assertEquals((await items.all("alice", "talk"))?.length, 20);
  await turns.close();
  assertEquals(bytes(), 0);
});

Deno.test("all that goes gives back what it took", async () => {
  const { turns, runs, items, bytes } = small({});
  await items.create(conversation("talk", { metadata: { a: "b" } }), [item("a"), item("b")]);
  await items.update("alice", "talk", { a: "longer" });
  await items.deleteItem("alice", "talk", "a");
  await items.delete("alice", "talk");
  await runs.begin(queued("run"), { process: "one", until: 0 }, [event(0)]);
  await runs.update("alice", "run", { status: "in_progress", text: "longer than before" });
  await runs.finish("alice", "run", {}, [event(1)]);
  await turns.delete("alice", "run");
  assertEquals(bytes(), 0);
  await turns.close();
});
