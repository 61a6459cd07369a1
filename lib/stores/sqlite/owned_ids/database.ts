import type { DatabaseSync } from "node:sqlite";
import type { CommandTable, DatabaseKind } from "../database.ts";
import type { OwnedIdCommands, OwnedIdOptions } from "./commands.ts";

const VERSION_1 = `
CREATE TABLE owned (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL) STRICT;
`;

const PAGE = 500;
/** A text with a NUL comes out of SQLite cut off there, its bytes do not. */
const decoder = new TextDecoder();

/** Whose is what a provider keeps; numbers are in the order in which they came. */
export const ownedIds: DatabaseKind = {
  // "lgwO"
  applicationId: 0x6c67774f,
  migrations: [VERSION_1],
  commands: (database, options) => commands(database, options as OwnedIdOptions),
};

function commands(
  database: DatabaseSync,
  { most }: OwnedIdOptions,
): Omit<CommandTable<OwnedIdCommands>, "probe"> {
  const add = database.prepare("INSERT OR IGNORE INTO owned (id, owner) VALUES (?, ?)");
  const forget = database.prepare(
    "DELETE FROM owned WHERE number <= (SELECT max(number) FROM owned) - ?",
  );
  const find = database.prepare("SELECT 1 FROM owned WHERE id = ? AND owner = ?");
  const remove = database.prepare("DELETE FROM owned WHERE id = ? AND owner = ?");
  const page = database.prepare(
    "SELECT number, CAST(id AS BLOB) AS id, CAST(owner AS BLOB) AS owner FROM owned WHERE number > ? ORDER BY number LIMIT ?",
  );
  return {
    add: {
      mode: "write",
      run(owner, ids) {
        for (const id of ids) add.run(id, owner);
        forget.run(most);
      },
    },
    of: { mode: "read", run: (owner, ids) => ids.filter((id) => find.get(id, owner) !== undefined) },
    page: {
      mode: "read",
      run: (after) =>
        page.all(after, PAGE).map((row) => ({
          number: Number(row["number"]),
          id: decoder.decode(row["id"] as Uint8Array),
          owner: decoder.decode(row["owner"] as Uint8Array),
        })),
    },
    remove: { mode: "write", run: (owner, id) => void remove.run(id, owner) },
  };
}
