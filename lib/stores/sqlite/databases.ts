import { cache } from "./cache/database.ts";
import { conversations } from "./conversations/database.ts";
import type { DatabaseKind } from "./database.ts";
import { keys } from "./keys/database.ts";
import { ownedIds } from "./owned_ids/database.ts";
import { requests } from "./requests/database.ts";
import { spend } from "./spend/database.ts";

/** The databases there are, by name: a store on disk is a row here, its SQL, and its side in the process. */
export const DATABASES: Readonly<Record<string, DatabaseKind>> = {
  conversations,
  cache,
  keys,
  owned_ids: ownedIds,
  requests,
  spend,
};
