/** The cache in a real Redis server, and what becomes of it when that is frozen, dies and comes back. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { RedisCacheStore } from "../../lib/stores/redis_cache_store.ts";
import { requires } from "../requires.ts";
import { testCacheStore } from "./cache_store_contract.ts";
import { connected, RedisServer } from "./redis_server.ts";

const { ignore } = requires("redis");

async function open(server: RedisServer, onHealth?: (failure: string | null) => void) {
  const store = new RedisCacheStore(server.options(onHealth));
  await connected(() => store.get("nobody", "nothing"));
  return store;
}

testCacheStore("redis", async () => {
  const server = await RedisServer.start();
  const store = await open(server);
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await server.stop();
  };
  return store;
}, { ignore, servers: { time: true, limits: true } });

Deno.test({
  name: "redis cache store: the server ends an entry's time",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const store = await open(server);
    await store.set("a", "k", { value: "v", storedAt: 1 }, 30);
    while (await store.get("a", "k") !== null) await new Promise((resolve) => setTimeout(resolve, 5));
    await store.close();
  },
});

Deno.test({
  name: "redis cache store: a frozen server costs three commands 250 ms, and then nobody anything",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const health: (string | null)[] = [];
    const store = await open(server, (failure) => health.push(failure));
    await store.set("a", "k", { value: "v", storedAt: 1 }, 60_000);
    health.length = 0;
    server.signal("SIGSTOP");
    const began = performance.now();
    for (let i = 0; i < 3; i++) {
      await assertRejects(() => store.get("a", "k"), Error, "no answer within 250 ms");
    }
    const waited = performance.now() - began;
    assert(waited < 3000, `${waited} ms`);
    const open3 = performance.now();
    for (let i = 0; i < 100; i++) await assertRejects(() => store.get("a", "k"));
    assert(performance.now() - open3 < 200);
    assertEquals([health.length, store.failure()], [1, "no answer within 250 ms"]);
    server.signal("SIGCONT");
    await connected(() => store.get("nobody", "nothing"));
    assertEquals((await store.get("a", "k"))?.value, "v");
    assertEquals([health.at(-1), store.failure()], [null, null]);
    await store.close();
  },
});

Deno.test({
  name:
    "redis cache store: a server that dies is a failure at once, and is connected to again when it is back",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const store = await open(server);
    await server.stop();
    for (let i = 0; i < 5; i++) await assertRejects(() => store.get("a", "k"));
    assert(store.failure() !== null);
    await server.restart();
    await connected(() => store.get("nobody", "nothing"));
    await store.set("a", "k", { value: "v", storedAt: 1 }, 60_000);
    assertEquals((await store.get("a", "k"))?.value, "v");
    await store.close();
  },
});
