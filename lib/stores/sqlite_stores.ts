import type { Clock } from "../clock.ts";
import type { ConversationCommands } from "./sqlite/conversations/commands.ts";
import { SqliteClient } from "./sqlite/sqlite_client.ts";
import { SqliteConversationStore } from "./sqlite_conversation_store.ts";
import { SqliteEntryIndex } from "./sqlite_entry_index.ts";
import { SqliteItemStore } from "./sqlite_item_store.ts";
import { SqliteRunStore } from "./sqlite_run_store.ts";
import { SqliteShelf } from "./sqlite_shelf.ts";
import type { Stores } from "./stores.ts";

export interface SqliteStoresOptions {
  /** Of the file, absolute; made where there is none. */
  readonly path: string;
  /** `full` waits for the disk at each commit. */
  readonly synchronous: "normal" | "full";
  /** Milliseconds that a command may wait, for its turn and for other processes. */
  readonly timeout: number;
  /** Entries that are kept at most, of all processes. */
  readonly maxEntries: number;
  /** What they may take together, bytes. */
  readonly maxBytes: number;
  /** How long an entry is kept, milliseconds of the wall clock. */
  readonly ttl: number;
  readonly clock: Clock;
  /** Called when the database begins to fail, with why, and with null when it works again. */
  readonly onHealth?: ((failure: string | null) => void) | undefined;
}

export interface SqliteStores extends Stores {
  /** Why the database fails; null while it does not. */
  readonly failure: () => string | null;
  /** Resolves once nothing is over the limits. */
  readonly sweep: () => Promise<void>;
}

/**
 * Conversations in an SQLite file, which several processes of one machine may share. A write is acknowledged once
 * it is committed: the end of the process loses none, the loss of power the last moments' unless `synchronous` is
 * `full`. Above the limits those entries go that were not read or written for the longest time, to the minute.
 * @throws {SqliteOpenError}
 */
export async function sqliteStores(options: SqliteStoresOptions): Promise<SqliteStores> {
  const { maxEntries, maxBytes, ttl, clock, ...file } = options;
  const client = await SqliteClient.open<ConversationCommands>({
    ...file,
    clock,
    database: "conversations",
    options: { maxEntries, maxBytes, ttl },
  });
  const shelf = new SqliteShelf(client, clock);
  shelf.sweep();
  return {
    turns: new SqliteConversationStore(shelf),
    runs: new SqliteRunStore(shelf),
    items: new SqliteItemStore(shelf),
    index: new SqliteEntryIndex(shelf),
    failure: () => client.failure,
    sweep: () => shelf.sweep(),
  };
}
