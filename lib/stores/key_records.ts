/** What is kept of keys, teams and users. Times are Unix milliseconds; the names are those of the admin API. */

/** What may be spent in a period. */
export interface Budget {
  readonly per: "day" | "week" | "month";
  /** US dollars, more than 0. */
  readonly usd: number;
}

/** How much may be asked for; null or empty: as much as one likes. */
export interface Limits {
  /** Requests a minute. */
  readonly rpm: number | null;
  /** Tokens a minute, of input and output together. */
  readonly tpm: number | null;
  /** Requests under way at a time. */
  readonly max_parallel: number | null;
  /** One a period at most. */
  readonly budgets: readonly Budget[];
}

/** What may be asked for, and from where; null: anything. In models and routes a `*` stands for any text. */
export interface Grants {
  readonly models: readonly string[] | null;
  /** Of the routes' templates: `/v1/chat/completions`, `/v1/responses*`. */
  readonly routes: readonly string[] | null;
  /** Networks in CIDR notation, or single addresses. */
  readonly addresses: readonly string[] | null;
}

/** What keys, teams and users have in common. */
export interface Account extends Limits, Grants {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** From then on nothing is allowed; null: it does not end. */
  readonly expires_at: number | null;
  readonly disabled: boolean;
  readonly created_at: number;
  readonly updated_at: number;
  /** Who made it: `master`, or the id of a management key. */
  readonly created_by: string;
  /** Grows by one with each change, so that no two changes overwrite each other. */
  readonly revision: number;
}

/** All of a team's keys share its limits, and none of them may do what the team may not. */
export type TeamRecord = Account;

/** A person or a program with keys, in a team or in none; what holds for a team's keys holds for a user's. */
export interface UserRecord extends Account {
  /** Empty: in no team. */
  readonly team: string;
}

/** What a key is for: asking models, or making and changing keys of its team. */
export type KeyRole = "inference" | "management";

export interface KeyRecord extends Account {
  /** SHA-256 of the key, 64 hexadecimal digits in lower case; the key itself is nowhere. */
  readonly sha256: string;
  /** The key's last four characters. */
  readonly tail: string;
  /** The key before it was rotated, which is good until its time is over; null: there is none. */
  readonly previous: { readonly sha256: string; readonly tail: string; readonly until: number } | null;
  readonly role: KeyRole;
  /** Owner of what is stored for it; empty: as the configuration says (`keys.owner`). */
  readonly owner: string;
  /** Empty: in no team. */
  readonly team: string;
  /** Empty: nobody's in particular. */
  readonly user: string;
}

/** The kinds of records, by name. */
export interface KeyRecords {
  readonly key: KeyRecord;
  readonly team: TeamRecord;
  readonly user: UserRecord;
}

export type RecordKind = keyof KeyRecords;

export const NO_LIMITS: Limits = { rpm: null, tpm: null, max_parallel: null, budgets: [] };
