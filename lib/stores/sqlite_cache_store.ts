import type { Clock } from "../clock.ts";
import type { CacheEntry, CacheStore } from "./cache_store.ts";
import type { CacheLimits } from "./memory_cache_store.ts";
import type { CacheCommands } from "./sqlite/cache/commands.ts";
import { SqliteClient } from "./sqlite/sqlite_client.ts";

export interface SqliteCacheOptions extends CacheLimits {
  /** Of the file, absolute; made where there is none. */
  readonly path: string;
  /** Milliseconds that a command may wait, for its turn and for other processes. */
  readonly timeout: number;
  /** Called when the file begins to fail, with why, and with null when it works again. */
  readonly onHealth?: ((failure: string | null) => void) | undefined;
}

/** How exactly it is known when an entry was last used: noting it is a write. */
const USE_NOTED_EACH = 60_000;

/** Answers in an SQLite file, which several processes of one machine may share. */
export class SqliteCacheStore implements CacheStore {
  readonly backend = "sqlite";
  readonly #client: SqliteClient<CacheCommands>;
  readonly #clock: Clock;

  private constructor(client: SqliteClient<CacheCommands>, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @throws {SqliteOpenError} */
  static async open(options: SqliteCacheOptions): Promise<SqliteCacheStore> {
    const { maxEntries, maxBytes, ...file } = options;
    const client = await SqliteClient.open<CacheCommands>({
      ...file,
      // A cache may lose what was written last.
      synchronous: "normal",
      database: "cache",
      options: { maxEntries, maxBytes },
    });
    return new SqliteCacheStore(client, options.clock);
  }

  async get(owner: string, key: string): Promise<CacheEntry | null> {
    const now = this.#clock.wall();
    const found = await this.#client.run("get", owner, key, now);
    if (found === null) return null;
    const { value, storedAt, usedAt } = found;
    // Nobody waits for it; that it is not noted costs no more than a place in the order.
    if (now - usedAt >= USE_NOTED_EACH) this.#client.run("touch", owner, key, now).catch(() => {});
    return { value, storedAt };
  }

  async set(owner: string, key: string, { value, storedAt }: CacheEntry, ttl: number): Promise<void> {
    const now = this.#clock.wall();
    await this.#client.run("set", owner, key, value, storedAt, now + ttl, now);
  }

  failure(): string | null {
    return this.#client.failure;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
