import type { ConversationEntry, TurnEntry } from "./memory_entries.ts";
import { MemoryConversationStore } from "./memory_conversation_store.ts";
import { MemoryEntryIndex } from "./memory_entry_index.ts";
import { MemoryItemStore } from "./memory_item_store.ts";
import { MemoryRunStore } from "./memory_run_store.ts";
import { MemoryShelf, type MemoryShelfOptions } from "./memory_shelf.ts";
import type { Stores } from "./stores.ts";

/** Conversations in this process, all within the same limits. They end with it. */
export function memoryStores(options: MemoryShelfOptions): Stores & { readonly bytes: () => number } {
  const shelf = new MemoryShelf<ConversationEntry | TurnEntry>(options);
  return {
    turns: new MemoryConversationStore(shelf),
    runs: new MemoryRunStore(shelf),
    items: new MemoryItemStore(shelf),
    index: new MemoryEntryIndex(shelf),
    bytes: () => shelf.bytes,
  };
}
