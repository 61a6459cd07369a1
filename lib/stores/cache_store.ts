/** An answer that is kept. */
export interface CacheEntry {
  /** The answer, as the cache wrote it. */
  readonly value: string;
  /** When it was kept, Unix milliseconds. */
  readonly storedAt: number;
}

/**
 * Where answers are kept for those who ask the same again. What it loses is a miss, so it may lose anything; what it
 * must not do is to give an owner another's. Entries go when their time is over, and where there are too many those
 * that were not used for the longest time go first.
 */
export interface CacheStore {
  /** `memory`, `sqlite`, `redis`. */
  readonly backend: string;
  /** @throws {Error} where the store does not answer. */
  get(owner: string, key: string): Promise<CacheEntry | null>;
  /** @param ttl milliseconds that it is kept. @throws {Error} */
  set(owner: string, key: string, entry: CacheEntry, ttl: number): Promise<void>;
  /** Why it cannot be used; null while it can. */
  failure(): string | null;
  close(): Promise<void>;
}
