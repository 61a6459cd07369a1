import type { CacheEntry, CacheStore } from "./cache_store.ts";
import { RedisClient, type RedisClientOptions } from "./redis/redis_client.ts";

export interface RedisCacheOptions extends RedisClientOptions {
  /** Before each key, so that several may share a database. */
  readonly prefix: string;
}

/** When it was stored, then what. */
const ENTRY = /^(\d+) ([^]*)$/;

/**
 * Answers in a Redis or Valkey server, for any number of processes. The server ends their time, and removes some where
 * there are too many, as its `maxmemory` and `maxmemory-policy` say.
 */
export class RedisCacheStore implements CacheStore {
  readonly backend = "redis";
  readonly #client: RedisClient;
  readonly #prefix: string;

  constructor(options: RedisCacheOptions) {
    this.#client = RedisClient.open(options);
    this.#prefix = options.prefix;
  }

  async get(owner: string, key: string): Promise<CacheEntry | null> {
    const found = await this.#client.run("GET", this.#place(owner, key));
    const [, storedAt, value] = typeof found === "string" ? ENTRY.exec(found) ?? [] : [];
    return value === undefined ? null : { value, storedAt: Number(storedAt) };
  }

  async set(owner: string, key: string, { value, storedAt }: CacheEntry, ttl: number): Promise<void> {
    const milliseconds = String(Math.max(1, Math.round(ttl)));
    await this.#client.run("SET", this.#place(owner, key), `${storedAt} ${value}`, "PX", milliseconds);
  }

  failure(): string | null {
    return this.#client.failure;
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }

  #place(owner: string, key: string): string {
    return `${this.#prefix}cache:${encodeURIComponent(owner)}:${key}`;
  }
}
