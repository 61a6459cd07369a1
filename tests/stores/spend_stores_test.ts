import { systemClock } from "../../lib/clock.ts";
import { PostgresClient } from "../../lib/stores/postgres/postgres_client.ts";
import { MemorySpendStore } from "../../lib/stores/spend/memory_spend_store.ts";
import { PostgresSpendStore } from "../../lib/stores/spend/postgres_spend_store.ts";
import { RedisSpendStore } from "../../lib/stores/spend/redis_spend_store.ts";
import { SqliteSpendStore } from "../../lib/stores/spend/sqlite_spend_store.ts";
import type { SpendStore } from "../../lib/stores/spend_store.ts";
import { requires } from "../requires.ts";
import { postgresOfFile } from "./postgres_server.ts";
import { connected, RedisServer } from "./redis_server.ts";
import { testSpendStore } from "./spend_store_contract.ts";

/** Closes what a store needs after it. */
function closing(store: SpendStore, after: () => Promise<void>): SpendStore {
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await after();
  };
  return store;
}

testSpendStore("memory", () => new MemorySpendStore());

testSpendStore("sqlite", async () => {
  const directory = await Deno.makeTempDir({ prefix: "spend-" });
  const store = await SqliteSpendStore.open({
    path: `${directory}/spend.db`,
    timeout: 20_000,
    clock: systemClock,
  });
  return closing(store, () => Deno.remove(directory, { recursive: true }));
});

testSpendStore("redis", async () => {
  const server = await RedisServer.start();
  const options = server.options();
  const store = RedisSpendStore.open({
    ...options,
    server: { ...options.server, timeout: 5_000 },
    retention: 1e10,
  });
  await connected(() => store.first("connected"));
  return closing(store, () => server.stop());
}, requires("redis").ignore);

const postgres = requires("postgres").ignore;
const server = postgresOfFile(postgres);

testSpendStore("postgres", async () => {
  const client = new PostgresClient(server().options());
  return closing(await PostgresSpendStore.open(client), () => client.close());
}, postgres);
