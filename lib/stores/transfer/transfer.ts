import type { JsonObject } from "../../wire/canonical.ts";

/** One line of an export. */
export interface TransferRecord {
  /** `turn`, `conversation`, `item`, …: whose it is to read. */
  readonly kind: string;
  /** Null: nobody's. */
  readonly owner: string | null;
  /** When what it belongs to last changed, Unix milliseconds. */
  readonly at: number;
  readonly value: JsonObject;
}

/** What of all that is kept is meant. */
export interface TransferFilter {
  /** Null: of all owners. */
  readonly owner: string | null;
  /** What changed at or after this moment, Unix milliseconds. */
  readonly since: number;
}

/** What became of a record that was to be taken in. */
export type Taken =
  | "added"
  /** It was there, and stays as it stands. */
  | "there"
  /** It is older than what is kept, or, where things stand in the order of their ends, than what is there. */
  | "expired"
  /** The store does not take it: it is too large, say. */
  | "refused";

/**
 * The way of one kind of store out and in. Records that belong together come one after the other, in the order in which
 * they have to be taken in. Taking in changes nothing that is there, so that it can be done again after it broke off.
 */
export interface Transfer {
  /** Kinds of records that it writes and reads. */
  readonly kinds: readonly string[];
  records(filter: TransferFilter): AsyncIterable<TransferRecord>;
  /**
   * Resolves once it is ready for the next. What becomes of a record is told by `tell`, perhaps later; parts of another
   * count with it.
   * @throws {Error} where the store fails, for an earlier one perhaps, or the record is none of its kind.
   */
  take(record: TransferRecord, tell: (taken: Taken) => void): Promise<void>;
  /**
   * Resolves once all that was taken in is safe.
   * @param whole that was all; else the last one may lack parts, and has to be as one that was begun.
   * @throws as `take`.
   */
  flush(whole: boolean): Promise<void>;
  close(): Promise<void>;
}
