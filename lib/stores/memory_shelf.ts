import type { Clock } from "../clock.ts";
import { Refusal } from "./refusal.ts";

export interface MemoryShelfOptions {
  /** Entries that are kept at most. */
  readonly maxEntries: number;
  /** What they may take together, bytes. */
  readonly maxBytes: number;
  /** How long an entry is kept, milliseconds. */
  readonly ttl: number;
  readonly clock: Clock;
}

/** What stands on a shelf: for its owner alone. */
export interface ShelfEntry {
  /** Entries of two kinds share the limits and nothing else. */
  readonly kind: string;
  readonly owner: string;
  readonly id: string;
  /** What it holds, bytes; the shelf adds what an entry takes besides. */
  bytes: number;
  /** Monotonic milliseconds; the shelf's own. */
  expiresAt: number;
}

/** What an entry takes besides its contents, about: its places in the maps, keys, buffer. */
const ENTRY_BYTES = 512;
/** How often what has expired is looked for, besides at each use, milliseconds. */
const SWEEP_INTERVAL = 60_000;

/**
 * Entries in memory, bounded by number, bytes and time. Above the limits those go that were not read or written for
 * the longest time.
 */
export class MemoryShelf<E extends ShelfEntry> {
  readonly #options: MemoryShelfOptions;
  readonly #owners = new Map<string, Map<string, E>>();
  // Sets keep the order in which things were added: the first is the oldest, or the longest unused.
  readonly #byAge = new Set<E>();
  readonly #byUse = new Set<E>();
  readonly #stopSweeping: () => void;
  readonly #counts = new Map<E["kind"], number>();
  #bytes = 0;

  constructor(options: MemoryShelfOptions) {
    this.#options = options;
    this.#stopSweeping = options.clock.every(SWEEP_INTERVAL, () => this.#expire());
  }

  /** What is taken now, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Puts an entry in place of the one of its owner and id. @throws {Error} where it is larger than the shelf. */
  put(entry: E): void {
    this.#expire();
    this.#check(entry, entry.bytes);
    const key = keyOf(entry.kind, entry.id);
    const before = this.#owners.get(entry.owner)?.get(key);
    if (before !== undefined) this.remove(before);
    this.#makeRoom(ENTRY_BYTES + entry.bytes, 1, entry);
    const own = this.#owners.get(entry.owner) ?? new Map<string, E>();
    own.set(key, entry);
    this.#owners.set(entry.owner, own);
    this.#byUse.add(entry);
    this.#counts.set(entry.kind, (this.#counts.get(entry.kind) ?? 0) + 1);
    this.#bytes += ENTRY_BYTES + entry.bytes;
    this.prolong(entry);
  }

  /** An entry that was found; looking is not using it. */
  find<K extends E["kind"]>(kind: K, owner: string, id: string): Extract<E, { kind: K }> | null {
    this.#expire();
    const entry = this.#owners.get(owner)?.get(keyOf(kind, id));
    return entry === undefined ? null : entry as Extract<E, { kind: K }>;
  }

  /** Says that an entry was used. */
  use(entry: E): void {
    this.#byUse.delete(entry);
    this.#byUse.add(entry);
  }

  /** Notes that an entry holds `bytes` now. A use. @throws {Error} where it is larger than the shelf; then it stays. */
  resize(entry: E, bytes: number): void {
    this.#check(entry, bytes);
    this.use(entry);
    this.#makeRoom(bytes - entry.bytes, 0, entry);
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
  }

  /** Its time to live begins anew. */
  prolong(entry: E): void {
    entry.expiresAt = this.#options.clock.now() + this.#options.ttl;
    this.#byAge.delete(entry);
    this.#byAge.add(entry);
  }

  remove(entry: E): void {
    const own = this.#owners.get(entry.owner);
    const key = keyOf(entry.kind, entry.id);
    if (own?.get(key) !== entry) return;
    own.delete(key);
    if (own.size === 0) this.#owners.delete(entry.owner);
    this.#byAge.delete(entry);
    this.#byUse.delete(entry);
    this.#counts.set(entry.kind, (this.#counts.get(entry.kind) ?? 1) - 1);
    this.#bytes -= ENTRY_BYTES + entry.bytes;
  }

  /** How many of a kind there are. */
  count(kind: E["kind"]): number {
    this.#expire();
    return this.#counts.get(kind) ?? 0;
  }

  /** When an entry's time to live began, Unix milliseconds. */
  changedAt(entry: E): number {
    const { clock, ttl } = this.#options;
    return clock.wall() - clock.now() + entry.expiresAt - ttl;
  }

  /** All entries, the oldest first. */
  entries(): Iterable<E> {
    this.#expire();
    return this.#byAge;
  }

  close(): void {
    this.#stopSweeping();
    this.#owners.clear();
    this.#byAge.clear();
    this.#byUse.clear();
    this.#counts.clear();
    this.#bytes = 0;
  }

  #check(entry: E, bytes: number): void {
    const { maxBytes } = this.#options;
    if (ENTRY_BYTES + bytes <= maxBytes) return;
    throw new Refusal(`Cannot store "${entry.id}": ${ENTRY_BYTES + bytes} bytes are more than ${maxBytes}`);
  }

  #makeRoom(bytes: number, entries: number, except: E): void {
    const { maxEntries, maxBytes } = this.#options;
    for (const entry of this.#byUse) {
      if (this.#byUse.size + entries <= maxEntries && this.#bytes + bytes <= maxBytes) return;
      if (entry !== except) this.remove(entry);
    }
  }

  #expire(): void {
    const now = this.#options.clock.now();
    for (const entry of this.#byAge) {
      if (entry.expiresAt > now) break;
      this.remove(entry);
    }
  }
}

function keyOf(kind: string, id: string): string {
  return `${kind} ${id}`;
}
