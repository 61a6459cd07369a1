import { assertEquals, assertThrows } from "@std/assert";
import { type DatabaseKind, numberOf, openDatabase } from "../../../lib/stores/sqlite/database.ts";

const FIRST = "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('first')";
const SECOND = "ALTER TABLE notes ADD COLUMN size INTEGER; UPDATE notes SET size = length(text)";
const BROKEN = "UPDATE notes SET size = 0; CREATE TABLE notes (text TEXT)";

function open(path: string, migrations: readonly string[]) {
  const kind: DatabaseKind = { applicationId: 7, migrations, commands: () => ({}) };
  return openDatabase(kind, {
    type: "open",
    database: "notes",
    path,
    synchronous: "full",
    patience: 0,
    options: null,
  });
}

async function inDirectory(run: (path: string) => void): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "database-" });
  try {
    run(`${directory}/notes.db`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("openDatabase() brings an older file up to date, once, and keeps what is in it", () =>
  inDirectory((path) => {
    open(path, [FIRST]).close();
    for (let i = 0; i < 2; i++) {
      using database = open(path, [FIRST, SECOND]);
      assertEquals({ ...database.prepare("SELECT * FROM notes").get() }, { text: "first", size: 5 });
      assertEquals(numberOf(database, "SELECT count(*) FROM notes"), 1);
      assertEquals(numberOf(database, "PRAGMA user_version"), 2);
    }
    assertThrows(() => open(path, [FIRST]), Error, "schema is version 2, and this gateway knows 1");
  }));

Deno.test("openDatabase() leaves a file as it was where a migration fails", () =>
  inDirectory((path) => {
    open(path, [FIRST, SECOND]).close();
    assertThrows(() => open(path, [FIRST, SECOND, BROKEN]), Error, "already exists");
    using database = open(path, [FIRST, SECOND]);
    assertEquals({ ...database.prepare("SELECT * FROM notes").get() }, { text: "first", size: 5 });
  }));

Deno.test("openDatabase() sets what the promises rest on", () =>
  inDirectory((path) => {
    using database = open(path, [FIRST]);
    const pragmas = Object.fromEntries(
      ["journal_mode", "synchronous", "auto_vacuum", "application_id"].map((name) => [
        name,
        Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0],
      ]),
    );
    // 2 is FULL and, of auto_vacuum, INCREMENTAL.
    assertEquals(pragmas, { journal_mode: "wal", synchronous: 2, auto_vacuum: 2, application_id: 7 });
  }));
