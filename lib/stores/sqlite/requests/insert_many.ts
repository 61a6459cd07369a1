import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

/** Rows of one statement: beginning and ending one costs as much as a few rows. */
const AT_ONCE = 32;

/** Adds rows to a table, many with one statement. */
export class InsertMany {
  readonly #many: StatementSync;
  readonly #one: StatementSync;
  readonly #columns: number;
  #values: SQLInputValue[] = [];

  constructor(database: DatabaseSync, table: string, columns: number) {
    const row = `(${Array(columns).fill("?").join(", ")})`;
    this.#columns = columns;
    this.#one = database.prepare(`INSERT INTO ${table} VALUES ${row}`);
    this.#many = database.prepare(`INSERT INTO ${table} VALUES ${Array(AT_ONCE).fill(row).join(", ")}`);
  }

  add(...values: SQLInputValue[]): void {
    for (let i = 0; i < values.length; i++) this.#values.push(values[i] as SQLInputValue);
    if (this.#values.length < AT_ONCE * this.#columns) return;
    this.#many.run(...this.#values);
    this.#values = [];
  }

  /** Adds those that are left. */
  flush(): void {
    for (let at = 0; at < this.#values.length; at += this.#columns) {
      this.#one.run(...this.#values.slice(at, at + this.#columns));
    }
    this.#values = [];
  }

  /** What was begun is undone. */
  forget(): void {
    this.#values = [];
  }
}
