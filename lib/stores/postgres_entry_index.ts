import type { EntryIndex, EntryQuery, EntryRef } from "./entry_index.ts";
import { kept, restored } from "./postgres/text.ts";
import type { PostgresShelf } from "./postgres_shelf.ts";

/** What there is in the tables of a {@linkcode PostgresShelf}. */
export class PostgresEntryIndex implements EntryIndex {
  readonly #shelf: PostgresShelf;

  constructor(shelf: PostgresShelf) {
    this.#shelf = shelf;
  }

  async page({ after, limit, owner, since }: EntryQuery): Promise<readonly EntryRef[]> {
    const whose = owner === null ? null : kept(owner);
    const rows = await this.#shelf.run(
      "index",
      Number(after ?? 0),
      limit,
      whose,
      since,
      this.#shelf.oldest(),
    );
    return rows.map((row) => ({
      kind: row["kind"] === "turn" ? "turn" : "conversation",
      owner: restored(String(row["owner"])),
      id: restored(String(row["id"])),
      changedAt: Number(row["changed_at"]),
      run: row["run"] === true,
      position: String(row["number"]),
    }));
  }
}
