/** Redis behind Sentinels, as a cluster and over TLS, each with real servers. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { RedisClient } from "../../../lib/stores/redis/redis_client.ts";
import { redisScript } from "../../../lib/stores/redis/redis_script.ts";
import { testCertificates } from "../../providers/test_certificates.ts";
import { requires } from "../../requires.ts";
import { connected, redisOptions, RedisServer } from "../redis_server.ts";
import { Cluster } from "./cluster.ts";
import { Sentinels } from "./sentinels.ts";

const { ignore } = requires("redis");

/** How long the slowest of some commands took that were sent until one succeeded again, milliseconds. */
async function slowestUntilWell(client: RedisClient, key: string): Promise<number> {
  let slowest = 0;
  for (const end = performance.now() + 20_000; performance.now() < end;) {
    const began = performance.now();
    const well = await client.run("SET", key, "again").then(() => true, () => false);
    slowest = Math.max(slowest, performance.now() - began);
    if (well) return slowest;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("No command succeeds within 20 s");
}

/** 250 ms, and what a busy machine adds. */
const BOUND = 600;

for (const way of ["killed", "frozen"] as const) {
  Deno.test({
    name: `redis behind Sentinels: a master that is ${way} fails commands in time, then the new one answers`,
    ignore,
    async fn() {
      await using all = await Sentinels.start();
      // The first Sentinel is not there.
      const sentinels = ["127.0.0.1:1", ...all.addresses];
      const client = RedisClient.open(redisOptions({
        address: { kind: "sentinels", sentinels, masterName: "main", username: null, password: null },
      }));
      try {
        await connected(() => client.run("SET", "a", "1"));
        assertEquals(await all.master.ask("GET", "a"), "1");
        await all.replica.until(["GET", "a"], "1");
        if (way === "killed") await all.master.stop();
        else all.master.signal("SIGSTOP");
        await assertRejects(() => client.run("SET", "b", "2"));
        const slowest = await slowestUntilWell(client, "b");
        assert(slowest < BOUND, `${slowest} ms`);
        assertEquals([await client.run("GET", "a"), client.failure], ["1", null]);
        assertEquals(await all.replica.ask("GET", "b"), "again");
      } finally {
        client.close();
      }
    },
  });
}

Deno.test({
  name:
    "redis behind Sentinels: a master that they do not know is said, and a Sentinel's end is nobody's harm",
  ignore,
  async fn() {
    await using all = await Sentinels.start();
    const open = (masterName: string) =>
      RedisClient.open(redisOptions({
        address: { kind: "sentinels", sentinels: all.addresses, masterName, username: null, password: null },
      }));
    const [unknown, client] = [await open("other"), await open("main")];
    try {
      await assertRejects(() => unknown.run("GET", "a"), Error, 'no Sentinel names a master "other"');
      await connected(() => client.run("GET", "a"));
      await all.sentinels[0]?.stop();
      for (let i = 0; i < 50; i++) await client.run("SET", "a", `${i}`);
    } finally {
      unknown.close();
      client.close();
    }
  },
});

const SUM = redisScript("return redis.call('GET', KEYS[1]) + redis.call('GET', KEYS[2]) + ARGV[1]");

Deno.test({
  name: "a Redis cluster: each key goes to its node, those of one tag together, and slots may move",
  ignore,
  async fn() {
    await using cluster = await Cluster.start();
    const [one, two] = cluster.masters;
    const client = RedisClient.open(redisOptions({ address: { kind: "cluster", urls: cluster.urls } }));
    try {
      await connected(() => client.run("GET", "a"));
      const keys = Array.from({ length: 60 }, (_, i) => `key${i}`);
      await Promise.all(keys.map((key) => client.run("SET", key, key)));
      assertEquals(await Promise.all(keys.map((key) => client.run("GET", key))), keys);
      const sizes = await Promise.all(cluster.masters.map((node) => node.ask("DBSIZE")));
      assert(sizes.every((size) => Number(size) > 5), `${sizes}`);
      for (const tag of ["a", "b", "c"]) {
        await client.run("SET", `{${tag}}1`, "1");
        await client.run("SET", `{${tag}}2`, "2");
        assertEquals(await client.script(SUM, [`{${tag}}1`, `{${tag}}2`], [4]), 7);
      }
      // "b" is in slot 3300, of the first node: it moves, key by key.
      const ids = await Promise.all([one.ask("CLUSTER", "MYID"), two.ask("CLUSTER", "MYID")]);
      await two.ask("CLUSTER", "SETSLOT", "3300", "IMPORTING", String(ids[0]));
      await one.ask("CLUSTER", "SETSLOT", "3300", "MIGRATING", String(ids[1]));
      await one.ask("MIGRATE", "127.0.0.1", `${two.port}`, "{b}1", "0", "1000");
      // ASK
      assertEquals(await client.run("GET", "{b}1"), "1");
      assertEquals(await client.run("GET", "{b}2"), "2");
      await one.ask("MIGRATE", "127.0.0.1", `${two.port}`, "{b}2", "0", "1000");
      for (const node of [two, one]) await node.ask("CLUSTER", "SETSLOT", "3300", "NODE", String(ids[1]));
      // MOVED
      assertEquals(await client.script(SUM, ["{b}1", "{b}2"], [4]), 7);
      assertEquals(await two.ask("GET", "{b}1"), "1");
      assertEquals(client.failure, null);
    } finally {
      client.close();
    }
  },
});

Deno.test({
  name: "a Redis cluster: a node that dies fails its commands in time, then its replica answers",
  ignore,
  async fn() {
    await using cluster = await Cluster.start();
    const client = RedisClient.open(redisOptions({ address: { kind: "cluster", urls: cluster.urls } }));
    try {
      await connected(() => client.run("SET", "b", "1"));
      await cluster.replica.until(["CLUSTER", "COUNTKEYSINSLOT", "3300"], "1");
      await cluster.masters[0].stop();
      await assertRejects(() => client.run("SET", "b", "2"));
      const slowest = await slowestUntilWell(client, "b");
      assert(slowest < BOUND, `${slowest} ms`);
      assertEquals(client.failure, null);
    } finally {
      client.close();
    }
  },
});

Deno.test({
  name: "redis over TLS: its own authority and a client's certificate, and no other authority",
  ignore,
  async fn() {
    const [own, other] = await Promise.all([testCertificates(), testCertificates()]);
    if (own === null || other === null) return;
    const folder = await Deno.makeTempDir();
    for (const [name, text] of Object.entries(own)) await Deno.writeTextFile(`${folder}/${name}.pem`, text);
    const { port, server } = await startTls(folder);
    const open = (
      tls: Partial<{ ca: string | null; cert: string; key: string; name: string; insecure: boolean }>,
    ) =>
      RedisClient.open(redisOptions({
        address: { kind: "server", url: `rediss://127.0.0.1:${port}` },
        tls: {
          ca: tls.ca === undefined ? own.ca : tls.ca,
          certificate: tls.cert ?? own.cert,
          key: tls.key ?? own.key,
          serverName: tls.name ?? null,
          insecure: tls.insecure ?? false,
        },
      }));
    const good = [
      await open({}),
      await open({ name: "localhost" }),
      await open({ ca: other.ca, insecure: true }),
    ];
    const bad = [
      await open({ ca: other.ca }),
      await open({ ca: null }),
      await open({ name: "elsewhere" }),
      await open({ cert: other.cert, key: other.key }),
    ];
    try {
      for (const client of good) {
        await connected(() => client.run("SET", "a", "1"));
        assertEquals(await client.run("GET", "a"), "1");
      }
      const until = performance.now() + 500;
      while (performance.now() < until) {
        for (const client of bad) await assertRejects(() => client.run("GET", "a"));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    } finally {
      for (const client of [...good, ...bad]) client.close();
      await server.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** A server that speaks TLS on a port of its own, and asks clients for a certificate. */
async function startTls(folder: string): Promise<{ port: number; server: RedisServer }> {
  const { freePort } = await import("../../free_port.ts");
  const port = freePort();
  const files = ["--tls-cert-file", "cert", "--tls-key-file", "key", "--tls-ca-cert-file", "ca"];
  const args = files.map((each) => each.startsWith("--") ? each : `${folder}/${each}.pem`);
  return { port, server: await RedisServer.start("--tls-port", `${port}`, ...args) };
}
