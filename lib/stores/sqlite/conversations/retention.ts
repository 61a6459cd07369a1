import type { DatabaseSync } from "node:sqlite";
import type { CommandTable } from "../database.ts";
import { Statements } from "../statements.ts";
import type { RetentionCommands } from "./commands.ts";
import type { Shelf } from "./shelf.ts";

/** A slice ends after so many milliseconds: nobody waits longer for its turn. */
const SLICE = 2;
/** Events or items of an entry that went, removed at once. */
const PARTS = 64;
/** Free pages that stay in the file, for what comes next; more are given back to the disk. */
const SPARE_PAGES = 256;
/** Pages given back at once. */
const VACUUM_PAGES = 32;

export function retentionCommands(database: DatabaseSync, shelf: Shelf): CommandTable<RetentionCommands> {
  const statements = prepare(database);
  const numbers = new Statements(database);
  const spare = () => numbers.number("PRAGMA freelist_count");

  /** @returns whether there was anything to remove. */
  function removeParts(): boolean {
    const row = statements.garbage.get();
    if (row === undefined) return false;
    const entry = Number(row["entry"]);
    const events = Number(statements.removeEvents.run(entry, entry, PARTS).changes);
    const items = Number(statements.removeItems.run(entry, PARTS).changes);
    if (events + items === 0) statements.removeGarbage.run(entry);
    return true;
  }

  function slice(now: number): boolean {
    const end = performance.now() + SLICE;
    let more = true;
    while (more && performance.now() < end) more = shelf.removeOne(now) || removeParts();
    while (!more && performance.now() < end && spare() > SPARE_PAGES) {
      database.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
    }
    return more || spare() > SPARE_PAGES;
  }

  return {
    sweep: {
      mode: "own",
      run(now) {
        const freed = spare();
        database.exec("BEGIN IMMEDIATE");
        try {
          const more = slice(now);
          const { turns } = shelf.totals();
          database.exec("COMMIT");
          // Pages given back leave the file when the log is written into it.
          if (!more && freed > SPARE_PAGES) database.exec("PRAGMA wal_checkpoint(PASSIVE)");
          return { turns, more };
        } catch (error) {
          if (database.isTransaction) database.exec("ROLLBACK");
          throw error;
        }
      },
    },
  };
}

function prepare(database: DatabaseSync) {
  return {
    garbage: database.prepare("SELECT entry FROM garbage LIMIT 1"),
    removeEvents: database.prepare(`
      DELETE FROM events WHERE entry = ? AND sequence IN
        (SELECT sequence FROM events WHERE entry = ? ORDER BY sequence LIMIT ?)`),
    removeItems: database.prepare(`
      DELETE FROM items WHERE number IN (SELECT number FROM items WHERE entry = ? LIMIT ?)`),
    removeGarbage: database.prepare("DELETE FROM garbage WHERE entry = ?"),
  };
}
