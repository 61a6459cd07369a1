import { systemClock } from "../../lib/clock.ts";
import { PostgresClient, type PostgresClientOptions } from "../../lib/stores/postgres/postgres_client.ts";
import {
  type PostgresStores,
  postgresStores,
  type PostgresStoresOptions,
} from "../../lib/stores/postgres_stores.ts";
import type { PostgresServer } from "./postgres_server.ts";

/** Stores in a schema of their own, whose client is closed with them. @param otherwise of the client. */
export async function openPostgresStores(
  server: PostgresServer,
  limits: Partial<PostgresStoresOptions> = {},
  otherwise: Partial<PostgresClientOptions> = {},
): Promise<PostgresStores> {
  const client = new PostgresClient(server.options(otherwise));
  const stores = await postgresStores({
    client,
    clock: systemClock,
    maxEntries: 1_000,
    maxBytes: 512 * 1024 * 1024,
    ttl: 3_600_000,
    ...limits,
  });
  const close = stores.turns.close.bind(stores.turns);
  stores.turns.close = async () => {
    await close();
    await client.close();
  };
  return stores;
}
