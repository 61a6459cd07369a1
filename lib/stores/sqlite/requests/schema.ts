import { COUNTS } from "../../request_store.ts";

/**
 * A row holds what is searched by, as numbers of `names` where it is a word; all else stands in its record, at a
 * place of a block, which is a batch as it came. Rows are numbered in the order in which they were committed, so that
 * who has seen one has seen all before it.
 * `ids` is `IdIndex`'s.
 */
const VERSION_1 = `
CREATE TABLE names (
  number INTEGER PRIMARY KEY,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  label TEXT NOT NULL,
  UNIQUE (field, value)
) STRICT;

CREATE TABLE blocks (number INTEGER PRIMARY KEY, records BLOB NOT NULL) STRICT;

CREATE TABLE rows (
  id INTEGER PRIMARY KEY,
  block INTEGER NOT NULL,
  place INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  status INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  slow INTEGER NOT NULL,
  stream INTEGER NOT NULL,
  fallback INTEGER NOT NULL,
  model INTEGER NOT NULL,
  provider INTEGER NOT NULL,
  key INTEGER NOT NULL,
  team INTEGER NOT NULL,
  route INTEGER NOT NULL,
  category INTEGER NOT NULL,
  cache INTEGER NOT NULL,
  error_type INTEGER NOT NULL,
  searched TEXT NOT NULL
) STRICT;
CREATE INDEX rows_by_model ON rows (model);
CREATE INDEX rows_by_key ON rows (key) WHERE key > 0;
CREATE INDEX rows_by_category ON rows (category) WHERE category > 0;
CREATE INDEX rows_by_cache ON rows (cache) WHERE cache > 0;
CREATE INDEX rows_by_error_type ON rows (error_type) WHERE error_type > 0;
CREATE INDEX rows_by_outcome ON rows (outcome) WHERE outcome > 0;
CREATE INDEX rows_not_good ON rows (id) WHERE outcome > 0;
CREATE INDEX rows_slow ON rows (slow) WHERE slow = 1;
CREATE INDEX rows_with_fallback ON rows (fallback) WHERE fallback = 1;

CREATE TABLE ids (bucket INTEGER PRIMARY KEY, hashes BLOB NOT NULL) STRICT;

CREATE TABLE rollups (
  period INTEGER NOT NULL,
  start INTEGER NOT NULL,
  model INTEGER NOT NULL,
  provider INTEGER NOT NULL,
  key INTEGER NOT NULL,
  team INTEGER NOT NULL,
  status INTEGER NOT NULL,
  ${COUNTS.map((name) => `${name} ${name === "cost_usd" ? "REAL" : "INTEGER"} NOT NULL`).join(",\n  ")},
  duration BLOB NOT NULL,
  ttft BLOB NOT NULL,
  overhead BLOB NOT NULL,
  PRIMARY KEY (period, start, model, provider, key, team, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE totals (last_id INTEGER NOT NULL) STRICT;
INSERT INTO totals VALUES (0);
`;

/** SQL that makes version N + 1 of version N: rows are added, never changed. */
export const MIGRATIONS: readonly string[] = [VERSION_1];
