import type { EntryIndex, EntryQuery, EntryRef } from "./entry_index.ts";
import type { ConversationShelf } from "./memory_entries.ts";

/** What there is on a shelf. A position is how many stood before it. */
export class MemoryEntryIndex implements EntryIndex {
  readonly #shelf: ConversationShelf;

  constructor(shelf: ConversationShelf) {
    this.#shelf = shelf;
  }

  page({ after, limit, owner, since }: EntryQuery): Promise<readonly EntryRef[]> {
    const refs: EntryRef[] = [];
    let place = 0;
    for (const entry of this.#shelf.entries()) {
      if (++place <= Number(after ?? 0) || owner !== null && entry.owner !== owner) continue;
      const changedAt = this.#shelf.changedAt(entry);
      if (changedAt < since) continue;
      const { kind, owner: its, id } = entry;
      const run = entry.kind === "turn" && entry.run !== null;
      refs.push({ kind, owner: its, id, changedAt, run, position: String(place) });
      if (refs.length === limit) break;
    }
    return Promise.resolve(refs);
  }
}
