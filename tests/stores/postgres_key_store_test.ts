import { PostgresClient } from "../../lib/stores/postgres/postgres_client.ts";
import { PostgresKeyStore } from "../../lib/stores/postgres_key_store.ts";
import { requires } from "../requires.ts";
import { testKeyStore } from "./key_store_contract.ts";
import { postgresOfFile } from "./postgres_server.ts";

const { ignore } = requires("postgres");
const server = postgresOfFile(ignore);

testKeyStore("postgres", async () => {
  const client = new PostgresClient(server().options());
  const store = await PostgresKeyStore.open(client);
  store.close = () => client.close();
  return store;
}, { ignore });
