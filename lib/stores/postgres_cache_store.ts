import type { Clock } from "../clock.ts";
import type { CacheEntry, CacheStore } from "./cache_store.ts";
import type { CacheLimits } from "./memory_cache_store.ts";
import { cacheEntries } from "./postgres/cache/schema.ts";
import { DATABASES } from "./postgres/databases.ts";
import { EntryLimits } from "./postgres/entry_limits.ts";
import type { PostgresClient } from "./postgres/postgres_client.ts";
import { kept, restored } from "./postgres/text.ts";

export interface PostgresCacheOptions extends CacheLimits {
  /** Whoever made it closes it, after the store. */
  readonly client: PostgresClient;
}

/** How exactly it is known when an entry was last used, milliseconds: noting it is a write. */
const USE_NOTED_EACH = 60_000;
/** What an entry takes besides its value, about, bytes. */
const OVERHEAD = 200;

const GET =
  "SELECT number, value, stored_at, used_at FROM cache_entries WHERE owner = $1 AND key = $2 AND until > $3";
const TOUCH = "UPDATE cache_entries SET used_at = $2 WHERE number = $1";
const SET = `
WITH put AS (
  INSERT INTO cache_entries AS entry (owner, key, value, bytes, stored_at, used_at, until)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value, bytes = excluded.bytes,
    stored_at = excluded.stored_at, used_at = excluded.used_at, until = excluded.until
  RETURNING number, xmax = 0 AS added
)
SELECT put.number, put.added, totals.* FROM put, ${cacheEntries.totals} AS totals`;
const REMOVE = "DELETE FROM cache_entries WHERE owner = $1 AND key = $2";
const EXPIRE = `
DELETE FROM cache_entries WHERE number IN (
  SELECT number FROM cache_entries WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING number`;

/** Answers in a Postgres database, for any number of processes and machines. */
export class PostgresCacheStore implements CacheStore {
  readonly backend = "postgres";
  readonly #client: PostgresClient;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #limits: EntryLimits;

  private constructor({ client, clock, maxEntries, maxBytes }: PostgresCacheOptions) {
    this.#client = client;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
    this.#limits = new EntryLimits({
      client,
      clock,
      entries: cacheEntries,
      maxEntries,
      maxBytes,
      removeOld: async (count) => (await client.run(EXPIRE, [clock.wall(), count])).length > 0,
    });
  }

  /** @throws {PostgresOpenError} where somebody has to change something first. */
  static async open(options: PostgresCacheOptions): Promise<PostgresCacheStore> {
    await options.client.use(DATABASES.cache);
    return new PostgresCacheStore(options);
  }

  async get(owner: string, key: string): Promise<CacheEntry | null> {
    const now = this.#clock.wall();
    const [row] = await this.#client.run(GET, [kept(owner), kept(key), now]);
    if (row === undefined) return null;
    if (now - Number(row["used_at"]) >= USE_NOTED_EACH) {
      // Nobody waits for it; that it is not noted costs no more than a place in the order.
      this.#client.run(TOUCH, [Number(row["number"]), now]).catch(() => {});
    }
    return { value: restored(String(row["value"])), storedAt: Number(row["stored_at"]) };
  }

  async set(owner: string, key: string, { value, storedAt }: CacheEntry, ttl: number): Promise<void> {
    const now = this.#clock.wall();
    const place = [kept(owner), kept(key)];
    const bytes = value.length + OVERHEAD;
    if (bytes > this.#maxBytes) {
      await this.#client.run(REMOVE, place);
      return;
    }
    const [row] = await this.#client.run(SET, [...place, kept(value), bytes, storedAt, now, now + ttl]);
    if (row !== undefined) await this.#limits.note(row, { entries: row["added"] === true ? 1 : 0, bytes });
  }

  failure(): string | null {
    return this.#client.failure;
  }

  close(): Promise<void> {
    return this.#limits.close();
  }
}
