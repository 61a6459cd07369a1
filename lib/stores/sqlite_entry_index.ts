import type { EntryIndex, EntryQuery, EntryRef } from "./entry_index.ts";
import type { SqliteShelf } from "./sqlite_shelf.ts";

/** What there is in the file of an {@linkcode SqliteShelf}. */
export class SqliteEntryIndex implements EntryIndex {
  readonly #shelf: SqliteShelf;

  constructor(shelf: SqliteShelf) {
    this.#shelf = shelf;
  }

  async page({ after, limit, owner, since }: EntryQuery): Promise<readonly EntryRef[]> {
    const found = await this.#shelf.run("index", Number(after ?? 0), limit, owner, since, this.#shelf.now());
    return found.map(({ number, ...ref }) => ({ ...ref, position: String(number) }));
  }
}
