import { assert, assertRejects } from "@std/assert";
import { RedisKeyStore } from "../../lib/stores/redis_key_store.ts";
import { requires } from "../requires.ts";
import { testKeyStore } from "./key_store_contract.ts";
import { connected, RedisServer } from "./redis_server.ts";

const { ignore } = requires("redis");

testKeyStore("redis", async () => {
  const server = await RedisServer.start();
  const store = RedisKeyStore.open(server.options());
  await connected(() => store.version());
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await server.stop();
  };
  return store;
}, { ignore });

Deno.test({
  name: "redis key store: rejects where the server is gone, and says so",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const store = RedisKeyStore.open(server.options());
    await connected(() => store.version());
    await server.stop();
    for (let i = 0; i < 4; i++) await assertRejects(() => store.find("x"));
    assert(store.failure() !== null);
    await store.close();
  },
});
