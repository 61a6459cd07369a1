import { checkRead } from "./refusal.ts";
import type { ConversationStore, StoredResponse } from "./conversation_store.ts";
import type { ConversationShelf, MemoryRun, TurnEntry } from "./memory_entries.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Turns in this process. Reading a chain counts as a use of every turn in it, so a conversation that goes on stays
 * whole. The time to live is a promise about age and runs from the storing, used or not.
 */
export class MemoryConversationStore implements ConversationStore {
  readonly backend = "memory";
  readonly #shelf: ConversationShelf;

  constructor(shelf: ConversationShelf) {
    this.#shelf = shelf;
  }

  // The store's own calls are asynchronous, so that what is wrong rejects.
  // deno-lint-ignore require-await
  async create(turn: StoredResponse): Promise<void> {
    this.#shelf.put(turnEntry(turn, null));
  }

  get(owner: string, id: string): Promise<StoredResponse | null> {
    const entry = this.#shelf.find("turn", owner, id);
    return Promise.resolve(entry === null ? null : this.#use(entry));
  }

  // deno-lint-ignore require-await -- what is refused rejects
  async chain(owner: string, id: string): Promise<StoredResponse[] | null> {
    const entries = new Set<TurnEntry>();
    let bytes = 0;
    for (let at: string | null = id; at !== null;) {
      const entry: TurnEntry | null = this.#shelf.find("turn", owner, at);
      // A turn that replaced another may lead back to itself: such a chain has no beginning.
      if (entry === null || entries.has(entry)) return null;
      entries.add(entry);
      bytes += entry.json.length;
      checkRead(bytes, id);
      at = entry.previousId;
    }
    return [...entries].reverse().map((entry) => this.#use(entry));
  }

  delete(owner: string, id: string): Promise<boolean> {
    const entry = this.#shelf.find("turn", owner, id);
    if (entry !== null) this.#shelf.remove(entry);
    return Promise.resolve(entry !== null);
  }

  activeCount(): number {
    return this.#shelf.count("turn");
  }

  close(): Promise<void> {
    this.#shelf.close();
    return Promise.resolve();
  }

  #use(entry: TurnEntry): StoredResponse {
    this.#shelf.use(entry);
    return turnOf(entry);
  }
}

export function turnEntry(turn: StoredResponse, run: MemoryRun | null): TurnEntry {
  const json = encoder.encode(JSON.stringify(turn));
  const { owner, id, previousId } = turn;
  return { kind: "turn", owner, id, previousId, json, run, bytes: json.length, expiresAt: 0 };
}

export function turnOf(entry: TurnEntry): StoredResponse {
  return JSON.parse(decoder.decode(entry.json));
}
