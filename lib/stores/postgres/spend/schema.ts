import type { PostgresDatabase } from "../database.ts";

/** What was spent. `spend_groups` knows which groups were added, `spend_marks` which alerts were given. */
export const spend: PostgresDatabase = {
  name: "spend",
  migrations: [`
CREATE TABLE spend (
  day text NOT NULL,
  key text NOT NULL,
  team text NOT NULL,
  user_id text NOT NULL,
  model text NOT NULL,
  requested_model text NOT NULL,
  provider text NOT NULL,
  requests bigint NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  nano_usd bigint NOT NULL,
  PRIMARY KEY (day, key, team, user_id, model, requested_model, provider)
);
CREATE INDEX spend_by_key ON spend (key, day);
CREATE INDEX spend_by_team ON spend (team, day);
CREATE INDEX spend_by_user ON spend (user_id, day);
CREATE INDEX spend_by_model ON spend (requested_model, day);
CREATE TABLE spend_groups (id text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE spend_marks (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());`],
};
