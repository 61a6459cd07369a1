import { type Clock, systemClock } from "../../clock.ts";
import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import type { StoredResponse } from "../conversation_store.ts";
import type { EntryRef } from "../entry_index.ts";
import type { StoredConversation } from "../item_store.ts";
import { Refusal } from "../refusal.ts";
import type { Stores } from "../stores.ts";
import { conversationOf, eventOf, itemOf, turnOf } from "./conversation_values.ts";
import type { Taken, Transfer, TransferFilter, TransferRecord } from "./transfer.ts";
import type { TransferClock } from "./transfer_clock.ts";
import { TransferError } from "./transfer_error.ts";
import { Window } from "./window.ts";

export interface ConversationTransferOptions {
  /** Made with `clock`. */
  readonly stores: Stores;
  readonly clock: TransferClock;
  /** How long an entry is kept there, milliseconds. */
  readonly ttl: number;
  /** For tests; default the system's. */
  readonly time?: Clock;
}

/** Entries that are looked up at a time; how many of them are read, or turns written, at the same time. */
const PAGE = 500;
const AT_ONCE = 16;
/** Events or items that are read, and written, at a time, and their text. */
const PARTS = 100;
const PART_CHARACTERS = 1024 * 1024;
/** A run that is taken in has to be whole by then, or it counts as given up, milliseconds. */
const LEASE = 600_000;

/** What was taken in last, whose parts may follow. */
interface Open {
  readonly kind: "run" | "conversation";
  readonly owner: string;
  readonly id: string;
  readonly at: number;
  /** The last response of a run that is over; null: it is not, or is no run. */
  readonly response: JsonObject | null;
  parts: JsonObject[];
  characters: number;
}

/** Turns, background runs with their events, and conversations with their items. */
export class ConversationTransfer implements Transfer {
  readonly kinds = ["turn", "run", "event", "conversation", "item"];
  readonly #stores: Stores;
  readonly #clock: TransferClock;
  readonly #ttl: number;
  readonly #time: Clock;
  readonly #turns = new Window(AT_ONCE);
  #open: Open | null = null;

  constructor({ stores, clock, ttl, time = systemClock }: ConversationTransferOptions) {
    this.#stores = stores;
    this.#clock = clock;
    this.#ttl = ttl;
    this.#time = time;
  }

  async *records(filter: TransferFilter): AsyncGenerator<TransferRecord> {
    // By that clock nothing is too old.
    this.#clock.set(0);
    const since = Math.max(filter.since, this.#oldest());
    for (let after: string | null = null;;) {
      const query = { after, limit: PAGE, owner: filter.owner, since };
      const page: readonly EntryRef[] = await this.#stores.index.page(query);
      for (let at = 0; at < page.length; at += AT_ONCE) {
        const refs = page.slice(at, at + AT_ONCE);
        const heads = await Promise.all(refs.map((ref) => this.#head(ref)));
        for (const [index, ref] of refs.entries()) {
          const head = heads[index] ?? null;
          // Null: it went meanwhile.
          if (head === null) continue;
          yield head;
          if (head.kind === "conversation") yield* this.#items(ref);
          if (head.kind === "run") yield* this.#events(ref);
        }
      }
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.position;
    }
  }

  async take(record: TransferRecord, tell: (taken: Taken) => void): Promise<void> {
    const { kind, at, value } = record;
    if (kind === "event" || kind === "item") return await this.#takePart(record);
    await this.#writeOpen();
    if (at < this.#oldest()) return tell("expired");
    if (kind === "turn") {
      const turn = turnOf(value);
      return await this.#turns.add(async () => tell(await refusable(() => this.#takeTurn(turn, at))));
    }
    const begin = kind === "run"
      ? () => this.#beginRun(turnOf(value), value["finished"] === true, at)
      : () => this.#takeConversation(conversationOf(value), at);
    tell(await refusable(begin));
  }

  async flush(whole: boolean): Promise<void> {
    if (whole) await this.#writeOpen();
    else if (this.#open !== null) await this.#writeParts(this.#open);
    this.#open = null;
    await this.#turns.done();
  }

  close(): Promise<void> {
    return this.#stores.turns.close();
  }

  #oldest(): number {
    return this.#time.wall() - this.#ttl + 1;
  }

  /** Stores look at their clock before anything else. */
  #at<T>(at: number, change: () => Promise<T>): Promise<T> {
    this.#clock.set(at);
    return change();
  }

  async #head(ref: EntryRef): Promise<TransferRecord | null> {
    const { kind, owner, id, changedAt: at, run } = ref;
    const { turns, items, runs } = this.#stores;
    const found = kind === "turn" ? await turns.get(owner, id) : await items.get(owner, id);
    if (found === null) return null;
    const value: JsonObject = { ...found } as unknown as JsonObject;
    if (!run) return { kind, owner, at, value };
    const finished = (await runs.events(owner, id, Number.MAX_SAFE_INTEGER, 1))?.finished ?? true;
    return { kind: "run", owner, at, value: { ...value, finished } };
  }

  async *#items({ owner, id, changedAt: at }: EntryRef): AsyncGenerator<TransferRecord> {
    for (let after: string | null = null;;) {
      const page = await this.#stores.items.list(owner, id, { after, limit: PARTS, order: "asc" });
      for (const item of page?.items ?? []) {
        yield { kind: "item", owner, at, value: { conversation: id, item } };
        after = item.id;
      }
      if (page === null || !page.hasMore) return;
    }
  }

  async *#events({ owner, id, changedAt: at }: EntryRef): AsyncGenerator<TransferRecord> {
    for (let after = -1;;) {
      const page = await this.#stores.runs.events(owner, id, after, PARTS);
      for (const { sequence, text } of page?.events ?? []) {
        yield { kind: "event", owner, at, value: { run: id, sequence, text } };
        after = sequence;
      }
      if ((page?.events.length ?? 0) < PARTS) return;
    }
  }

