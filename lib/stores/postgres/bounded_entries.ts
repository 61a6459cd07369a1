/**
 * SQL of a table whose entries are bounded in number and bytes: `NAME_entries`, with the columns `number`, `bytes` and
 * `used_at` among others, and beside it `NAME_totals`. The totals are kept by triggers, for to count a million rows
 * takes longer than a command may; in shards, for one row that every write changes would have them wait for each
 * other.
 */
export interface BoundedEntries {
  /** Of the totals. */
  readonly columns: readonly string[];
  /** Statements that make the totals of a table that is there. */
  readonly migration: string;
  /** A subquery of one row, what there is: `entries`, `bytes`, and what else is counted. */
  readonly totals: string;
  /**
   * Removes what was longest unused while there is too much, `$1` at most and never number `$2` (0: any), for at most
   * `$3` entries and `$4` bytes to stay. One process at a time; another does nothing. Rows: what there was before, and
   * `removed…` of each that is counted.
   */
  readonly evict: string;
}

const SHARDS = 16;

/** @param counts what else is counted: a column of the totals, and which entries count, by the name `entry`. */
export function boundedEntries(name: string, counts: Readonly<Record<string, string>> = {}): BoundedEntries {
  const others = Object.entries(counts);
  const columns = ["entries", ...others.map(([column]) => column), "bytes"];
  const list = (each: (column: string) => string) => columns.map(each).join(", ");
  const totals = `(SELECT ${list((it) => `sum(${it})::int8 AS ${it}`)} FROM ${name}_totals)`;
  return {
    columns,
    totals,
    migration: `
CREATE TABLE ${name}_totals (
  shard integer PRIMARY KEY,
  ${columns.map((column) => `${column} bigint NOT NULL`).join(",\n  ")}
) WITH (fillfactor = 50);
INSERT INTO ${name}_totals SELECT shard, ${list(() => "0")} FROM generate_series(0, ${SHARDS - 1}) AS shard;

CREATE FUNCTION ${name}_count() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  entry ${name}_entries%ROWTYPE;
  change integer := CASE TG_OP WHEN 'INSERT' THEN 1 WHEN 'DELETE' THEN -1 ELSE 0 END;
BEGIN
  IF TG_OP = 'DELETE' THEN entry := OLD; ELSE entry := NEW; END IF;
  UPDATE ${name}_totals SET
    entries = entries + change,
    ${others.map(([column, which]) => `${column} = ${column} + change * (${which})::integer,`).join("\n    ")}
    bytes = bytes + CASE TG_OP WHEN 'INSERT' THEN NEW.bytes WHEN 'DELETE' THEN -OLD.bytes
      ELSE NEW.bytes - OLD.bytes END
  WHERE shard = pg_backend_pid() % ${SHARDS};
  RETURN NULL;
END $$;
CREATE TRIGGER ${name}_counted AFTER INSERT OR DELETE OR UPDATE OF bytes ON ${name}_entries
FOR EACH ROW EXECUTE FUNCTION ${name}_count();`,
    evict: `
WITH totals AS MATERIALIZED ${totals}, unused AS (
  SELECT number, bytes, used_at FROM ${name}_entries WHERE number <> $2
  ORDER BY used_at, number LIMIT CASE WHEN pg_try_advisory_xact_lock(hashtext('${name}_evict')) THEN $1 ELSE 0 END
), many AS (
  SELECT number, count(*) OVER earlier AS entries, coalesce(sum(bytes) OVER earlier, 0) AS bytes FROM unused
  WINDOW earlier AS (ORDER BY used_at, number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), gone AS (
  DELETE FROM ${name}_entries AS entry WHERE number IN (
    SELECT many.number FROM many, totals WHERE totals.entries - many.entries > $3 OR totals.bytes - many.bytes > $4
  ) RETURNING bytes${others.map(([column, which]) => `, (${which})::integer AS ${column}`).join("")}
)
SELECT totals.*, removed.* FROM totals, (
  SELECT count(*) AS removed_entries, ${
      others.map(([column]) => `coalesce(sum(${column}), 0)::int8 AS removed_${column}, `).join("")
    }coalesce(sum(bytes), 0)::int8 AS removed_bytes FROM gone
) AS removed`,
  };
}
