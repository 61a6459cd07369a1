/** Conversations in a real Redis server, and in a cluster of them. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Deadlines } from "../../lib/deadlines.ts";
import { systemClock } from "../../lib/clock.ts";
import { redisStores } from "../../lib/stores/redis_stores.ts";
import type { Stores } from "../../lib/stores/stores.ts";
import { Refusal } from "../../lib/stores/refusal.ts";
import { ManualClock } from "../manual_clock.ts";
import { requires } from "../requires.ts";
import { testEntryIndex } from "./entry_index_contract.ts";
import { conversation, item, testItemStore } from "./item_store_contract.ts";
import { type StoreLimits, testConversationStore, turn } from "./conversation_store_contract.ts";
import { testRunStore } from "./run_store_contract.ts";
import { Cluster } from "./redis/cluster.ts";
import { redisOptions, RedisServer } from "./redis_server.ts";

const { ignore } = requires("redis");

type Options = Parameters<typeof redisOptions>[0];

async function open(server: Options, limits: Partial<StoreLimits & { maxBytes: number }>): Promise<Stores> {
  // The time of entries is the test's, that of commands is not.
  const clock = { ...systemClock, wall: () => (limits.clock ?? systemClock).wall() };
  const stores = await redisStores({
    ...redisOptions({ timeout: 5_000, ...server }),
    maxEntries: 1_000,
    maxBytes: 1024 ** 3,
    ttl: 3_600_000,
    ...limits,
    clock,
    deadlines: new Deadlines(systemClock),
  });
  // It is connected from the beginning.
  assertEquals(await stores.turns.get("nobody", "nothing"), null);
  return stores;
}

/** The stores of a server of their own, which ends when they are closed. */
async function withServer(limits: StoreLimits): Promise<Stores> {
  const server = await RedisServer.start();
  const stores = await open({ address: { kind: "server", url: server.url } }, limits);
  const close = stores.turns.close.bind(stores.turns);
  stores.turns.close = async () => {
    await close();
    await server.stop();
  };
  return stores;
}

if (!ignore) {
  testConversationStore("redis", async (limits) => (await withServer(limits)).turns);
  testRunStore("redis", withServer);
  testItemStore("redis", withServer);
  testEntryIndex("redis", withServer);
}

Deno.test({
  name: "redis stores: two processes see one another's, count together and keep one limit",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const address = { kind: "server", url: server.url } as const;
    const [one, two] = await Promise.all([
      open({ address }, { maxEntries: 10 }),
      open({ address }, { maxEntries: 10 }),
    ]);
    for (let i = 0; i < 8; i++) await one.turns.create(turn(`one_${i}`));
    for (let i = 0; i < 8; i++) await two.turns.create(turn(`two_${i}`, { owner: "bob" }));
    assertEquals([two.turns.activeCount(), await one.turns.get("alice", "one_0")], [10, null]);
    assert(await two.turns.get("alice", "one_7") !== null);
    await one.items.create(conversation("conv_1"), [item("a")]);
    assertEquals(await two.items.append("alice", "conv_1", [item("b")]), true);
    assertEquals((await one.items.all("alice", "conv_1"))?.map(({ id }) => id), ["a", "b"]);
    // Nothing is without an end.
    const keys = await server.ask("KEYS", "*{c:*");
    for (const key of Array.isArray(keys) ? keys : []) {
      assert(Number(await server.ask("PTTL", String(key))) > 0, String(key));
    }
    await Promise.all([one.turns.close(), two.turns.close()]);
  },
});

Deno.test({
  name: "redis stores: what they take together is limited, and what is larger than all is refused",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const stores = await open({ address: { kind: "server", url: server.url } }, { maxBytes: 20_000 });
    for (let i = 0; i < 30; i++) await stores.turns.create(turn(`resp_${i}`, { input: ["x".repeat(1_000)] }));
    assert(
      stores.turns.activeCount() > 5 && stores.turns.activeCount() < 15,
      `${stores.turns.activeCount()}`,
    );
    assertEquals(await stores.turns.get("alice", "resp_0"), null);
    await assertRejects(() => stores.turns.create(turn("huge", { input: ["x".repeat(30_000)] })), Refusal);
    await stores.items.create(conversation("conv_1"), []);
    await assertRejects(
      () => stores.items.append("alice", "conv_1", [item("a", "x".repeat(30_000))]),
      Refusal,
    );
    assertEquals(await stores.items.all("alice", "conv_1"), []);
    assert(await stores.turns.get("alice", "resp_29") !== null);
    await stores.turns.close();
  },
});

Deno.test({
  name: "redis stores: in a cluster owners are spread, and each one's entries are together",
  ignore,
  async fn() {
    await using cluster = await Cluster.start();
    const stores = await open({ address: { kind: "cluster", urls: cluster.urls } }, {});
    for (let owner = 0; owner < 20; owner++) {
      const own = { owner: `owner ${owner}` };
      await stores.turns.create(turn("a", own));
      await stores.turns.create(turn("b", { ...own, previousId: "a" }));
      await stores.runs.begin(turn("run", own), { process: "p", until: 1 }, [{ sequence: 0, text: "x" }]);
      await stores.items.create(conversation("conv", own), [item("i")]);
      assertEquals((await stores.turns.chain(own.owner, "b"))?.length, 2);
      assertEquals(
        (await stores.items.list(own.owner, "conv", { after: null, limit: 5, order: "desc" }))?.items,
        [
          item("i"),
        ],
      );
      assertEquals(await stores.runs.append(own.owner, "run", [{ sequence: 1, text: "y" }]), true);
    }
    assertEquals((await stores.runs.abandoned(2, 100)).length, 20);
    assertEquals(stores.turns.activeCount(), 60);
    const sizes = await Promise.all(cluster.masters.map((node) => node.ask("DBSIZE")));
    assert(sizes.every((size) => Number(size) > 10), `${sizes}`);
    await stores.turns.close();
  },
});

Deno.test({
  name: "redis stores: a chain that is read goes last, however long it is",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const clock = new ManualClock();
    const stores = await open({ address: { kind: "server", url: server.url } }, { maxEntries: 1_201, clock });
    for (let i = 0; i < 1_200; i += 100) {
      const numbers = Array.from({ length: 100 }, (_, at) => i + at);
      await Promise.all(numbers.map((number) => {
        const previousId = number === 0 ? null : `chain_${number - 1}`;
        return stores.turns.create(turn(`chain_${number}`, { previousId }));
      }));
    }
    clock.advance(30_000);
    await stores.turns.create(turn("other"));
    clock.advance(61_000);
    assertEquals((await stores.turns.chain("alice", "chain_1199"))?.length, 1_200);
    // Nobody waits for it to be noted.
    await server.until(["ZSCORE", "test:{conversations}:use", "t alice chain_0"], `${clock.wall()}`);
    await stores.turns.create(turn("one too many"));
    assertEquals(await stores.turns.get("alice", "other"), null);
    assertEquals((await stores.turns.chain("alice", "chain_1199"))?.length, 1_200);
    await stores.turns.close();
  },
});
