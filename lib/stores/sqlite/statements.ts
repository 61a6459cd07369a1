import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Queries of people differ by what is asked for, so there are a few dozen; more are not worth their memory. */
const MOST = 64;

/**
 * Statements of a database by their SQL, each prepared once. One that is prepared for a single use keeps its
 * kilobytes until V8 collects the whole heap, and V8, which does not see them, has no reason to: in a worker with
 * little garbage of its own that may be a quarter of an hour.
 */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  of(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      if (this.#prepared.size >= MOST) this.#prepared.clear();
      this.#prepared.set(sql, statement = this.#database.prepare(sql));
    }
    return statement;
  }

  /** The one number that a statement gives. */
  number(sql: string): number {
    return Number(Object.values(this.of(sql).get() ?? {})[0]);
  }
}
