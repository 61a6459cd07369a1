import type { DatabaseSync } from "node:sqlite";
import type { CommandTable } from "../database.ts";
import type { IndexCommands } from "./commands.ts";
import type { Shelf } from "./shelf.ts";

export function indexCommands(database: DatabaseSync, shelf: Shelf): CommandTable<IndexCommands> {
  const page = database.prepare(`
    SELECT number, kind, owner, id, changed_at, run FROM entries
    WHERE number > ? AND changed_at >= ? AND changed_at > ? AND (?4 IS NULL OR owner = ?4) ORDER BY number LIMIT ?5`);
  return {
    index: {
      mode: "read",
      run: (after, limit, owner, since, now) =>
        page.all(after, since, shelf.oldest(now), owner, limit).map((row) => ({
          number: Number(row["number"]),
          kind: row["kind"] === "turn" ? "turn" : "conversation",
          owner: String(row["owner"]),
          id: String(row["id"]),
          changedAt: Number(row["changed_at"]),
          run: row["run"] === 1,
        })),
    },
  };
}
