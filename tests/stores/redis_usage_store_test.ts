/** What processes tell each other of their use, through a real Redis server. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { RedisUsageStore } from "../../lib/stores/redis_usage_store.ts";
import { requires } from "../requires.ts";
import { connected, RedisServer } from "./redis_server.ts";

const { ignore } = requires("redis");

async function open(server: RedisServer): Promise<RedisUsageStore> {
  const store = new RedisUsageStore(server.options());
  await connected(() => store.add(new Map()));
  return store;
}

Deno.test({
  name: "RedisUsageStore adds up what two processes use, and lets go of it by itself",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const [one, two] = [await open(server), await open(server)];
    try {
      await one.add(new Map([["a/m@h:1", 100.4], ["b/m@h:1", 5]]));
      const all = await two.add(new Map([["a/m@h:1", 11]]));
      assertEquals([...all].toSorted(), [["a/m@h:1", 111], ["b/m@h:1", 5]]);
      assertEquals([...await one.add(new Map())].length, 2);
      const ttl = await new Deno.Command("redis-cli", {
        args: [
          "-p",
          `${server.port}`,
          "--raw",
          "EVAL",
          "return redis.call('TTL', redis.call('KEYS', '*')[1])",
          "0",
        ],
      }).output().then(({ stdout }) => Number(new TextDecoder().decode(stdout)), () => NaN);
      if (!Number.isNaN(ttl)) assert(ttl > 60 && ttl <= 120, `${ttl}`);
    } finally {
      one.close();
      two.close();
    }
  },
});

Deno.test({
  name: "RedisUsageStore waits for a frozen server no longer than it may",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const store = await open(server);
    try {
      server.signal("SIGSTOP");
      const began = performance.now();
      await assertRejects(() => store.add(new Map([["a", 1]])), Error, "no answer within 250 ms");
      assert(performance.now() - began < 1000);
    } finally {
      server.signal("SIGCONT");
      store.close();
    }
  },
});