  async #takeTurn(turn: StoredResponse, at: number): Promise<Taken> {
    const { turns } = this.#stores;
    if (await this.#at(at, () => turns.get(turn.owner, turn.id)) !== null) return "there";
    await this.#at(at, () => turns.create(turn));
    return "added";
  }

  async #beginRun(turn: StoredResponse, finished: boolean, at: number): Promise<Taken> {
    const { turns, runs } = this.#stores;
    const { owner, id, response } = turn;
    const there = await this.#at(at, () => turns.get(owner, id)) !== null;
    if (there) {
      const page = await this.#at(at, () => runs.events(owner, id, -1, 1));
      // What an earlier import left half done is brought to its end.
      if (!finished || page === null || page.finished) return "there";
    } else {
      // One that was under way where it comes from is nobody's here: whoever finds it calls it failed.
      const lease = { process: "import", until: finished ? this.#time.wall() + LEASE : 0 };
      await this.#at(at, () => runs.begin(turn, lease, []));
    }
    this.#open = {
      kind: "run",
      owner,
      id,
      at,
      response: finished ? response : null,
      parts: [],
      characters: 0,
    };
    return "added";
  }

  async #takeConversation(conversation: StoredConversation, at: number): Promise<Taken> {
    const { items } = this.#stores;
    const { owner, id } = conversation;
    const there = await this.#at(at, () => items.get(owner, id)) !== null;
    if (!there) await this.#at(at, () => items.create(conversation, []));
    // Items that are there stay as they stand.
    this.#open = { kind: "conversation", owner, id, at, response: null, parts: [], characters: 0 };
    return there ? "there" : "added";
  }

  async #takePart({ kind, owner, value }: TransferRecord): Promise<void> {
    const open = this.#open;
    const of: JsonValue | undefined = kind === "item" ? value["conversation"] : value["run"];
    // Of what is too old, was refused, or is there already.
    if (open === null || open.id !== of || open.owner !== owner) return;
    open.parts.push(value);
    open.characters += JSON.stringify(value).length;
    if (open.parts.length >= PARTS || open.characters >= PART_CHARACTERS) await this.#writeParts(open);
  }

  async #writeOpen(): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    await this.#writeParts(open);
    this.#open = null;
    const { owner, id, at, response } = open;
    if (response !== null) await this.#at(at, () => this.#stores.runs.finish(owner, id, response, []));
  }

  async #writeParts({ kind, owner, id, at, ...open }: Open): Promise<void> {
    const { items, runs } = this.#stores;
    if (open.parts.length === 0) return;
    const parts = open.parts.splice(0);
    const written = kind === "run"
      ? await this.#at(at, () => runs.append(owner, id, parts.map(eventOf)))
      : await this.#at(at, () => items.append(owner, id, parts.map(itemOf)));
    if (!written) {
      throw new TransferError(`"${id}" went while it was imported; is it too much for the store?`);
    }
  }
}

/** What is too large for a store is refused, and the others go on. */
async function refusable(take: () => Promise<Taken>): Promise<Taken> {
  try {
    return await take();
  } catch (error) {
    if (error instanceof Refusal) return "refused";
    throw error;
  }
}
