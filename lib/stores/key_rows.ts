import type { KeyRecord, KeyRecords, RecordKind, UserRecord } from "./key_records.ts";

/** A record as a database has it: what it is looked for by, and all of it as JSON. */
export interface KeyRow {
  readonly id: string;
  /** Empty: none. */
  readonly team: string;
  readonly user: string;
  readonly disabled: boolean;
  readonly revision: number;
  /** Of a key: what it is presented as, and was before it was rotated. */
  readonly digests: readonly string[];
  readonly body: string;
}

export function rowOf<K extends RecordKind>(record: KeyRecords[K]): KeyRow {
  const { id, disabled, revision }: KeyRecords[RecordKind] = record;
  const { team = "", user = "", sha256, previous = null }: Partial<KeyRecord> & Partial<UserRecord> = record;
  return {
    id,
    team,
    user,
    disabled,
    revision,
    digests: sha256 === undefined ? [] : previous === null ? [sha256] : [sha256, previous.sha256],
    body: JSON.stringify(record),
  };
}

/** @param body what {@linkcode rowOf} made. */
export function recordOf<K extends RecordKind>(body: string): KeyRecords[K] {
  return JSON.parse(body) as KeyRecords[K];
}

/** What was found by a digest: a key and, where they are there, its team and its user. */
export type FoundBodies = readonly [key: string, team: string | null, user: string | null];

export function foundKey([key, team, user]: FoundBodies) {
  return {
    key: recordOf<"key">(key),
    team: team === null ? null : recordOf<"team">(team),
    user: user === null ? null : recordOf<"user">(user),
  };
}
