import { COUNTS } from "../../request_store.ts";
import { WORD_COLUMNS } from "../../requests/row_columns.ts";

/** Columns of a row that are given with it, as whole numbers; `record_at` and `record_length` say where its record is. */
export const GIVEN = [
  "place",
  "ended",
  "status",
  "outcome",
  "slow",
  "stream",
  "fallback",
  ...WORD_COLUMNS,
  "request_hash",
  "trace_hash",
  "record_at",
  "record_length",
] as const;
const ROW = GIVEN.slice(1, -2);
export const LABELS = ["period", "start", "model", "provider", "key", "team", "status"] as const;
export const HISTOGRAMS = ["duration", "ttft", "overhead"] as const;
const ROLLUP = [...LABELS, ...COUNTS, ...HISTOGRAMS];

/** What a row takes beside its record and its text: its columns, and its entries in indexes. */
const OVERHEAD = 350;

/** What is before the lists: the batch's id, how many rows, their records one after the other, and their texts. */
const FIRST_LIST = 5;
const places = (from: number, types: readonly string[]) =>
  types.map((type, i) => `$${from + i}::${type}[]`).join(", ");
const ROW_LISTS = places(FIRST_LIST, GIVEN.map(() => "bigint"));
const ROLLUP_LISTS = places(FIRST_LIST + GIVEN.length, [
  ...LABELS.map(() => "bigint"),
  ...COUNTS.map((name) => name === "cost_usd" ? "float8" : "bigint"),
  // Each list as its text, for lists of lists have one length.
  ...HISTOGRAMS.map(() => "text"),
]);

/** Two lists of pairs as one. */
const together = (name: string) =>
  `(SELECT coalesce(array_agg(ARRAY[place, count] ORDER BY place), '{}') FROM (
    SELECT place, sum(count)::bigint AS count FROM (
      SELECT there.${name}[i][1], there.${name}[i][2] FROM generate_subscripts(there.${name}, 1) AS i
      UNION ALL
      SELECT excluded.${name}[i][1], excluded.${name}[i][2] FROM generate_subscripts(excluded.${name}, 1) AS i
    ) AS pairs (place, count) GROUP BY place
  ) AS counted)`;

/**
 * Adds a batch: all or nothing, and once. The lock of the totals is had first by whoever adds, so that ids are in the
 * order of commits and no two wait for each other; it lasts for this statement.
 */
export const APPEND = `
WITH fresh AS (INSERT INTO request_batches (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id),
given AS MATERIALIZED (
  SELECT *, substring($3::bytea FROM (record_at + 1)::int FOR record_length::int) AS record
  FROM unnest($4::text[], ${ROW_LISTS}) AS given (searched, ${GIVEN.join(", ")})
),
added AS (SELECT coalesce(sum(record_length + octet_length(searched) + ${OVERHEAD}), 0)::bigint AS bytes FROM given),
totals AS (
  UPDATE request_totals AS there
  SET last_id = last_id + $2::bigint, rows = rows + $2::bigint, bytes = there.bytes + added.bytes
  FROM fresh, added RETURNING last_id, rows, there.bytes
),
kept AS (
  INSERT INTO request_rows (id, bytes, searched, record, ${ROW.join(", ")})
  SELECT last_id - $2::bigint + place, record_length + octet_length(searched) + ${OVERHEAD}, searched, record, ${
  ROW.map((name) => `given.${name}`).join(", ")
}
  FROM totals, given
),
counted AS (
  INSERT INTO request_rollups AS there (${ROLLUP.join(", ")})
  SELECT ${
  [
    ...[...LABELS, ...COUNTS].map((name) => `given.${name}`),
    ...HISTOGRAMS.map((name) => `given.${name}::bigint[]`),
  ].join(", ")
}
  FROM totals, unnest(${ROLLUP_LISTS}) AS given (${ROLLUP.join(", ")})
  ON CONFLICT (${LABELS.join(", ")}) DO UPDATE SET ${
  [
    ...COUNTS.map((name) => `${name} = there.${name} + excluded.${name}`),
    ...HISTOGRAMS.map((name) => `${name} = ${together(name)}`),
  ].join(", ")
}
)
SELECT last_id, rows, bytes FROM totals`;

/** Lines that some spans of time have. */
export const LINES = `
SELECT ${LABELS.join(", ")} FROM request_rollups
WHERE (period, start) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))`;

export const STATE = `
SELECT last_id, rows, bytes, (SELECT ended FROM request_rows ORDER BY id LIMIT 1) AS oldest,
  (SELECT ended FROM request_rows ORDER BY id DESC LIMIT 1) AS newest
FROM request_totals`;

/** $1 is its id, $2 when it would have ended by itself, $3 the time. At most $4 are kept. */
export const END_SESSION = `
WITH over AS (DELETE FROM request_ended_sessions WHERE until <= $3 OR id IN
  (SELECT id FROM request_ended_sessions ORDER BY until DESC OFFSET $4::bigint - 1))
INSERT INTO request_ended_sessions VALUES ($1, $2) ON CONFLICT DO NOTHING`;
export const ENDED_SESSIONS = "SELECT id, until FROM request_ended_sessions WHERE until > $1";

/** "lgwS" */
const SWEEP_LOCK = 0x6c677753;
const TURN = `SELECT pg_try_advisory_xact_lock(${SWEEP_LOCK}, hashtext(current_schema())) AS mine`;

/**
 * Removes the oldest rows, $1 at most, that ended before $2, or that are more than $3, or those of more than $4 bytes,
 * unless another process does so now.
 */
export const REMOVE = `
WITH turn AS MATERIALIZED (${TURN}),
oldest AS (
  SELECT id, ended, bytes, row_number() OVER (ORDER BY id) AS place, sum(bytes) OVER (ORDER BY id) AS taken
  FROM (SELECT id, ended, bytes FROM request_rows ORDER BY id LIMIT $1) AS first
),
gone AS (
  DELETE FROM request_rows WHERE id IN (
    SELECT oldest.id FROM oldest, turn, request_totals AS totals
    WHERE mine AND (
      ended < $2 OR totals.rows - place >= $3::float8 OR totals.bytes - (taken - oldest.bytes) > $4::float8
    )
  ) RETURNING bytes
),
sums AS (SELECT count(*) AS rows, coalesce(sum(bytes), 0)::bigint AS bytes FROM gone),
totals AS (
  UPDATE request_totals AS there SET rows = there.rows - sums.rows, bytes = there.bytes - sums.bytes
  FROM sums WHERE sums.rows > 0
)
SELECT rows AS removed FROM sums`;

/** Removes the lines of periods that are older than they are kept, and what is known of batches of long ago. */
export const REMOVE_ROLLUPS = `
WITH turn AS MATERIALIZED (${TURN}),
batches AS (DELETE FROM request_batches USING turn WHERE mine AND at < now() - interval '1 hour')
DELETE FROM request_rollups AS there
USING turn, unnest($1::bigint[], $2::bigint[]) AS old (period, start)
WHERE mine AND there.period = old.period AND there.start < old.start`;
