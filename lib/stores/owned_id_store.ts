export interface OwnedId {
  readonly owner: string;
  readonly id: string;
}

/**
 * Whose is what a provider keeps under an id, for callers who share its account. Bounded: of too many the oldest are
 * forgotten, and then are nobody's. Every method but the last two fails where the store cannot be reached. Every
 * implementation passes `tests/stores/owned_id_store_contract.ts`.
 */
export interface OwnedIdStore {
  readonly backend: string;
  /** Says whose some ids are; what is somebody's already stays theirs. */
  add(owner: string, ids: readonly string[]): Promise<void>;
  /** Which of some ids are an owner's. */
  of(owner: string, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** It is gone; nothing where it is not this owner's. */
  remove(owner: string, id: string): Promise<void>;
  /** All of them, the oldest first. */
  all(): AsyncIterable<OwnedId>;
  /** Why it cannot be used; null: it can. */
  failure(): string | null;
  close(): Promise<void>;
}
