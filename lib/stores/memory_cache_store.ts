import type { Clock } from "../clock.ts";
import type { CacheEntry, CacheStore } from "./cache_store.ts";

export interface CacheLimits {
  readonly maxEntries: number;
  /** Bytes of all together. */
  readonly maxBytes: number;
  readonly clock: Clock;
}

interface Kept extends CacheEntry {
  readonly until: number;
  readonly bytes: number;
}

/** What an entry takes besides its texts, about. */
const OVERHEAD = 200;

/** Answers in this process's memory. */
export class MemoryCacheStore implements CacheStore {
  readonly backend = "memory";
  readonly #limits: CacheLimits;
  /** In the order of use, the one longest unused first. */
  readonly #entries = new Map<string, Kept>();
  #bytes = 0;

  constructor(limits: CacheLimits) {
    this.#limits = limits;
  }

  get(owner: string, key: string): Promise<CacheEntry | null> {
    const place = placeOf(owner, key);
    const kept = this.#entries.get(place);
    if (kept === undefined) return Promise.resolve(null);
    this.#remove(place, kept);
    if (kept.until <= this.#limits.clock.now()) return Promise.resolve(null);
    this.#add(place, kept);
    return Promise.resolve({ value: kept.value, storedAt: kept.storedAt });
  }

  set(owner: string, key: string, entry: CacheEntry, ttl: number): Promise<void> {
    const place = placeOf(owner, key);
    const before = this.#entries.get(place);
    if (before !== undefined) this.#remove(place, before);
    const bytes = 2 * (place.length + entry.value.length) + OVERHEAD;
    if (bytes > this.#limits.maxBytes) return Promise.resolve();
    this.#add(place, { ...entry, until: this.#limits.clock.now() + ttl, bytes });
    this.#shrink();
    return Promise.resolve();
  }

  failure(): null {
    return null;
  }

  close(): Promise<void> {
    this.#entries.clear();
    this.#bytes = 0;
    return Promise.resolve();
  }

  #add(place: string, kept: Kept): void {
    this.#entries.set(place, kept);
    this.#bytes += kept.bytes;
  }

  #remove(place: string, kept: Kept): void {
    this.#entries.delete(place);
    this.#bytes -= kept.bytes;
  }

  #shrink(): void {
    const { maxEntries, maxBytes } = this.#limits;
    for (const [place, kept] of this.#entries) {
      if (this.#entries.size <= maxEntries && this.#bytes <= maxBytes) break;
      this.#remove(place, kept);
    }
  }
}

/** Digests have no space in them. */
function placeOf(owner: string, key: string): string {
  return `${owner} ${key}`;
}
