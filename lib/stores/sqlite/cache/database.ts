import type { DatabaseSync } from "node:sqlite";
import type { CommandTable, DatabaseKind } from "../database.ts";
import { Statements } from "../statements.ts";
import type { CacheCommands } from "./commands.ts";

export interface CacheFileLimits {
  readonly maxEntries: number;
  /** Bytes of all values. */
  readonly maxBytes: number;
}

/** The totals stand in the file because several processes may write it. */
const VERSION_1 = `
CREATE TABLE entries (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  stored_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (owner, key)
) STRICT;
CREATE INDEX entries_by_end ON entries (until);
CREATE INDEX entries_by_use ON entries (used_at);

CREATE TABLE totals (entries INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
INSERT INTO totals VALUES (0, 0);
CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN
  UPDATE totals SET entries = entries + 1, bytes = bytes + new.bytes;
END;
CREATE TRIGGER entry_removed AFTER DELETE ON entries BEGIN
  UPDATE totals SET entries = entries - 1, bytes = bytes - old.bytes;
END;
`;

/** What one `set` removes at most besides what makes room for it: nobody waits long for its turn. */
const EXPIRED_AT_ONCE = 16;
/** What an entry takes besides its value, about. */
const OVERHEAD = 200;

/** Answers that are kept. */
export const cache: DatabaseKind = {
  // "lgwA"
  applicationId: 0x6c677741,
  migrations: [VERSION_1],
  commands: (database, options) => commands(database, options as CacheFileLimits),
};

function commands(
  database: DatabaseSync,
  { maxEntries, maxBytes }: CacheFileLimits,
): Omit<CommandTable<CacheCommands>, "probe"> {
  const get = database.prepare(
    "SELECT value, stored_at, used_at FROM entries WHERE owner = ? AND key = ? AND until > ?",
  );
  const touch = database.prepare("UPDATE entries SET used_at = ? WHERE owner = ? AND key = ?");
  const remove = database.prepare("DELETE FROM entries WHERE owner = ? AND key = ?");
  const insert = database.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)");
  const removeExpired = database.prepare(
    "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE until <= ? ORDER BY until LIMIT ?)",
  );
  const removeUnused = database.prepare(
    "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries ORDER BY used_at LIMIT 1)",
  );
  const statements = new Statements(database);
  const isOver = () =>
    statements.number(`SELECT entries > ${maxEntries} OR bytes > ${maxBytes} FROM totals`) === 1;
  return {
    get: {
      mode: "read",
      run(owner, key, now) {
        const row = get.get(owner, key, now);
        if (row === undefined) return null;
        return {
          value: String(row["value"]),
          storedAt: Number(row["stored_at"]),
          usedAt: Number(row["used_at"]),
        };
      },
    },
    touch: {
      mode: "write",
      run(owner, key, now) {
        touch.run(now, owner, key);
      },
    },
    set: {
      mode: "write",
      run(owner, key, value, storedAt, until, now) {
        remove.run(owner, key);
        const bytes = value.length + OVERHEAD;
        if (bytes > maxBytes) return;
        insert.run(owner, key, value, bytes, storedAt, now, until);
        removeExpired.run(now, EXPIRED_AT_ONCE);
        while (isOver()) removeUnused.run();
      },
    },
  };
}
