import { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import type { OpenMessage } from "./messages.ts";

/** How a command meets transactions. */
export type Mode =
  /** Changes nothing. */
  | "read"
  /** Runs in a transaction together with others. */
  | "write"
  /** Makes its own transactions. */
  | "own";

export interface CommandRow {
  readonly mode: Mode;
  // deno-lint-ignore no-explicit-any -- what comes is what the store's own client sent
  run(...args: any[]): unknown;
}

/** The rows of commands that a client sees as functions. */
export type CommandTable<C> = {
  readonly [K in keyof C]: C[K] extends (...args: infer A) => infer R
    ? { readonly mode: Mode; run(...args: A): R }
    : never;
};

/**
 * The command `probe`, which writes what an ordinary row may take and removes it again: a disk with a few bytes
 * left is as good as full.
 */
export function probe(database: DatabaseSync): CommandRow {
  return {
    mode: "own",
    run() {
      database.exec("CREATE TABLE IF NOT EXISTS probe (content BLOB) STRICT");
      database.exec(`INSERT INTO probe VALUES (zeroblob(${PROBE_BYTES}))`);
      database.exec("DELETE FROM probe");
    },
  };
}

/** One kind of database: its tables, and what can be done with them. */
export interface DatabaseKind {
  /** Stands in the file's header, so that no store opens the file of another. */
  readonly applicationId: number;
  /** SQL that makes version N + 1 of version N. Rows are added, never changed. */
  readonly migrations: readonly string[];
  commands(database: DatabaseSync, options: unknown): Readonly<Record<string, CommandRow>>;
}

/** The path of a database that ends with its worker. */
export const IN_MEMORY = ":memory:";

/** Milliseconds for another process that opens or migrates the same file. */
const OPEN_TIMEOUT = 5_000;
/**
 * Milliseconds that SQLite waits for a lock by itself, before `BatchRunner` has it try again: SQLite's own pauses grow
 * to 100 ms, in which processes that write all the time let one starve.
 */
const LOCK_STEP = 5;
/** Between two tries, where SQLite does not wait by itself. */
const RETRY_PAUSE = 20;
const PROBE_BYTES = 64 * 1024;
/** Bytes to which the log is cut once a burst is over. */
const LOG_LIMIT = 16 * 1024 * 1024;

/**
 * Opens or makes the file and brings its tables up to date, one process at a time.
 * @throws {Error} whose message says why it cannot, for people.
 */
export function openDatabase(kind: DatabaseKind, message: OpenMessage): DatabaseSync {
  const { path, synchronous } = message;
  let database: DatabaseSync | null = null;
  try {
    if (path !== IN_MEMORY) createFile(path);
    database = new DatabaseSync(path);
    database.exec(`PRAGMA busy_timeout = ${OPEN_TIMEOUT}`);
    database.exec("PRAGMA auto_vacuum = INCREMENTAL");
    useLog(database);
    database.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA journal_size_limit = ${LOG_LIMIT}`);
    migrate(database, kind);
    database.exec(`PRAGMA busy_timeout = ${LOCK_STEP}`);
    return database;
  } catch (error) {
    database?.close();
    throw new Error(explain(error, path));
  }
}

/** Conversations are nobody else's to read. SQLite gives the file's mode to those beside it. */
function createFile(path: string): void {
  Deno.openSync(path, { create: true, write: true, mode: 0o600 }).close();
}

/** Switching to the write-ahead log needs the file alone, and SQLite does not wait for that. */
function useLog(database: DatabaseSync): void {
  const end = performance.now() + OPEN_TIMEOUT;
  for (;;) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_PAUSE);
    }
  }
}

function migrate(database: DatabaseSync, { applicationId, migrations }: DatabaseKind): void {
  database.exec("BEGIN IMMEDIATE");
  const version = numberOf(database, "PRAGMA user_version");
  const owner = numberOf(database, "PRAGMA application_id");
  const tables = numberOf(database, "SELECT count(*) FROM sqlite_schema");
  if (owner !== applicationId && (owner !== 0 || tables > 0)) {
    throw new Error("it is a database of something else");
  }
  if (version > migrations.length) {
    throw new Error(
      `it was written by a newer gateway: its schema is version ${version}, ` +
        `and this gateway knows ${migrations.length}`,
    );
  }
  for (const sql of migrations.slice(version)) database.exec(sql);
  // Written each time: it shows that the file can be.
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`);
  database.exec("COMMIT");
}

/** The one number that a statement gives. */
export function numberOf(database: DatabaseSync, sql: string): number {
  return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
}

/** Whether another process held the lock for too long. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && /database (table )?is locked/.test(error.message);
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/file is not a database/, "it is not an SQLite database"],
  [/malformed/, "it is damaged (database disk image is malformed); restore it, or move it away"],
  [/readonly|PermissionDenied|NotCapable|permission denied|read-only file system/i, "it cannot be written"],
  [/disk is full|StorageFull|no space left/i, "the disk is full"],
  [/database is locked/, `another process has held its lock for ${OPEN_TIMEOUT} ms`],
  [/IsADirectory|is a directory/i, "it is a directory"],
];

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function explain(error: unknown, path: string): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (error instanceof Deno.errors.NotFound) {
    return isDirectory(dirname(path)) ? "it cannot be made" : `there is no directory "${dirname(path)}"`;
  }
  const known = REASONS.find(([pattern]) => pattern.test(text));
  return known?.[1] ?? (error instanceof Error ? error.message : text);
}
