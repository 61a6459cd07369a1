/** Keys of several processes: changes are heard of everywhere, and what a store's absence means. */
import { assert, assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { postgresOfFile } from "../stores/postgres_server.ts";
import { RedisServer } from "../stores/redis_server.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { call, chat, made, MASTER } from "./key_client.ts";

const CONFIG = `
server: { drain_delay: 0s, drain_grace: 2s }
logging: { format: json }
providers: { mock: { type: mock } }
models: { cheap: mock/cheap }
auth: { master_key: ${MASTER}, keys: [{ name: app, key: app-key }] }
`;

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 10_000; !await holds();) assert(performance.now() < end, "in vain");
}

Deno.test("workers hear of what one of them changed", async () => {
  await using gateway = await GatewayProcess.start({
    config: CONFIG.replace("server: {", "server: { workers: 2,") +
      "conversations: { path: c.db }\nkeys: { path: keys.db, refresh: 50ms }\n",
  });
  const { id, key } = await made(gateway, "keys", {});
  // Connections are spread by the system: enough of them meet both.
  const statuses = async () => {
    const client = () => Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    return new Set(
      await Promise.all(Array.from({ length: 16 }, async () => {
        using each = client();
        const response = await fetch(`${gateway.url}/v1/models`, {
          headers: { authorization: `Bearer ${key}` },
          client: each,
        });
        await response.body?.cancel();
        return response.status;
      })),
    );
  };
  await until(async () => (await statuses()).isSubsetOf(new Set([200])));
  await call(gateway, "POST", `/admin/v1/keys/${id}/disable`);
  await until(async () => (await statuses()).isSubsetOf(new Set([401])));
});

Deno.test({
  name: "while Redis is away known keys go on, others are refused with 503, and readiness says so",
  ignore: requires("redis").ignore,
  async fn() {
    await using redis = await RedisServer.start();
    const config = `${CONFIG}\nredis: { url: "${redis.url}" }\nkeys: { store: redis, refresh: 50ms }\n`;
    await using gateway = await GatewayProcess.start({ config });
    await until(async () => (await call(gateway, "GET", "/admin/v1/keys")).status === 200);
    const known = await made(gateway, "keys", {});
    const unknown = await made(gateway, "keys", {});
    assertEquals((await chat(gateway, known.key)).status, 200);
    await redis.stop();
    await until(async () => (await call(gateway, "GET", "/readyz", undefined, "app-key")).status === 503);
    const began = performance.now();
    assertEquals((await chat(gateway, known.key)).status, 200);
    assertEquals((await chat(gateway, "app-key")).status, 200);
    const refused = await chat(gateway, unknown.key);
    assertEquals([refused.status, refused.json.error.code], [503, "key_store_unavailable"]);
    const admin = await call(gateway, "POST", "/admin/v1/keys", {});
    assertEquals([admin.status, admin.json.error.code], [503, "key_store_unavailable"]);
    assert(performance.now() - began < 2_000, `${performance.now() - began} ms`);
    // It comes back empty: what was known is not any more.
    await redis.restart();
    await until(async () => (await chat(gateway, known.key)).status === 401);
    assertEquals(gateway.lines.some((line) => line.includes(known.key)), false);
  },
});

const ignorePostgres = requires("postgres").ignore;
const postgres = postgresOfFile(ignorePostgres);

Deno.test({
  name: "gateways that share Postgres share keys",
  ignore: ignorePostgres,
  async fn() {
    const config = `${CONFIG}\npostgres: { url: "${postgres().url}", timeout: 10s }\n` +
      "keys: { store: postgres, refresh: 50ms }\n";
    await using one = await GatewayProcess.start({ config });
    await using two = await GatewayProcess.start({ config });
    const { id, key } = await made(one, "keys", { name: "shared" });
    assertEquals((await chat(two, key)).status, 200);
    const rotated = await call(one, "POST", `/admin/v1/keys/${id}/rotate`);
    await until(async () => (await chat(two, key)).status === 401);
    assertEquals((await chat(two, rotated.json.key)).status, 200);
    await call(two, "DELETE", `/admin/v1/keys/${id}`);
    await until(async () => (await chat(one, rotated.json.key)).status === 401);
  },
});
