import type { PostgresDatabase } from "../database.ts";

/** Whose is what a provider keeps; numbers are in the order in which they came. */
export const ownedIds: PostgresDatabase = {
  name: "owned_ids",
  migrations: [`
CREATE TABLE owned_ids (
  id text PRIMARY KEY,
  owner text NOT NULL,
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE
);`],
};
