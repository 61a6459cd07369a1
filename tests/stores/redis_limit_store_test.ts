/** Limits in a real Redis server, with several gateways on it, and what becomes of them when it is frozen. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { FallbackLimitStore } from "../../lib/stores/limits/fallback_limit_store.ts";
import { MemoryLimitStore } from "../../lib/stores/limits/memory_limit_store.ts";
import { RedisLimitStore } from "../../lib/stores/limits/redis_limit_store.ts";
import { systemClock } from "../../lib/clock.ts";
import { RedisClient } from "../../lib/stores/redis/redis_client.ts";
import { requires } from "../requires.ts";
import { budget, held, NOTHING, parallel, requests, testLimitStore, tokens } from "./limit_store_contract.ts";
import { connected, RedisServer } from "./redis_server.ts";

const { ignore } = requires("redis");

async function open(server: RedisServer, timeout = 250): Promise<RedisLimitStore> {
  const options = server.options();
  const store = RedisLimitStore.open({ ...options, server: { ...options.server, timeout } });
  await connected(() => store.take([requests(1e9, "nobody")], NOTHING));
  return store;
}

testLimitStore("redis", async () => {
  const server = await RedisServer.start();
  const store = await open(server, 5_000);
  const close = store.close.bind(store);
  return Object.assign(store, {
    close: async () => {
      close();
      await server.stop();
    },
  });
}, ignore);

Deno.test({
  name: "redis limit store: two gateways never let more through together than one may",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const stores = [await open(server, 5_000), await open(server, 5_000)];
    const rules = [requests(100), tokens(2_000), parallel(60), budget(5_000)];
    const needed = { tokens: 10, nanoUsd: 50 };
    const decisions = await Promise.all(
      Array.from({ length: 300 }, (_, i) => stores[i % 2]?.take(rules, needed)),
    );
    const holds = decisions.flatMap((decision) => decision?.hold ?? []);
    assertEquals(holds.length, 60);
    await Promise.all(holds.map((hold) => hold.settle({ tokens: 20, nanoUsd: 30 })));
    const more = await Promise.all(Array.from({ length: 300 }, (_, i) => stores[i % 2]?.take(rules, needed)));
    // 60 were let in, 40 may come; their tokens are 1200, 80 more of 10 would fit; 3200 may be spent, 64 of 50.
    assertEquals(more.flatMap((decision) => decision?.hold ?? []).length, 40);
    for (const store of stores) store.close();
  },
});

Deno.test({
  name:
    "redis limit store: what a dead process held comes back when its leases end, what a living one holds does not",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const [dead, living] = [await open(server), await open(server)];
    const rules = [parallel(2), budget(100)];
    held(await dead.take(rules, { tokens: 0, nanoUsd: 60 }));
    held(await living.take(rules, { tokens: 0, nanoUsd: 40 }));
    dead.close();
    assertEquals((await living.take(rules, { tokens: 0, nanoUsd: 10 })).hold, null);
    // Time passes for both leases; one of them is renewed.
    const shared = await afterAllLeases(server, living);
    assertEquals(shared.used, [2, 90]);
    living.close();
  },
});

/** Lets all leases end, renews those of the living, and asks again. */
async function afterAllLeases(server: RedisServer, living: RedisLimitStore) {
  const client = RedisClient.open(server.options());
  await connected(() => client.run("EXISTS", "x"));
  for (const key of ["key:a:parallel", `key:a:budget:day:${new Date().toISOString().slice(0, 10)}`]) {
    const leases = `{test:limits}:${key}:held`;
    const found = await client.run("ZRANGE", leases, "0", "-1");
    for (const lease of Array.isArray(found) ? found : []) {
      await client.run("ZADD", leases, "1", String(lease));
    }
  }
  client.close();
  await living.renew();
  return await living.take([parallel(2), budget(100)], { tokens: 0, nanoUsd: 50 });
}

Deno.test({
  name: "redis limit store: a server without its data, and without its scripts, goes on counting",
  ignore,
  async fn() {
    await using server = await RedisServer.start();
    const store = await open(server);
    const hold = held(await store.take([requests(5), parallel(2)], NOTHING));
    await server.stop();
    await server.restart();
    await connected(() => store.take([requests(1e9, "nobody")], NOTHING));
    await store.renew();
    assertEquals((await store.take([requests(5), parallel(2)], NOTHING)).used, [1, 2]);
    await hold.settle(NOTHING);
    assertEquals((await store.take([parallel(2)], NOTHING)).used, [2]);
    store.close();
  },
});

for (const closed of [false, true]) {
  Deno.test({
    name: `limits while Redis is frozen: ${
      closed ? "all are refused" : "each process counts for itself"
    }, after 250 ms`,
    ignore,
    async fn() {
      await using server = await RedisServer.start();
      const shared = await open(server);
      const store = new FallbackLimitStore({
        shared,
        local: new MemoryLimitStore(systemClock),
        processes: 2,
        closed,
      });
      const rules = [requests(4)];
      assertEquals((await store.take(rules, NOTHING)).degraded, false);
      server.signal("SIGSTOP");
      const began = performance.now();
      if (closed) {
        const error = await assertRejects(() => store.take(rules, NOTHING), GatewayError);
        assertEquals([error.status, error.code, error.retryAfter], [503, "limits_unavailable", 1]);
      } else {
        // Its share of four requests are two.
        for (const used of [1, 2]) {
          const decision = await store.take(rules, NOTHING);
          await held(decision).settle(NOTHING);
          assertEquals([decision.degraded, decision.used], [true, [used]]);
        }
        const refused = await store.take(rules, NOTHING);
        assertEquals([refused.degraded, refused.refusal?.rule], [true, rules[0]]);
      }
      const waited = performance.now() - began;
      assert(waited > 200 && waited < 2500, `${waited} ms`);
      // The breaker is open by now, or soon: then nobody waits.
      for (let i = 0; i < 3; i++) await Promise.resolve(store.take(rules, NOTHING)).catch(() => {});
      const opened = performance.now();
      for (let i = 0; i < 50; i++) await Promise.resolve(store.take(rules, NOTHING)).catch(() => {});
      assert(performance.now() - opened < 200);
      server.signal("SIGCONT");
      await connected(() => shared.take([requests(1e9, "nobody")], NOTHING));
      assertEquals((await store.take(rules, NOTHING)).degraded, false);
      await store.close();
    },
  });
}
