import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Deadlines } from "../../lib/deadlines.ts";
import { GatewayError } from "../../lib/errors.ts";
import type { ConversationStore } from "../../lib/stores/conversation_store.ts";
import { InstrumentedStore } from "../../lib/stores/instrumented_store.ts";
import { memoryStores } from "../../lib/stores/memory_stores.ts";
import { Refusal } from "../../lib/stores/refusal.ts";
import { Exchange, type StoreOperation } from "../../lib/telemetry/exchange.ts";
import { ManualClock } from "../manual_clock.ts";
import { turn } from "./conversation_store_contract.ts";

function scene(
  replace: (store: ConversationStore, clock: ManualClock) => Partial<ConversationStore> = () => ({}),
) {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const memory = memoryStores({ maxEntries: 10, maxBytes: 1e6, ttl: 1e6, clock }).turns;
  const inner: ConversationStore = {
    backend: memory.backend,
    create: (it) => memory.create(it),
    get: (owner, id) => memory.get(owner, id),
    chain: (owner, id) => memory.chain(owner, id),
    delete: (owner, id) => memory.delete(owner, id),
    activeCount: () => memory.activeCount(),
    close: () => memory.close(),
    ...replace(memory, clock),
  };
  const exchange = new Exchange(clock.now(), clock.wall(), { finished: () => {} });
  return { clock, deadlines, exchange, store: new InstrumentedStore(inner, { clock, deadlines }) };
}

function shown(operation: StoreOperation | undefined) {
  if (operation === undefined) return null;
  const { store, backend, operation: name, status, conversationId, messageCount, conversationModel } =
    operation;
  return { store, backend, name, status, conversationId, messageCount, conversationModel };
}

const COMMON = { store: "conversation", backend: "memory", conversationId: "b" };

Deno.test("InstrumentedStore records each operation with what it found", async () => {
  const { exchange, store, deadlines } = scene();
  await store.create(exchange, turn("a"));
  await store.create(exchange, turn("b", { previousId: "a" }));
  assertEquals((await store.get(exchange, "alice", "b"))?.id, "b");
  assertEquals((await store.chain(exchange, "alice", "b"))?.length, 2);
  assertEquals(store.activeCount(), 2);
  assertEquals(await store.delete(exchange, "alice", "b"), true);
  assertEquals(exchange.storeOperations.slice(1).map(shown), [
    { ...COMMON, name: "create", status: "success", messageCount: 2, conversationModel: "gpt" },
    { ...COMMON, name: "get", status: "success", messageCount: 2, conversationModel: "gpt" },
    { ...COMMON, name: "get", status: "success", messageCount: 4, conversationModel: "gpt" },
    { ...COMMON, name: "delete", status: "success", messageCount: NaN, conversationModel: "" },
  ]);
  assertEquals(deadlines.size, 0);
  await store.close();
});

Deno.test("InstrumentedStore records what is absent as not found", async () => {
  const { exchange, store } = scene();
  assertEquals(await store.get(exchange, "alice", "b"), null);
  assertEquals(await store.chain(exchange, "alice", "b"), null);
  assertEquals(await store.delete(exchange, "alice", "b"), false);
  assertEquals(exchange.storeOperations.map(({ status }) => status), ["not_found", "not_found", "not_found"]);
  await store.close();
});

Deno.test("InstrumentedStore marks the time of an operation, and its span when traced", async () => {
  const { clock, exchange, store } = scene((memory, clock) => ({
    get: (owner, id) => {
      clock.advance(20);
      return memory.get(owner, id);
    },
  }));
  clock.advance(100);
  await store.get(exchange, "alice", "b");
  exchange.traced = true;
  await store.get(exchange, "alice", "b");
  const [plain, traced] = exchange.storeOperations;
  assertEquals([plain?.startedAt, plain?.endedAt, plain?.spanId], [100, 120, ""]);
  assertMatch(traced?.spanId ?? "", /^[0-9a-f]{16}$/);
  await store.close();
});

Deno.test("InstrumentedStore fails with conversation_store_unavailable when the backend throws or rejects", async () => {
  const { exchange, store } = scene(() => ({
    get: () => Promise.reject(new Error("disk full")),
    delete: () => {
      throw new Error("disk full");
    },
  }));
  const work = [() => store.get(exchange, "alice", "b"), () => store.delete(exchange, "alice", "b")];
  for (const run of work) {
    const error = await assertRejects(run, GatewayError, "The conversation store is not available.");
    assertEquals(error.code, "conversation_store_unavailable");
    assertEquals(error.cause instanceof Error ? error.cause.message : null, "disk full");
  }
  assertEquals(exchange.storeOperations.map(({ status }) => status), ["error", "error"]);
  await store.close();
});

Deno.test("InstrumentedStore tells the client what the backend refused", async () => {
  const { exchange, store } = scene(() => ({ chain: () => Promise.reject(new Refusal("too large")) }));
  const error = await assertRejects(() => store.chain(exchange, "alice", "b"), GatewayError, "too large");
  assertEquals([error.code, error.status, error.retryable], ["request_too_large", 413, false]);
  assertEquals(exchange.storeOperations[0]?.status, "error");
  await store.close();
});

Deno.test("InstrumentedStore fails with conversation_store_unavailable when the backend takes too long", async () => {
  const { clock, exchange, store, deadlines } = scene(() => ({ get: () => new Promise(() => {}) }));
  const got = assertRejects(() => store.get(exchange, "alice", "b"), GatewayError);
  clock.advance(300);
  assertEquals((await got).code, "conversation_store_unavailable");
  assertEquals(exchange.storeOperations[0]?.status, "error");
  assertEquals(deadlines.size, 0);
  await store.close();
});
