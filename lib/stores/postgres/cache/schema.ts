import { boundedEntries } from "../bounded_entries.ts";
import type { PostgresDatabase } from "../database.ts";

export const cacheEntries = boundedEntries("cache");

/** All times are Unix milliseconds of the gateways' clocks. */
const VERSION_1 = `
CREATE TABLE cache_entries (
  number bigserial PRIMARY KEY,
  owner text NOT NULL,
  key text NOT NULL,
  value text NOT NULL,
  bytes bigint NOT NULL,
  stored_at bigint NOT NULL,
  used_at bigint NOT NULL,
  until bigint NOT NULL,
  UNIQUE (owner, key)
);
CREATE INDEX cache_entries_by_end ON cache_entries (until);
CREATE INDEX cache_entries_by_use ON cache_entries (used_at, number);
${cacheEntries.migration}
`;

/** Answers that are kept. */
export const cache: PostgresDatabase = { name: "cache", migrations: [VERSION_1] };
