import type { StoredConversation, StoredItem } from "./item_store.ts";
import type { MemoryShelf, ShelfEntry } from "./memory_shelf.ts";
import type { Lease, StoredEvent } from "./run_store.ts";

/** What a turn that runs in the background has besides. */
export interface MemoryRun {
  /** Null once it is over. */
  lease: Lease | null;
  readonly events: StoredEvent[];
}

/** A turn. */
export interface TurnEntry extends ShelfEntry {
  readonly kind: "turn";
  readonly previousId: string | null;
  /** The turn as JSON: small, of known size, and nobody else's to change. */
  json: Uint8Array;
  readonly run: MemoryRun | null;
}

/** A conversation. Items are kept as JSON for the same reasons, in the order of adding. */
export interface ConversationEntry extends ShelfEntry {
  readonly kind: "conversation";
  conversation: StoredConversation;
  readonly items: Map<StoredItem["id"], string>;
}

/** Where the stores in memory keep what they keep: one shelf, so that the limits are for all together. */
export type ConversationShelf = MemoryShelf<TurnEntry | ConversationEntry>;
