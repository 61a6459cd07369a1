import { PostgresClient } from "../../lib/stores/postgres/postgres_client.ts";
import { PostgresCacheStore } from "../../lib/stores/postgres_cache_store.ts";
import { requires } from "../requires.ts";
import { testCacheStore } from "./cache_store_contract.ts";
import { postgresOfFile } from "./postgres_server.ts";

const { ignore } = requires("postgres");
const server = postgresOfFile(ignore);

testCacheStore("postgres", async ({ inOrder, ...limits }) => {
  const client = new PostgresClient(server().options(inOrder ? { poolSize: 1 } : {}));
  const store = await PostgresCacheStore.open({ ...limits, client });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await client.close();
  };
  return store;
}, { ignore });
