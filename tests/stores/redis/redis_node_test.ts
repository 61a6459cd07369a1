/** What becomes of commands on a connection that is slow, frozen, or lost. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { RedisClient } from "../../../lib/stores/redis/redis_client.ts";
import { DelayingProxy } from "../../delaying_proxy.ts";
import { requires } from "../../requires.ts";
import { connected, redisOptions, RedisServer } from "../redis_server.ts";

const { ignore } = requires("redis");

Deno.test({
  name: "a late answer is nobody else's: a command that was given up keeps its place",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    await using proxy = new DelayingProxy({ hostname: "127.0.0.1", port: server.port });
    const client = RedisClient.open(
      redisOptions({ address: { kind: "server", url: `redis://127.0.0.1:${proxy.port}` }, timeout: 400 }),
    );
    try {
      await connected(() => client.run("SET", "early", "for the first"));
      await client.run("SET", "late", "for the second");
      proxy.delay = 300;
      await assertRejects(() => client.run("GET", "early"), Error, "no answer within 400 ms");
      // Asked while the first answer is on its way, and answered after it.
      proxy.delay = 0;
      assertEquals(await client.run("GET", "late"), "for the second");
    } finally {
      client.close();
    }
  },
});

Deno.test({
  name:
    "a server that is 5 s slow costs three commands 250 ms, then nobody, and is used again once it is fast",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    await using proxy = new DelayingProxy({ hostname: "127.0.0.1", port: server.port });
    const client = RedisClient.open(
      redisOptions({ address: { kind: "server", url: `redis://127.0.0.1:${proxy.port}` } }),
    );
    try {
      await connected(() => client.run("SET", "a", "1"));
      proxy.delay = 5_000;
      const began = performance.now();
      for (let i = 0; i < 3; i++) {
        await assertRejects(() => client.run("GET", "a"), Error, "no answer within 250 ms");
      }
      const slow = performance.now() - began;
      assert(slow < 1_500, `${slow} ms`);
      for (let i = 0; i < 100; i++) await assertRejects(() => client.run("GET", "a"));
      assert(performance.now() - began - slow < 200);
      proxy.release();
      await connected(() => client.run("GET", "a"));
      assertEquals([await client.run("GET", "a"), client.failure], ["1", null]);
    } finally {
      client.close();
    }
  },
});

Deno.test({
  name: "why there is no connection is told, and a password is not",
  ignore,
  async fn() {
    await using server = await RedisServer.start("--requirepass", "right-one");
    const open = (password: string) =>
      RedisClient.open(redisOptions({ address: { kind: "server", url: server.url }, password }));
    const [good, bad] = [open("right-one"), open("wrong-one")];
    try {
      await connected(() => good.run("SET", "a", "1"));
      let message = "";
      while (!message.includes("WRONGPASS")) {
        message = await bad.run("GET", "a").then(() => "", (error) => String(error));
        assert(!message.includes("wrong-one"));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    } finally {
      good.close();
      bad.close();
    }
  },
});

Deno.test({
  name: "a server that refuses commands for what they are is well",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const client = RedisClient.open(server.options());
    try {
      await connected(() => client.run("SET", "a", "text"));
      for (let i = 0; i < 5; i++) await assertRejects(() => client.run("HGET", "a", "b"), Error, "WRONGTYPE");
      assertEquals([client.failure, await client.run("GET", "a")], [null, "text"]);
      await server.ask("CONFIG", "SET", "maxmemory", "1");
      for (let i = 0; i < 3; i++) await assertRejects(() => client.run("SET", "a", "b"), Error, "OOM");
      assert(client.failure?.includes("OOM"));
    } finally {
      client.close();
    }
  },
});
