import type { Clock } from "../clock.ts";
import type { ConversationStore, StoredResponse } from "./conversation_store.ts";

export interface MemoryConversationStoreOptions {
  /** Turns that are kept at most. */
  readonly maxEntries: number;
  /** What they may take together, bytes. */
  readonly maxBytes: number;
  /** How long a turn is kept after it was stored, milliseconds. */
  readonly ttl: number;
  readonly clock: Clock;
}

interface Entry {
  readonly owner: string;
  readonly id: string;
  readonly previousId: string | null;
  /** The turn as JSON: small, of known size, and nobody else's to change. */
  readonly json: Uint8Array;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
}

/** What an entry takes besides its JSON, about: its places in the maps, keys, buffer. */
const ENTRY_BYTES = 512;
/** How often what has expired is looked for, besides at each use, milliseconds. */
const SWEEP_INTERVAL = 60_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Conversations in this process. Above its limits the turns go that were not read or written for the longest
 * time; reading a chain counts as a use of every turn in it, so a conversation that goes on stays whole. The
 * time to live is a promise about age and runs from the storing, used or not.
 */
export class MemoryConversationStore implements ConversationStore {
  readonly backend = "memory";
  readonly #options: MemoryConversationStoreOptions;
  readonly #owners = new Map<string, Map<string, Entry>>();
  // Sets keep the order in which things were added: the first is the oldest, or the longest unused.
  readonly #byAge = new Set<Entry>();
  readonly #byUse = new Set<Entry>();
  readonly #stopSweeping: () => void;
  #bytes = 0;

  constructor(options: MemoryConversationStoreOptions) {
    this.#options = options;
    this.#stopSweeping = options.clock.every(SWEEP_INTERVAL, () => this.#expire());
  }

  /** What is taken now, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  create(turn: StoredResponse): Promise<void> {
    const { clock, ttl, maxBytes, maxEntries } = this.#options;
    const json = encoder.encode(JSON.stringify(turn));
    const { owner, id, previousId } = turn;
    const entry: Entry = { owner, id, previousId, json, expiresAt: clock.now() + ttl };
    const bytes = bytesOf(entry);
    if (bytes > maxBytes) {
      return Promise.reject(
        new Error(`Cannot store response "${id}": ${bytes} bytes are more than ${maxBytes}`),
      );
    }
    this.#expire();
    this.#remove(this.#find(owner, id));
    while (this.#byUse.size >= maxEntries || this.#bytes + bytes > maxBytes) this.#remove(first(this.#byUse));
    const turns = this.#owners.get(owner) ?? new Map<string, Entry>();
    turns.set(id, entry);
    this.#owners.set(owner, turns);
    this.#byAge.add(entry);
    this.#byUse.add(entry);
    this.#bytes += bytes;
    return Promise.resolve();
  }

  get(owner: string, id: string): Promise<StoredResponse | null> {
    this.#expire();
    const entry = this.#find(owner, id);
    return Promise.resolve(entry === null ? null : this.#use(entry));
  }

  chain(owner: string, id: string): Promise<StoredResponse[] | null> {
    this.#expire();
    const entries = new Set<Entry>();
    for (let at: string | null = id; at !== null;) {
      const entry = this.#find(owner, at);
      // A turn that replaced another may lead back to itself: such a chain has no beginning.
      if (entry === null || entries.has(entry)) return Promise.resolve(null);
      entries.add(entry);
      at = entry.previousId;
    }
    return Promise.resolve([...entries].reverse().map((entry) => this.#use(entry)));
  }

  delete(owner: string, id: string): Promise<boolean> {
    this.#expire();
    return Promise.resolve(this.#remove(this.#find(owner, id)));
  }

  activeCount(): number {
    this.#expire();
    return this.#byAge.size;
  }

  close(): Promise<void> {
    this.#stopSweeping();
    this.#owners.clear();
    this.#byAge.clear();
    this.#byUse.clear();
    this.#bytes = 0;
    return Promise.resolve();
  }

  #find(owner: string, id: string): Entry | null {
    return this.#owners.get(owner)?.get(id) ?? null;
  }

  #use(entry: Entry): StoredResponse {
    this.#byUse.delete(entry);
    this.#byUse.add(entry);
    return JSON.parse(decoder.decode(entry.json));
  }

  #expire(): void {
    const now = this.#options.clock.now();
    for (const entry of this.#byAge) {
      if (entry.expiresAt > now) break;
      this.#remove(entry);
    }
  }

  /** @returns whether there was one. */
  #remove(entry: Entry | null): boolean {
    if (entry === null) return false;
    const turns = this.#owners.get(entry.owner);
    turns?.delete(entry.id);
    if (turns?.size === 0) this.#owners.delete(entry.owner);
    this.#byAge.delete(entry);
    this.#byUse.delete(entry);
    this.#bytes -= bytesOf(entry);
    return true;
  }
}

function bytesOf(entry: Entry): number {
  return ENTRY_BYTES + entry.json.length;
}

function first(entries: ReadonlySet<Entry>): Entry | null {
  for (const entry of entries) return entry;
  return null;
}
