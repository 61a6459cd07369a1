import { cache } from "./cache/schema.ts";
import { conversations } from "./conversations/schema.ts";
import type { PostgresDatabase } from "./database.ts";
import { keys } from "./keys/schema.ts";
import { ownedIds } from "./owned_ids/schema.ts";
import { requests } from "./requests/schema.ts";
import { spend } from "./spend/schema.ts";

/** The databases there are: a store in Postgres is a row here and a class that asks for its tables. */
export const DATABASES = {
  conversations,
  cache,
  keys,
  spend,
  requests,
  owned_ids: ownedIds,
} as const satisfies Readonly<
  Record<string, PostgresDatabase>
>;
