/**
 * Limits, keys, spend, answers and the use of providers in a Redis behind Sentinels and in a cluster, in plain text and
 * over TLS, with real servers: what a script touches is in one slot, whoever's limits a request has.
 */
import { assertEquals } from "@std/assert";
import { systemClock } from "../../../lib/clock.ts";
import type { LimitRule, LimitScope } from "../../../lib/stores/limit_store.ts";
import { FallbackLimitStore } from "../../../lib/stores/limits/fallback_limit_store.ts";
import { MemoryLimitStore } from "../../../lib/stores/limits/memory_limit_store.ts";
import { RedisLimitStore } from "../../../lib/stores/limits/redis_limit_store.ts";
import type { RedisClientOptions } from "../../../lib/stores/redis/redis_client.ts";
import { RedisCacheStore } from "../../../lib/stores/redis_cache_store.ts";
import { RedisKeyStore } from "../../../lib/stores/redis_key_store.ts";
import { RedisUsageStore } from "../../../lib/stores/redis_usage_store.ts";
import { RedisSpendStore } from "../../../lib/stores/spend/redis_spend_store.ts";
import { requires } from "../../requires.ts";
import { testCacheStore } from "../cache_store_contract.ts";
import { keyRecord, teamRecord } from "../key_records.ts";
import { testKeyStore } from "../key_store_contract.ts";
import { NOTHING, testLimitStore } from "../limit_store_contract.ts";
import { connected, redisOptions } from "../redis_server.ts";
import { testSpendStore } from "../spend_store_contract.ts";
import { Cluster } from "./cluster.ts";
import { Sentinels } from "./sentinels.ts";
import { type TlsFiles, tlsFiles } from "./tls_port.ts";

const { ignore } = requires("redis", "openssl");

type Options = RedisClientOptions & { readonly prefix: string };
type Running = (Cluster | Sentinels) & AsyncDisposable;

/** How a client of servers that run is opened; none of them sees what another has. */
function optionsOf(running: Running, tls: TlsFiles | null, prefix = "test:"): Options {
  const address = running instanceof Cluster ? { kind: "cluster" as const, urls: running.urls } : {
    kind: "sentinels" as const,
    sentinels: running.addresses,
    masterName: "main",
    username: null,
    password: null,
  };
  // Far more than a loaded machine needs.
  return {
    ...redisOptions({ address, timeout: 5_000, connectTimeout: 10_000, tls: tls?.client ?? null }),
    prefix,
  };
}

function rule(scope: LimitScope, of: string, kind: LimitRule["kind"], limit: number): LimitRule {
  const period = kind === "budget" ? "day" : null;
  return { id: `${scope}:${of}:${kind}`, kind, scope, of, name: of, limit, period };
}

/** A decision over all that a request may be limited by: sixteen counters of four names. */
function everyRule(most: number): LimitRule[] {
  const names = { key: "key_3f", team: "red", user: "alice", model: "gpt-4o" } as const;
  return Object.entries(names).flatMap(([scope, of], i) =>
    (["requests", "tokens", "parallel", "budget"] as const).map((kind) =>
      rule(
        scope as LimitScope,
        of,
        kind,
        (most + 10 * (3 - i)) * (kind === "tokens" ? 10 : kind === "budget" ? 50 : 1),
      )
    )
  );
}

async function limitsOf(options: Options): Promise<void> {
  const stores = [RedisLimitStore.open(options), RedisLimitStore.open(options)];
  try {
    for (const store of stores) {
      await connected(() => store.take([rule("key", "x", "requests", 1e9)], NOTHING));
    }
    // The model's are the tightest: all others have room, and must not be charged for what it refuses.
    const rules = everyRule(20);
    const needed = { tokens: 10, nanoUsd: 50 };
    const decisions = await Promise.all(
      Array.from({ length: 60 }, (_, i) => stores[i % 2]?.take(rules, needed)),
    );
    const holds = decisions.flatMap((decision) => decision?.hold ?? []);
    assertEquals(holds.length, 20);
    assertEquals(decisions.find((it) => it?.hold === null)?.refusal?.rule.scope, "model");
    await Promise.all(holds.map((hold) => hold.settle({ tokens: 5, nanoUsd: 10 })));
    const after = await stores[0]?.take(everyRule(1_000), needed);
    assertEquals(after?.used, [21, 110, 1, 250, 21, 110, 1, 250, 21, 110, 1, 250, 21, 110, 1, 250]);
    await stores[1]?.renew();
    await stores[0]?.learn(rule("team", "red", "budget", 1e9), 900);
  } finally {
    for (const store of stores) store.close();
  }
}

async function keysOf(options: Options): Promise<void> {
  const store = RedisKeyStore.open(options);
  try {
    await connected(() => store.version());
    await store.create("team", teamRecord("red"));
    assertEquals(await store.create("key", keyRecord("key_a1", { team: "red" }), 1), "done");
    assertEquals(await store.create("key", keyRecord("key_b2"), 1), "full");
    const { sha256 } = keyRecord("key_a1");
    assertEquals((await store.find(sha256))?.team?.id, "red");
    assertEquals((await store.list("key", { after: "", limit: 9, team: "red" })).length, 1);
    assertEquals(await store.remove("key", "key_a1", 1), "done");
  } finally {
    await store.close();
  }
}

