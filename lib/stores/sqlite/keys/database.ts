import type { DatabaseSync } from "node:sqlite";
import type { KeyRow } from "../../key_rows.ts";
import type { CommandTable, DatabaseKind } from "../database.ts";
import { Statements } from "../statements.ts";
import type { KeyCommands } from "./commands.ts";

const VERSION_1 = `
CREATE TABLE records (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  team TEXT NOT NULL,
  user TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT;
CREATE INDEX records_by_team ON records (kind, team, id);
CREATE INDEX records_by_user ON records (kind, user, id);

CREATE TABLE digests (sha256 TEXT NOT NULL PRIMARY KEY, key TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX digests_by_key ON digests (key);

CREATE TABLE version (number INTEGER NOT NULL) STRICT;
INSERT INTO version VALUES (0);
`;

/** Keys, teams and users. */
export const keys: DatabaseKind = {
  // "lgwK"
  applicationId: 0x6c67774b,
  migrations: [VERSION_1],
  commands: (database) => commands(database),
};

function commands(database: DatabaseSync): Omit<CommandTable<KeyCommands>, "probe"> {
  const statements = new Statements(database);
  const find = database.prepare(
    `SELECT keys.body AS key, teams.body AS team, users.body AS user FROM digests
     JOIN records AS keys ON keys.kind = 'key' AND keys.id = digests.key
     LEFT JOIN records AS teams ON teams.kind = 'team' AND teams.id = keys.team
     LEFT JOIN records AS users ON users.kind = 'user' AND users.id = keys.user
     WHERE digests.sha256 = ?`,
  );
  const get = database.prepare("SELECT body, revision FROM records WHERE kind = ? AND id = ?");
  const count = database.prepare("SELECT count(*) AS count FROM records WHERE kind = ?");
  const insert = database.prepare("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)");
  const remove = database.prepare("DELETE FROM records WHERE kind = ? AND id = ?");
  const owner = database.prepare("SELECT key FROM digests WHERE sha256 = ?");
  const insertDigest = database.prepare("INSERT INTO digests VALUES (?, ?)");
  const removeDigests = database.prepare("DELETE FROM digests WHERE key = ?");
  const changed = database.prepare("UPDATE version SET number = number + 1");

  const taken = ({ id, digests }: KeyRow) =>
    digests.some((digest) => {
      const row = owner.get(digest);
      return row !== undefined && row["key"] !== id;
    });
  const put = (kind: string, { id, team, user, disabled, revision, digests, body }: KeyRow) => {
    insert.run(kind, id, team, user, Number(disabled), revision, body);
    for (const digest of digests) insertDigest.run(digest, id);
    changed.run();
  };
  const forget = (kind: string, id: string) => {
    remove.run(kind, id);
    if (kind === "key") removeDigests.run(id);
  };

  return {
    version: { mode: "read", run: () => statements.number("SELECT number FROM version") },
    find: {
      mode: "read",
      run(sha256) {
        const row = find.get(sha256);
        if (row === undefined) return null;
        return [String(row["key"]), textOrNull(row["team"]), textOrNull(row["user"])];
      },
    },
    get: { mode: "read", run: (kind, id) => textOrNull(get.get(kind, id)?.["body"]) },
    list: {
      mode: "read",
      run(kind, { after, limit, team, user, disabled }) {
        const filters: readonly (readonly [string, string | number | undefined])[] = [
          ["team = ?", team],
          ["user = ?", user],
          ["disabled = ?", disabled === undefined ? undefined : Number(disabled)],
        ];
        const conditions = ["kind = ?", "id > ?"];
        const values: (string | number)[] = [kind, after];
        for (const [condition, value] of filters) {
          if (value === undefined) continue;
          conditions.push(condition);
          values.push(value);
        }
        const sql = `SELECT body FROM records WHERE ${conditions.join(" AND ")} ORDER BY id LIMIT ?`;
        return statements.of(sql).all(...values, limit).map((row) => String(row["body"]));
      },
    },
    create: {
      mode: "write",
      run(kind, row, most) {
        if (get.get(kind, row.id) !== undefined || taken(row)) return "conflict";
        if (Number(count.get(kind)?.["count"]) >= most) return "full";
        put(kind, row);
        return "done";
      },
    },
    replace: {
      mode: "write",
      run(kind, row) {
        const before = get.get(kind, row.id);
        if (before === undefined) return "not_found";
        if (before["revision"] !== row.revision - 1 || taken(row)) return "conflict";
        forget(kind, row.id);
        put(kind, row);
        return "done";
      },
    },
    remove: {
      mode: "write",
      run(kind, id, revision) {
        const before = get.get(kind, id);
        if (before === undefined) return "not_found";
        if (revision !== null && before["revision"] !== revision) return "conflict";
        forget(kind, id);
        changed.run();
        return "done";
      },
    },
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
