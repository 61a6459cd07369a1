import type { KeyRecord, KeyRecords, RecordKind, TeamRecord, UserRecord } from "./key_records.ts";

/** A key with those above it; null: it names none, or one that is not there. */
export interface FoundKey {
  readonly key: KeyRecord;
  readonly team: TeamRecord | null;
  readonly user: UserRecord | null;
}

export interface RecordFilter {
  /** Of keys and users; absent: whatever team. */
  readonly team?: string | undefined;
  /** Of keys; absent: whoever's. */
  readonly user?: string | undefined;
  readonly disabled?: boolean | undefined;
}

export interface RecordPage extends RecordFilter {
  /** Those behind this id in the order of ids; empty: from the first. */
  readonly after: string;
  readonly limit: number;
}

/** What became of a change. */
export type Change =
  | "done"
  /** Creating: the id or the key is there already. Replacing and removing: somebody else was first. */
  | "conflict"
  | "not_found";

/** What became of a new one: `full`: there are as many of its kind as there may be. */
export type Creation = "done" | "conflict" | "full";

/**
 * Where keys, teams and users are kept. What is acknowledged is there for all processes that share the store. Every
 * method rejects where the store cannot be reached.
 */
export interface KeyStore {
  readonly backend: string;
  /** A number that is another one after each change of anything, for those who keep copies. */
  version(): Promise<number>;
  /** The key that has a digest, or had it before it was rotated, however long ago; null: none. */
  find(sha256: string): Promise<FoundKey | null>;
  get<K extends RecordKind>(kind: K, id: string): Promise<KeyRecords[K] | null>;
  /** In the order of their ids. */
  list<K extends RecordKind>(kind: K, page: RecordPage): Promise<readonly KeyRecords[K][]>;
  /** @param most of its kind that there may be afterwards; default: no bound. */
  create<K extends RecordKind>(kind: K, record: KeyRecords[K], most?: number): Promise<Creation>;
  /** Puts a record in the place of the one with its id, which has to be the revision before it. */
  replace<K extends RecordKind>(kind: K, record: KeyRecords[K]): Promise<Change>;
  /** @param revision the one that is removed; absent: whichever is there. */
  remove(kind: RecordKind, id: string, revision?: number): Promise<Change>;
  /** Why it cannot be used; null while it can. */
  failure(): string | null;
  close(): Promise<void>;
}
