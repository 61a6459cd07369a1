import type { JsonObject } from "../wire/canonical.ts";
import type { StoredResponse } from "./conversation_store.ts";
import { turnEntry, turnOf } from "./memory_conversation_store.ts";
import type { ConversationShelf, MemoryRun, TurnEntry } from "./memory_entries.ts";
import type { EventPage, Lease, RunStore, StoredEvent } from "./run_store.ts";

const encoder = new TextEncoder();

/** What an event takes besides its text, about. */
const EVENT_BYTES = 64;

/** A run that is not over. */
interface OpenRun {
  readonly entry: TurnEntry;
  readonly run: MemoryRun;
}

/** Runs in this process, on the shelf of its turns. */
export class MemoryRunStore implements RunStore {
  readonly #shelf: ConversationShelf;

  constructor(shelf: ConversationShelf) {
    this.#shelf = shelf;
  }

  // deno-lint-ignore require-await -- what is wrong rejects
  async begin(turn: StoredResponse, lease: Lease, events: readonly StoredEvent[]): Promise<void> {
    const entry = turnEntry(turn, { lease, events: [...events] });
    entry.bytes += bytesOf(events);
    this.#shelf.put(entry);
  }

  // deno-lint-ignore require-await -- what is wrong rejects
  async update(owner: string, id: string, response: JsonObject): Promise<boolean> {
    const open = this.#open(owner, id);
    if (open !== null) this.#change(open, response, []);
    return open !== null;
  }

  // deno-lint-ignore require-await -- what is wrong rejects
  async append(owner: string, id: string, events: readonly StoredEvent[]): Promise<boolean> {
    const open = this.#open(owner, id);
    if (open !== null) this.#change(open, null, events);
    return open !== null;
  }

  // deno-lint-ignore require-await -- what is wrong rejects
  async finish(
    owner: string,
    id: string,
    response: JsonObject,
    events: readonly StoredEvent[],
  ): Promise<boolean> {
    const open = this.#open(owner, id);
    if (open === null) return false;
    this.#change(open, response, events);
    open.run.lease = null;
    return true;
  }

  events(owner: string, id: string, after: number, limit: number): Promise<EventPage | null> {
    const entry = this.#shelf.find("turn", owner, id);
    if (entry === null || entry.run === null) return Promise.resolve(null);
    this.#shelf.use(entry);
    const { events, lease } = entry.run;
    const from = firstAfter(events, after);
    const page = events.slice(from, from + limit);
    return Promise.resolve({ events: page, finished: lease === null });
  }

  renew(lease: Lease): Promise<void> {
    for (const { entry, run } of this.#unfinished()) {
      if (run.lease?.process !== lease.process) continue;
      run.lease = lease;
      this.#shelf.use(entry);
    }
    return Promise.resolve();
  }

  abandoned(now: number, limit: number): Promise<StoredResponse[]> {
    const found: StoredResponse[] = [];
    for (const { entry, run } of this.#unfinished()) {
      if (found.length < limit && run.lease !== null && run.lease.until < now) found.push(turnOf(entry));
    }
    return Promise.resolve(found);
  }

  *#unfinished(): Generator<OpenRun> {
    for (const entry of this.#shelf.entries()) {
      if (entry.kind === "turn" && entry.run !== null && entry.run.lease !== null) {
        yield { entry, run: entry.run };
      }
    }
  }

  #open(owner: string, id: string): OpenRun | null {
    const entry = this.#shelf.find("turn", owner, id);
    if (entry === null || entry.run === null || entry.run.lease === null) return null;
    return { entry, run: entry.run };
  }

  #change({ entry, run }: OpenRun, response: JsonObject | null, events: readonly StoredEvent[]): void {
    const json = response === null
      ? entry.json
      : encoder.encode(JSON.stringify({ ...turnOf(entry), response }));
    const last = run.events.at(-1)?.sequence ?? -Infinity;
    const added = events.filter(({ sequence }) => sequence > last);
    this.#shelf.resize(entry, entry.bytes - entry.json.length + json.length + bytesOf(added));
    entry.json = json;
    run.events.push(...added);
  }
}

function bytesOf(events: readonly StoredEvent[]): number {
  return events.reduce((sum, { text }) => sum + EVENT_BYTES + 2 * text.length, 0);
}

/** Index of the first event with a higher number. */
function firstAfter(events: readonly StoredEvent[], after: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.sequence ?? Infinity) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
