import type { PostgresDatabase } from "../database.ts";

/** Keys, teams and users. `key_version` has one row, which every change locks: one at a time. */
export const keys: PostgresDatabase = {
  name: "keys",
  migrations: [
    `
CREATE TABLE key_records (
  kind text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  team text NOT NULL,
  user_id text NOT NULL,
  disabled boolean NOT NULL,
  revision bigint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (kind, id)
);
CREATE INDEX key_records_by_team ON key_records (kind, team, id);
CREATE INDEX key_records_by_user ON key_records (kind, user_id, id);

CREATE TABLE key_digests (sha256 text PRIMARY KEY, key text NOT NULL);
CREATE INDEX key_digests_by_key ON key_digests (key);

CREATE TABLE key_version (number bigint NOT NULL);
INSERT INTO key_version VALUES (0);
`,
  ],
};
