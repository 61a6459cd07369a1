import type { ConversationStore, StoredResponse } from "./conversation_store.ts";
import type { TurnText } from "./sqlite/conversations/commands.ts";
import type { SqliteShelf } from "./sqlite_shelf.ts";

/** Turns in the file of an {@linkcode SqliteShelf}. */
export class SqliteConversationStore implements ConversationStore {
  readonly backend = "sqlite";
  readonly #shelf: SqliteShelf;

  constructor(shelf: SqliteShelf) {
    this.#shelf = shelf;
  }

  async create(turn: StoredResponse): Promise<void> {
    this.#shelf.note(await this.#shelf.run("create", textOf(turn), this.#shelf.now()));
  }

  async get(owner: string, id: string): Promise<StoredResponse | null> {
    const found = await this.#shelf.run("get", owner, id, this.#shelf.now());
    if (found === null) return null;
    if (found.stale) this.#shelf.touch("touchChain", owner, id);
    return JSON.parse(found.json);
  }

  async chain(owner: string, id: string): Promise<StoredResponse[] | null> {
    const found = await this.#shelf.run("chain", owner, id, this.#shelf.now());
    if (found === null) return null;
    if (found.some(({ stale }) => stale)) this.#shelf.touch("touchChain", owner, id);
    return found.map(({ json }) => JSON.parse(json));
  }

  async delete(owner: string, id: string): Promise<boolean> {
    const { existed, turns } = await this.#shelf.run("delete", owner, id, this.#shelf.now());
    this.#shelf.turns = turns;
    return existed;
  }

  /** As of this process's last write, or the last sweep. */
  activeCount(): number {
    return this.#shelf.turns;
  }

  close(): Promise<void> {
    return this.#shelf.close();
  }
}

export function textOf({ response, ...turn }: StoredResponse): TurnText {
  const { owner, id, previousId } = turn;
  return { owner, id, previousId, json: JSON.stringify(turn), response: JSON.stringify(response) };
}
