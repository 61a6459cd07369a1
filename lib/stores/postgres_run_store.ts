import type { JsonObject } from "../wire/canonical.ts";
import { ChangingRunStore } from "./changing_run_store.ts";
import type { StoredResponse } from "./conversation_store.ts";
import { byteLength } from "../byte_length.ts";
import { turnEntry, turnOf } from "./postgres/conversations/entry.ts";
import { EVENT_BYTES } from "./postgres/conversations/statements.ts";
import { kept, restored } from "./postgres/text.ts";
import type { PostgresShelf } from "./postgres_shelf.ts";
import type { EventPage, Lease, RunStore, StoredEvent } from "./run_store.ts";

/** Runs in the tables of a {@linkcode PostgresShelf}. */
export class PostgresRunStore extends ChangingRunStore implements RunStore {
  readonly #shelf: PostgresShelf;

  constructor(shelf: PostgresShelf) {
    super();
    this.#shelf = shelf;
  }

  async begin(turn: StoredResponse, lease: Lease, events: readonly StoredEvent[]): Promise<void> {
    const { bytes, values } = turnEntry(turn, lease, events.at(-1)?.sequence ?? null);
    const [sequences, texts] = columnsOf(events);
    const eventBytes = texts.reduce((sum, text) => sum + EVENT_BYTES + byteLength(text), 0);
    this.#shelf.check(turn.id, bytes + eventBytes);
    const [row] = await this.#shelf.run(
      "putTurn",
      ...values(this.#shelf.now(), eventBytes),
      sequences,
      texts,
    );
    const added = row?.["added"] === true ? 1 : 0;
    if (row !== undefined) {
      await this.#shelf.limits.note(row, { entries: added, turns: added, bytes: bytes + eventBytes });
    }
  }

  async events(owner: string, id: string, after: number, limit: number): Promise<EventPage | null> {
    const rows = await this.#shelf.run(
      "events",
      kept(owner),
      kept(id),
      this.#shelf.oldest(),
      Math.max(Number.MIN_SAFE_INTEGER, after),
      limit,
    );
    const [first] = rows;
    if (first === undefined) return null;
    const events = rows.filter(({ text }) => text !== null).map(({ sequence, text }) => ({
      sequence: Number(sequence),
      text: restored(String(text)),
    }));
    return { events, finished: first["finished"] === true };
  }

  async renew({ process, until }: Lease): Promise<void> {
    await this.#shelf.run("renew", process, until, this.#shelf.now());
  }

  async abandoned(now: number, limit: number): Promise<StoredResponse[]> {
    return (await this.#shelf.run("abandoned", now, this.#shelf.oldest(), limit)).map(turnOf);
  }

  protected override async change(
    owner: string,
    id: string,
    response: JsonObject | null,
    events: readonly StoredEvent[],
    finish: boolean,
  ): Promise<boolean> {
    const [row] = await this.#shelf.run(
      "changeRun",
      kept(owner),
      kept(id),
      this.#shelf.oldest(),
      ...columnsOf(events),
      response === null ? null : JSON.stringify(response),
      finish,
      this.#shelf.now(),
      this.#shelf.maxBytes,
    );
    if (row === undefined) return false;
    this.#shelf.check(id, Number(row["size"]));
    await this.#shelf.limits.note(row, { bytes: Number(row["more"]) });
    return true;
  }
}

function columnsOf(events: readonly StoredEvent[]): readonly [number[], string[]] {
  return [events.map(({ sequence }) => sequence), events.map(({ text }) => kept(text))];
}
