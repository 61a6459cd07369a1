import type { ConversationStore } from "./conversation_store.ts";
import type { EntryIndex } from "./entry_index.ts";
import type { ItemStore } from "./item_store.ts";
import type { RunStore } from "./run_store.ts";

/** All that one backend keeps of conversations. What is a turn to one of these is the same turn to the others. */
export interface Stores {
  /** Its `backend` names all of them. Closing it closes all. */
  readonly turns: ConversationStore;
  readonly runs: RunStore;
  readonly items: ItemStore;
  readonly index: EntryIndex;
}
