/** Where an entry is, and since when. */
export interface EntryRef {
  readonly kind: "turn" | "conversation";
  readonly owner: string;
  readonly id: string;
  /** When its time to live began, Unix milliseconds. */
  readonly changedAt: number;
  /** A turn that was or is made in the background. */
  readonly run: boolean;
  /** Of this entry, for the page behind it. */
  readonly position: string;
}

export interface EntryQuery {
  /** Position of the last entry that is known; null: from the first. */
  readonly after: string | null;
  /** At most so many; there may be fewer, and none: that was all. */
  readonly limit: number;
  /** Null: of all owners. */
  readonly owner: string | null;
  /** Those that changed at or after this moment, Unix milliseconds. */
  readonly since: number;
}

/**
 * What there is in a store, of all owners, for export. What is there the whole time is found once; what comes, goes or
 * is replaced meanwhile may be found or not. Every implementation passes `tests/stores/entry_index_contract.ts`.
 */
export interface EntryIndex {
  page(query: EntryQuery): Promise<readonly EntryRef[]>;
}
