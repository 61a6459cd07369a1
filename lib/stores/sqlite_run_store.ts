import type { JsonObject } from "../wire/canonical.ts";
import { ChangingRunStore } from "./changing_run_store.ts";
import type { StoredResponse } from "./conversation_store.ts";
import type { EventPage, Lease, RunStore, StoredEvent } from "./run_store.ts";
import { textOf } from "./sqlite_conversation_store.ts";
import type { SqliteShelf } from "./sqlite_shelf.ts";

/** Runs in the file of an {@linkcode SqliteShelf}. */
export class SqliteRunStore extends ChangingRunStore implements RunStore {
  readonly #shelf: SqliteShelf;

  constructor(shelf: SqliteShelf) {
    super();
    this.#shelf = shelf;
  }

  async begin(turn: StoredResponse, lease: Lease, events: readonly StoredEvent[]): Promise<void> {
    this.#shelf.note(await this.#shelf.run("begin", textOf(turn), lease, events, this.#shelf.now()));
  }

  events(owner: string, id: string, after: number, limit: number): Promise<EventPage | null> {
    return this.#shelf.run("events", owner, id, after, limit, this.#shelf.now());
  }

  renew(lease: Lease): Promise<void> {
    return this.#shelf.run("renew", lease.process, lease.until, this.#shelf.now());
  }

  async abandoned(now: number, limit: number): Promise<StoredResponse[]> {
    const found = await this.#shelf.run("abandoned", now, limit, this.#shelf.now());
    return found.map((json) => JSON.parse(json));
  }

  protected override async change(
    owner: string,
    id: string,
    response: JsonObject | null,
    events: readonly StoredEvent[],
    finish: boolean,
  ): Promise<boolean> {
    const json = response === null ? null : JSON.stringify(response);
    const level = await this.#shelf.run("change", owner, id, json, events, finish, this.#shelf.now());
    if (level !== null) this.#shelf.note(level);
    return level !== null;
  }
}
