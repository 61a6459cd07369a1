import {
  type Grants,
  type KeyRecord,
  NO_LIMITS,
  type TeamRecord,
  type UserRecord,
} from "../../lib/stores/key_records.ts";

export const NO_GRANTS: Grants = { models: null, routes: null, addresses: null };

const ACCOUNT = {
  ...NO_GRANTS,
  ...NO_LIMITS,
  name: "",
  tags: {},
  expires_at: null,
  disabled: false,
  created_at: 1_000,
  updated_at: 1_000,
  created_by: "master",
  revision: 1,
};

/** 64 digits that begin with those given. */
export function digest(start: string): string {
  return start.padEnd(64, "0");
}

export function teamRecord(id: string, more: Partial<TeamRecord> = {}): TeamRecord {
  return { ...ACCOUNT, id, ...more };
}

export function userRecord(id: string, more: Partial<UserRecord> = {}): UserRecord {
  return { ...ACCOUNT, id, team: "", ...more };
}

export function keyRecord(id: string, more: Partial<KeyRecord> = {}): KeyRecord {
  return {
    ...ACCOUNT,
    id,
    sha256: digest(id.slice("key_".length)),
    tail: "abcd",
    previous: null,
    role: "inference",
    owner: "",
    team: "",
    user: "",
    ...more,
  };
}
