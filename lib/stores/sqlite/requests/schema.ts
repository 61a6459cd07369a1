import { COUNTS } from "../../request_store.ts";

/** What is counted of a line of figures. */
const COLUMNS = [
  ...COUNTS.map((name) => `${name} ${name === "cost_usd" ? "REAL" : "INTEGER"} NOT NULL`),
  ...["duration", "ttft", "overhead"].map((name) => `${name} BLOB NOT NULL`),
].join(",\n  ");

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
  ${COLUMNS},
  PRIMARY KEY (period, start, model, provider, key, team, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE totals (last_id INTEGER NOT NULL) STRICT;
INSERT INTO totals VALUES (0);
`;

/**
 * `sums` are `rollups` by one dimension at a time: 0 is all rows, else it is a place in `DIMENSIONS`, from 1. It has all
 * since `totals.summed_since`. `zones` is `Zones`', in place of indexes of words.
 */
const VERSION_2 = `
DROP INDEX rows_by_model;
DROP INDEX rows_by_key;
DROP INDEX rows_by_category;
DROP INDEX rows_by_cache;
DROP INDEX rows_by_error_type;

CREATE TABLE zones (bucket INTEGER PRIMARY KEY, words BLOB NOT NULL) STRICT;

CREATE TABLE sums (
  period INTEGER NOT NULL,
  dimension INTEGER NOT NULL,
  start INTEGER NOT NULL,
  value INTEGER NOT NULL,
  ${COLUMNS},
  PRIMARY KEY (period, dimension, start, value)
) STRICT, WITHOUT ROWID;

ALTER TABLE totals ADD COLUMN rolled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN summed_since INTEGER NOT NULL DEFAULT 0;
UPDATE totals SET rolled = (unixepoch() / 10 + 2) * 10000, summed_since = (unixepoch() + 1) * 1000
  WHERE last_id > 0;
`;

/** Of who looks at them. */
const VERSION_3 = "CREATE TABLE ended_sessions (id TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT;";

/** SQL that makes version N + 1 of version N: rows are added, never changed. */
export const MIGRATIONS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3];
