import type { RedisClientOptions } from "./redis/redis_client.ts";
import { RedisClient } from "./redis/redis_client.ts";
import { RedisConversationStore } from "./redis_conversation_store.ts";
import { RedisEntryIndex } from "./redis_entry_index.ts";
import { RedisItemStore } from "./redis_item_store.ts";
import { RedisRunStore } from "./redis_run_store.ts";
import { RedisShelf, type RedisShelfLimits } from "./redis_shelf.ts";
import type { Stores } from "./stores.ts";

export interface RedisStoresOptions extends RedisClientOptions, RedisShelfLimits {
  /** Before each key, so that several may share a database. */
  readonly prefix: string;
}

export interface RedisStores extends Stores {
  /** Why the server cannot be used; null while it can. */
  readonly failure: () => string | null;
}

/**
 * Conversations in a Redis or Valkey server (5 or newer), for any number of processes and machines. A write is
 * acknowledged once the server has it: what that survives is the server's, by its `appendonly` and `appendfsync`. Above
 * the limits those entries go that were not read or written for the longest time, to the minute. A server that is not
 * there is waited for no longer than a connection may take.
 */
export async function redisStores(options: RedisStoresOptions): Promise<RedisStores> {
  const client = RedisClient.open(options);
  await client.settled();
  const shelf = new RedisShelf(client, options.prefix, options.clock, options);
  return {
    turns: new RedisConversationStore(shelf),
    runs: new RedisRunStore(shelf),
    items: new RedisItemStore(shelf),
    index: new RedisEntryIndex(shelf),
    failure: () => client.failure,
  };
}
