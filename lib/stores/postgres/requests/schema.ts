import { COUNTS } from "../../request_store.ts";
import type { PostgresDatabase } from "../database.ts";

/** Columns of `request_rows` that are numbers, in the order in which rows are added. */
const SMALL = ["status", "outcome", "slow", "stream", "fallback"];

/**
 * A row holds what is searched by, as numbers of `request_names` where it is a word; all else stands in its record.
 * Rows are numbered in the order in which they were committed, so that who has seen one has seen all before it: who
 * adds some has `request_totals` locked. Histograms are pairs of a place and its count. `request_batches` knows which
 * were added.
 */
export const requests: PostgresDatabase = {
  name: "requests",
  migrations: [
    `
CREATE TABLE request_names (
  number integer PRIMARY KEY,
  field text NOT NULL,
  value text NOT NULL,
  label text NOT NULL,
  UNIQUE (field, value)
);
CREATE TABLE request_rows (
  id bigint PRIMARY KEY,
  ended bigint NOT NULL,
  ${SMALL.map((name) => `${name} smallint NOT NULL`).join(",\n  ")},
  model integer NOT NULL,
  provider integer NOT NULL,
  key integer NOT NULL,
  team integer NOT NULL,
  route integer NOT NULL,
  category integer NOT NULL,
  cache integer NOT NULL,
  error_type integer NOT NULL,
  request_hash bigint NOT NULL,
  trace_hash bigint NOT NULL,
  bytes integer NOT NULL,
  searched text NOT NULL,
  record bytea NOT NULL
);
CREATE INDEX request_rows_by_end ON request_rows (ended);
CREATE INDEX request_rows_by_request ON request_rows (request_hash);
CREATE INDEX request_rows_by_trace ON request_rows (trace_hash) WHERE trace_hash > 0;
CREATE INDEX request_rows_by_model ON request_rows (model, id);
CREATE INDEX request_rows_by_key ON request_rows (key, id) WHERE key > 0;
CREATE INDEX request_rows_by_category ON request_rows (category, id) WHERE category > 0;
CREATE INDEX request_rows_by_cache ON request_rows (cache, id) WHERE cache > 0;
CREATE INDEX request_rows_by_error_type ON request_rows (error_type, id) WHERE error_type > 0;
CREATE INDEX request_rows_not_good ON request_rows (outcome, id) WHERE outcome > 0;
CREATE INDEX request_rows_slow ON request_rows (id) WHERE slow = 1;
CREATE INDEX request_rows_with_fallback ON request_rows (id) WHERE fallback = 1;
CREATE TABLE request_rollups (
  period integer NOT NULL,
  start bigint NOT NULL,
  model integer NOT NULL,
  provider integer NOT NULL,
  key integer NOT NULL,
  team integer NOT NULL,
  status integer NOT NULL,
  ${COUNTS.map((name) => `${name} ${name === "cost_usd" ? "float8" : "bigint"} NOT NULL`).join(",\n  ")},
  duration bigint[] NOT NULL,
  ttft bigint[] NOT NULL,
  overhead bigint[] NOT NULL,
  PRIMARY KEY (period, start, model, provider, key, team, status)
);
CREATE TABLE request_batches (id text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE request_totals (last_id bigint NOT NULL, rows bigint NOT NULL, bytes bigint NOT NULL);
INSERT INTO request_totals VALUES (0, 0, 0);`,
    `
CREATE TABLE request_ended_sessions (id text PRIMARY KEY, until bigint NOT NULL);`,
  ],
};
