import type { DatabaseSync } from "node:sqlite";
import { columnOf, FIGURE_COLUMNS, PLACE_COLUMNS, sumStatement } from "../../spend/spend_sql.ts";
import { SPEND_DIMENSIONS, SPEND_FIGURES } from "../../spend_store.ts";
import type { CommandTable, DatabaseKind } from "../database.ts";
import { Statements } from "../statements.ts";
import type { SpendCommands } from "./commands.ts";

const VERSION_1 = `
CREATE TABLE spend (
  day TEXT NOT NULL,
  key TEXT NOT NULL,
  team TEXT NOT NULL,
  user_id TEXT NOT NULL,
  model TEXT NOT NULL,
  requested_model TEXT NOT NULL,
  provider TEXT NOT NULL,
  requests INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  nano_usd INTEGER NOT NULL,
  PRIMARY KEY (day, key, team, user_id, model, requested_model, provider)
) STRICT, WITHOUT ROWID;
CREATE INDEX spend_by_key ON spend (key, day);
CREATE INDEX spend_by_team ON spend (team, day);
CREATE INDEX spend_by_user ON spend (user_id, day);
CREATE INDEX spend_by_model ON spend (requested_model, day);

CREATE TABLE spend_groups (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE spend_marks (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** What was spent. */
export const spend: DatabaseKind = {
  // "lgwS"
  applicationId: 0x6c677753,
  migrations: [VERSION_1],
  commands: (database) => commands(database),
};

function commands(database: DatabaseSync): Omit<CommandTable<SpendCommands>, "probe"> {
  const statements = new Statements(database);
  const known = database.prepare("INSERT OR IGNORE INTO spend_groups VALUES (?, ?)");
  const places = [...PLACE_COLUMNS, ...FIGURE_COLUMNS].map(() => "?").join(", ");
  const more = FIGURE_COLUMNS.map((column) => `${column} = ${column} + excluded.${column}`).join(", ");
  const add = database.prepare(`INSERT INTO spend VALUES (${places}) ON CONFLICT DO UPDATE SET ${more}`);
  const mark = database.prepare("INSERT OR IGNORE INTO spend_marks VALUES (?, ?)");
  const prune = database.prepare("DELETE FROM spend WHERE day < ?");
  const pruneGroups = database.prepare("DELETE FROM spend_groups WHERE at < ?");
  const pruneMarks = database.prepare("DELETE FROM spend_marks WHERE at < ?");
  return {
    add: {
      mode: "write",
      run({ id, rows }, now) {
        if (known.run(id, now).changes === 0) return;
        for (const row of rows) {
          add.run(
            ...SPEND_DIMENSIONS.map((name) => row.place[name]),
            ...SPEND_FIGURES.map((name) => row[name]),
          );
        }
      },
    },
    sum: {
      mode: "read",
      run(query, by) {
        const { text, values } = sumStatement(query, by, () => "?");
        return statements.of(text).all(...values).map((row) => ({
          values: by.map((name) => String(row[columnOf(name)])),
          requests: Number(row["requests"]),
          inputTokens: Number(row["input_tokens"]),
          outputTokens: Number(row["output_tokens"]),
          nanoUsd: Number(row["nano_usd"]),
        }));
      },
    },
    first: { mode: "write", run: (name, now) => mark.run(name, now).changes === 1 },
    prune: {
      mode: "write",
      run(before, olderThan) {
        prune.run(before);
        pruneGroups.run(olderThan);
        pruneMarks.run(olderThan);
      },
    },
  };
}
