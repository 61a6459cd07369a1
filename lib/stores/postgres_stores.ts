import type { Clock } from "../clock.ts";
import { DATABASES } from "./postgres/databases.ts";
import type { PostgresClient } from "./postgres/postgres_client.ts";
import { PostgresConversationStore } from "./postgres_conversation_store.ts";
import { PostgresEntryIndex } from "./postgres_entry_index.ts";
import { PostgresItemStore } from "./postgres_item_store.ts";
import { PostgresRunStore } from "./postgres_run_store.ts";
import { PostgresShelf, type PostgresShelfLimits } from "./postgres_shelf.ts";
import type { Stores } from "./stores.ts";

export interface PostgresStoresOptions extends PostgresShelfLimits {
  /** Whoever made it closes it, after the stores. */
  readonly client: PostgresClient;
  readonly clock: Clock;
}

export interface PostgresStores extends Stores {
  /** Why the database cannot be used; null while it can. */
  readonly failure: () => string | null;
  /** Resolves once nothing is over the limits. */
  readonly sweep: () => Promise<void>;
}

/**
 * Conversations in a Postgres database, for any number of processes and machines. A write is acknowledged once it is
 * committed there. Above the limits those entries go that were not read or written for the longest time, to the
 * minute. A server that is not there yet is waited for by nobody.
 * @throws {PostgresOpenError} where somebody has to change something first.
 */
export async function postgresStores(options: PostgresStoresOptions): Promise<PostgresStores> {
  const { client, clock, ...limits } = options;
  await client.use(DATABASES.conversations);
  const shelf = new PostgresShelf(client, clock, limits);
  shelf.limits.sweep();
  return {
    turns: new PostgresConversationStore(shelf),
    runs: new PostgresRunStore(shelf),
    items: new PostgresItemStore(shelf),
    index: new PostgresEntryIndex(shelf),
    failure: () => client.failure,
    sweep: () => shelf.limits.sweep(),
  };
}
