import { assert, assertEquals } from "@std/assert";
import type { ConversationStore } from "../../lib/stores/conversation_store.ts";
import { memoryStores } from "../../lib/stores/memory_stores.ts";
import { ManualClock } from "../manual_clock.ts";
import { testConversationStore, turn } from "./conversation_store_contract.ts";

const MIB = 1024 * 1024;

testConversationStore("memory", (limits) => memoryStores({ maxBytes: 512 * MIB, ...limits }).turns);

function store(options: { maxEntries?: number; maxBytes?: number; ttl?: number }, clock = new ManualClock()) {
  const { turns, bytes } = memoryStores({ maxEntries: 100, maxBytes: MIB, ttl: 60_000, clock, ...options });
  return Object.defineProperty(turns, "bytes", { get: bytes }) as ConversationStore & {
    readonly bytes: number;
  };
}

Deno.test("create() drops what was not used for the longest time when there are too many", async () => {
  const memory = store({ maxEntries: 3 });
  for (const id of ["a", "b", "c"]) await memory.create(turn(id));
  await memory.get("alice", "a");
  await memory.create(turn("d"));
  assertEquals(await memory.get("alice", "b"), null);
  for (const id of ["a", "c", "d"]) assert(await memory.get("alice", id) !== null);
  await memory.close();
});

Deno.test("create() drops no turn of a conversation that goes on", async () => {
  const memory = store({ maxEntries: 10 });
  let previousId: string | null = null;
  for (let i = 0; i < 5; i++) {
    await memory.create(turn(`talk_${i}`, { previousId }));
    previousId = `talk_${i}`;
  }
  for (let i = 0; i < 100; i++) {
    await memory.create(turn(`noise_${i}`));
    assertEquals((await memory.chain("alice", "talk_4"))?.length, 5);
  }
  await memory.close();
});

Deno.test("create() keeps to the bytes that it may take, whatever their number", async () => {
  const memory = store({ maxBytes: 100_000 });
  for (let i = 0; i < 50; i++) {
    await memory.create(turn(`resp_${i}`, { input: ["x".repeat(i * 500)] }));
    assert(memory.bytes <= 100_000);
  }
  const kept = memory.activeCount();
  assert(kept >= 3 && kept < 10, `${kept}`);
  assert(await memory.get("alice", "resp_49") !== null);
  await memory.close();
});

Deno.test("create() counts bytes, not characters", async () => {
  const memory = store({});
  await memory.create(turn("a", { input: ["x".repeat(1_000)] }));
  const latin = memory.bytes;
  await memory.create(turn("a", { input: ["語".repeat(1_000)] }));
  assertEquals(memory.bytes - latin, 2_000);
  await memory.close();
});

Deno.test("nothing is left when all turns are deleted, replaced, expired or dropped", async () => {
  const clock = new ManualClock();
  const memory = store({ maxEntries: 2 }, clock);
  for (const id of ["a", "a", "b", "c", "d"]) await memory.create(turn(id));
  await memory.delete("alice", "c");
  clock.advance(60_000);
  assertEquals([memory.activeCount(), memory.bytes], [0, 0]);
  await memory.close();
});

Deno.test("use does not make a turn live longer", async () => {
  const clock = new ManualClock();
  const memory = store({ ttl: 1_000 }, clock);
  await memory.create(turn("a"));
  clock.advance(900);
  await memory.get("alice", "a");
  clock.advance(100);
  assertEquals(await memory.get("alice", "a"), null);
  await memory.close();
});

Deno.test("what has expired goes though nobody asks", async () => {
  const clock = new ManualClock();
  const memory = store({ ttl: 1_000 }, clock);
  await memory.create(turn("a"));
  clock.advance(60_000);
  assertEquals(memory.bytes, 0);
  await memory.close();
});
