import type { DatabaseKind } from "../database.ts";
import { indexCommands } from "./entry_index.ts";
import { itemCommands } from "./items.ts";
import { retentionCommands } from "./retention.ts";
import { runCommands } from "./runs.ts";
import { MIGRATIONS } from "./schema.ts";
import { Shelf, type ShelfLimits } from "./shelf.ts";
import { turnCommands } from "./turns.ts";

/** Turns, background runs, and conversations with their items. */
export const conversations: DatabaseKind = {
  // "lgwC"
  applicationId: 0x6c677743,
  migrations: MIGRATIONS,
  commands(database, options) {
    const shelf = new Shelf(database, options as ShelfLimits);
    return {
      ...turnCommands(shelf),
      ...runCommands(database, shelf),
      ...itemCommands(database, shelf),
      ...retentionCommands(database, shelf),
      ...indexCommands(database, shelf),
    };
  },
};
