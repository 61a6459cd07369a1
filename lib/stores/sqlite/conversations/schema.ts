/**
 * Tables of conversations. An entry is a turn or a conversation; it is what the limits count. A run's events and a
 * conversation's items belong to an entry by its number, which is never used again: where an entry goes, its parts
 * become garbage at once and are removed bit by bit.
 *
 * `changed_at` is when the time to live began and `used_at` when it was last read or written, both Unix
 * milliseconds. The totals stand in the file because several processes may write it.
 */
const VERSION_1 = `
CREATE TABLE entries (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  owner TEXT NOT NULL,
  id TEXT NOT NULL,
  previous_id TEXT,
  changed_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  run INTEGER NOT NULL,
  lease_process TEXT,
  lease_until INTEGER,
  json TEXT NOT NULL,
  response TEXT,
  UNIQUE (kind, owner, id)
) STRICT;
CREATE INDEX entries_by_age ON entries (changed_at);
CREATE INDEX entries_by_use ON entries (used_at);
CREATE INDEX entries_by_lease ON entries (lease_until) WHERE lease_until IS NOT NULL;

CREATE TABLE events (
  entry INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  text BLOB NOT NULL,
  PRIMARY KEY (entry, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE items (
  number INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL,
  id TEXT NOT NULL,
  json TEXT NOT NULL,
  UNIQUE (entry, id)
) STRICT;
CREATE INDEX items_in_order ON items (entry, number);

CREATE TABLE garbage (entry INTEGER PRIMARY KEY) STRICT;

CREATE TABLE totals (
  entries INTEGER NOT NULL,
  turns INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;
INSERT INTO totals VALUES (0, 0, 0);

CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN
  UPDATE totals SET entries = entries + 1, turns = turns + (new.kind = 'turn'), bytes = bytes + new.bytes;
END;
CREATE TRIGGER entry_removed AFTER DELETE ON entries BEGIN
  UPDATE totals SET entries = entries - 1, turns = turns - (old.kind = 'turn'), bytes = bytes - old.bytes;
END;
CREATE TRIGGER parts_removed AFTER DELETE ON entries WHEN old.run = 1 OR old.kind = 'conversation' BEGIN
  INSERT INTO garbage VALUES (old.number);
END;
CREATE TRIGGER entry_resized AFTER UPDATE OF bytes ON entries BEGIN
  UPDATE totals SET bytes = bytes + new.bytes - old.bytes;
END;
`;

/** SQL that makes version N + 1 of version N: rows are added, never changed. */
export const MIGRATIONS: readonly string[] = [VERSION_1];
