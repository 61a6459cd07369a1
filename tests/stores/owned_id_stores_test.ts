import { systemClock } from "../../lib/clock.ts";
import type { OwnedIdStore } from "../../lib/stores/owned_id_store.ts";
import { MemoryOwnedIdStore } from "../../lib/stores/owned_ids/memory_owned_id_store.ts";
import { PostgresOwnedIdStore } from "../../lib/stores/owned_ids/postgres_owned_id_store.ts";
import { RedisOwnedIdStore } from "../../lib/stores/owned_ids/redis_owned_id_store.ts";
import { SqliteOwnedIdStore } from "../../lib/stores/owned_ids/sqlite_owned_id_store.ts";
import { PostgresClient } from "../../lib/stores/postgres/postgres_client.ts";
import { requires } from "../requires.ts";
import { testOwnedIdStore } from "./owned_id_store_contract.ts";
import { postgresOfFile } from "./postgres_server.ts";
import { connected, RedisServer } from "./redis_server.ts";

/** Closes what a store needs after it. */
function closing(store: OwnedIdStore, after: () => Promise<void>): OwnedIdStore {
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await after();
  };
  return store;
}

testOwnedIdStore("memory", (most) => new MemoryOwnedIdStore(most));

testOwnedIdStore("sqlite", async (most) => {
  const directory = await Deno.makeTempDir({ prefix: "owned-ids-" });
  const path = `${directory}/owned.db`;
  const store = await SqliteOwnedIdStore.open({ path, timeout: 20_000, clock: systemClock, most });
  return closing(store, () => Deno.remove(directory, { recursive: true }));
});

testOwnedIdStore("redis", async (most) => {
  const server = await RedisServer.start();
  const options = server.options();
  const store = RedisOwnedIdStore.open({ ...options, server: { ...options.server, timeout: 5_000 }, most });
  await connected(() => store.of("nobody", ["nothing"]));
  return closing(store, () => server.stop());
}, requires("redis").ignore);

const postgres = requires("postgres").ignore;
const server = postgresOfFile(postgres);

testOwnedIdStore("postgres", async (most) => {
  const client = new PostgresClient(server().options());
  return closing(await PostgresOwnedIdStore.open(client, most), () => client.close());
}, postgres);
