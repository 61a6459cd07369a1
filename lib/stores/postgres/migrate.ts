import type { Connection } from "./connection.ts";
import type { PostgresDatabase } from "./database.ts";

/** Of the advisory lock that those who migrate hold; its second half is the schema. "lgwM" */
const LOCK = 0x6c67774d;

/** The database cannot be brought up to date, now or later; the message is for people. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/**
 * Brings the tables of some databases up to date: one process at a time, each version once, all or nothing. Where
 * there is nothing to do nothing is written, so that a user who may create nothing can run a gateway on what another
 * has made.
 *
 * @param connection with `schema` as its search path.
 * @throws {MigrationError}
 * @throws {Error} the server's.
 */
export async function migrate(
  connection: Connection,
  schema: string,
  databases: readonly PostgresDatabase[],
): Promise<void> {
  if ((await outdated(connection, databases)).length === 0) return;
  await connection.query("BEGIN ISOLATION LEVEL READ COMMITTED");
  try {
    await connection.query("SET LOCAL statement_timeout = 0");
    await connection.query("SELECT pg_advisory_xact_lock($1::int, hashtext($2))", [LOCK, schema]);
    await prepareSchema(connection, schema);
    for (const { database, version } of await outdated(connection, databases)) {
      for (const sql of database.migrations.slice(version)) await connection.query(sql);
      await connection.query(
        `INSERT INTO schema_versions VALUES ($1, $2)
        ON CONFLICT (database) DO UPDATE SET version = excluded.version`,
        [database.name, database.migrations.length],
      );
    }
    await connection.query("COMMIT");
  } catch (error) {
    await connection.query("ROLLBACK").catch(() => connection.destroy());
    throw error;
  }
}

interface Outdated {
  readonly database: PostgresDatabase;
  /** That it has; 0: there is none. */
  readonly version: number;
}

async function outdated(
  connection: Connection,
  databases: readonly PostgresDatabase[],
): Promise<Outdated[]> {
  const versions = await versionsThere(connection);
  return databases.flatMap((database) => {
    const version = versions.get(database.name) ?? 0;
    const known = database.migrations.length;
    if (version > known) {
      throw new MigrationError(
        `it was written by a newer gateway: its schema of ${database.name} is version ${version}, ` +
          `and this gateway knows ${known}`,
      );
    }
    return version === known ? [] : [{ database, version }];
  });
}

async function versionsThere(connection: Connection): Promise<Map<string, number>> {
  const [there] = await connection.query("SELECT to_regclass('schema_versions') IS NOT NULL AS there");
  if (there?.["there"] !== true) return new Map();
  const rows = await connection.query("SELECT database, version FROM schema_versions");
  return new Map(rows.map(({ database, version }) => [String(database), Number(version)]));
}

async function prepareSchema(connection: Connection, schema: string): Promise<void> {
  const [found] = await connection.query(
    "SELECT current_setting('server_encoding') AS encoding, to_regnamespace($1) IS NOT NULL AS there",
    [schema],
  );
  if (found?.["encoding"] !== "UTF8") {
    throw new MigrationError(`its encoding is ${found?.["encoding"]}; expected UTF8`);
  }
  // Who may not create schemas may not say "if not exists" either.
  if (found["there"] !== true) await connection.query(`CREATE SCHEMA ${schema}`);
  await connection.query(
    "CREATE TABLE IF NOT EXISTS schema_versions (database text PRIMARY KEY, version integer NOT NULL)",
  );
}