async function spendOf(options: Options): Promise<void> {
  const store = RedisSpendStore.open({ ...options, retention: 1e10 });
  try {
    await connected(() => store.first("connected"));
    const place = { key: "k", team: "red", user: "u", model: "m", requested_model: "f", provider: "p" };
    const rows = ["2026-11-24", "2026-11-25"].map((day) => ({
      place: { ...place, day },
      requests: 1,
      inputTokens: 2,
      outputTokens: 3,
      nanoUsd: 4,
    }));
    await store.add({ id: "group", rows });
    await store.add({ id: "group", rows });
    const [sum] = await store.sum({ since: "2026-11-01", until: "2026-11-30", where: {} }, []);
    assertEquals(sum?.nanoUsd, 8);
  } finally {
    store.close();
  }
}

async function answersOf(options: Options): Promise<void> {
  const cache = new RedisCacheStore(options);
  const usage = new RedisUsageStore(options);
  try {
    await connected(() => cache.get("nobody", "nothing"));
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => cache.set("alice", key, { value: key, storedAt: 1 }, 60_000)));
    assertEquals(
      (await Promise.all(keys.map((key) => cache.get("alice", key)))).map((it) => it?.value),
      keys,
    );
    await connected(() => usage.add(new Map()));
    assertEquals([...await usage.add(new Map([["a", 3], ["b", 4]]))].toSorted(), [["a", 3], ["b", 4]]);
  } finally {
    await cache.close();
    usage.close();
  }
}

const WAYS:
  readonly (readonly [name: string, start: (tls: TlsFiles | null) => Promise<Running>, tls: boolean])[] = [
    ["a Redis cluster", (tls) => Cluster.start(tls), false],
    ["Redis behind Sentinels", (tls) => Sentinels.start(tls), false],
    ["Redis behind Sentinels over TLS", (tls) => Sentinels.start(tls), true],
  ];

for (const [name, start, secure] of WAYS) {
  Deno.test({
    name:
      `${name}: limits of a key, its team, its user and a model are one decision; keys, spend and answers are there`,
    ignore,
    async fn() {
      await using tls = secure ? await tlsFiles() : null;
      await using running = await start(tls);
      const options = optionsOf(running, tls);
      await Promise.all([limitsOf, keysOf, spendOf, answersOf].map((tried) => tried(options)));
    },
  });
}

Deno.test({
  name:
    "Redis behind Sentinels: while a master is lost each process counts for itself, and the new one counts on",
  ignore,
  async fn() {
    await using all = await Sentinels.start();
    const options = optionsOf(all, null);
    const shared = RedisLimitStore.open({ ...options, server: { ...options.server, timeout: 250 } });
    const local = new MemoryLimitStore(systemClock);
    const store = new FallbackLimitStore({ shared, local, processes: 1, closed: false });
    try {
      const rules = everyRule(1_000);
      const needed = { tokens: 10, nanoUsd: 50 };
      await connected(() => shared.take(rules, needed));
      await all.replica.until(["DBSIZE"], String(await all.master.ask("DBSIZE")));
      await all.master.stop();
      const lost = await store.take(rules, needed);
      assertEquals([lost.degraded, lost.hold === null], [true, false]);
      let again = lost;
      for (const end = performance.now() + 20_000; again.degraded && performance.now() < end;) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        again = await store.take(rules, needed);
      }
      assertEquals(again.degraded, false);
      // The first one's is among them: what the old master had passed on is not forgotten.
      assertEquals(again.used[0], 2);
    } finally {
      store.close();
    }
  },
});

// All that stores in one server have to do, in a cluster over TLS: the strictest of all.
let tls: TlsFiles | null = null;
let cluster: Cluster | null = null;
let opened = 0;

if (!ignore) {
  Deno.test.beforeAll(async () => {
    tls = await tlsFiles();
    cluster = await Cluster.start(tls);
  });
  Deno.test.afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
    await tls?.[Symbol.asyncDispose]();
  });
}

function ofCluster(): Options {
  if (cluster === null) throw new Error("The cluster runs within tests alone");
  return optionsOf(cluster, tls, `test${++opened}:`);
}

testLimitStore("redis", async () => {
  const store = RedisLimitStore.open(ofCluster());
  await connected(() => store.take([rule("key", "nobody", "requests", 1e9)], NOTHING));
  return store;
}, ignore);

testKeyStore("redis", async () => {
  const store = RedisKeyStore.open(ofCluster());
  await connected(() => store.version());
  return store;
}, { ignore });

testSpendStore("redis", async () => {
  const store = RedisSpendStore.open({ ...ofCluster(), retention: 1e10 });
  await connected(() => store.first("connected"));
  return store;
}, ignore);

testCacheStore("redis", async () => {
  const store = new RedisCacheStore(ofCluster());
  await connected(() => store.get("nobody", "nothing"));
  return store;
}, { ignore, servers: { time: true, limits: true } });
