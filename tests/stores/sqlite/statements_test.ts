import { DatabaseSync } from "node:sqlite";
import { assertEquals } from "@std/assert";
import { type DatabaseKind, openDatabase } from "../../../lib/stores/sqlite/database.ts";
import { DATABASES } from "../../../lib/stores/sqlite/databases.ts";
import { Statements } from "../../../lib/stores/sqlite/statements.ts";
import { batchesOf, made } from "../request_store_contract.ts";

/** A database in memory that counts what is prepared. */
class Counting {
  prepared = 0;
  readonly #database: DatabaseSync;

  constructor(kind?: DatabaseKind) {
    const message = { type: "open", database: "", path: ":memory:", patience: 0, options: null } as const;
    this.#database = kind === undefined
      ? new DatabaseSync(":memory:")
      : openDatabase(kind, { ...message, synchronous: "normal" });
  }

  get isTransaction(): boolean {
    return this.#database.isTransaction;
  }

  prepare(sql: string) {
    this.prepared++;
    return this.#database.prepare(sql);
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** The same, as commands ask for it. */
  get asDatabase(): DatabaseSync {
    return this as unknown as DatabaseSync;
  }
}

const TOLD = { slowMs: 0, profiles: [] };

/** Of each database, commands that are run again and again, with arguments that differ where they do in use. */
const REPEATED: Readonly<Record<string, (i: number) => readonly (readonly [string, ...unknown[]])[]>> = {
  conversations: (i) => [["sweep", i], ["chain", "owner", "id", i]],
  cache: (i) => [["set", "owner", `key ${i}`, "value", i, i + 1_000, i], ["get", "owner", "key", i]],
  keys: () => [["version"], ["list", "key", { after: "", limit: 10 }]],
  requests: (i) => [
    ["append", batchesOf([made({ id: `request ${i}` })]), i, TOLD],
    ["list", { filter: { text: "request" }, limit: 10 }, TOLD],
    ["statistics", { from: i, to: 1e15, filter: {}, by: null, step: 0 }, i],
    ["statistics", { from: i, to: 1e15, filter: {}, by: "model", step: 60_000 }, i],
    ["state"],
  ],
  spend: (i) => [
    ["add", { id: `group ${i}`, rows: [] }, i],
    ["sum", { since: `2026-01-0${i}`, until: "2027-01-01", where: {} }, ["key"]],
  ],
};
const LIMITS = {
  maxEntries: 10,
  maxBytes: 1e9,
  maxRows: 10,
  maxAge: 1e12,
  ttl: 1e12,
};

for (const [name, kind] of Object.entries(DATABASES)) {
  Deno.test(`commands of the database "${name}" prepare each statement once`, () => {
    const database = new Counting(kind);
    const commands = kind.commands(database.asDatabase, LIMITS);
    const round = (i: number) => {
      for (const [command, ...args] of REPEATED[name]?.(i) ?? []) commands[command]?.run(...args);
      return database.prepared;
    };
    const before = round(1);
    assertEquals([round(2), round(3)], [before, before]);
  });
}

Deno.test("Statements keeps a bounded number of what it prepared", () => {
  const database = new Counting();
  const statements = new Statements(database.asDatabase);
  const first = statements.of("SELECT 0");
  assertEquals(statements.of("SELECT 0") === first, true);
  for (let i = 0; i < 64; i++) assertEquals(statements.number(`SELECT ${i}`), i);
  assertEquals(database.prepared, 64);
  assertEquals(statements.number("SELECT 64"), 64);
  assertEquals([statements.number("SELECT 0"), database.prepared], [0, 66]);
});
