import type { JsonObject } from "../wire/canonical.ts";

/** A conversation of the Conversations API, without its items. */
export interface StoredConversation {
  /** `conv_…`; unique, unguessable. */
  readonly id: string;
  /** Whose it is; every query names it. */
  readonly owner: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An item as the API shows it. Its `id` is unique in its conversation. */
export type StoredItem = JsonObject & { readonly id: string };

export interface ItemQuery {
  /** Id of the item after which to go on, in the order asked for; null: from the start. */
  readonly after: string | null;
  /** At least 1. */
  readonly limit: number;
  /** By the time of adding. */
  readonly order: "asc" | "desc";
}

export interface ItemPage {
  readonly items: readonly StoredItem[];
  readonly hasMore: boolean;
}

/**
 * Conversations and their items. Every implementation passes `tests/stores/item_store_contract.ts`. One of another
 * owner and an absent one look alike. A conversation's time to live runs from the last change of it or its items.
 */
export interface ItemStore {
  /** Resolves once it is safe by the backend's own standard. The id is new. */
  create(conversation: StoredConversation, items: readonly StoredItem[]): Promise<void>;
  get(owner: string, id: string): Promise<StoredConversation | null>;
  /** Replaces the metadata. @returns what stands then; null where there is no such conversation. */
  update(
    owner: string,
    id: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<StoredConversation | null>;
  /** Deletes it with its items. @returns whether there was one. */
  delete(owner: string, id: string): Promise<boolean>;
  /**
   * Adds items at the end, all or none; one whose id is there already stays as it stands.
   * @returns false where there is no such conversation.
   */
  append(owner: string, id: string, items: readonly StoredItem[]): Promise<boolean>;
  /** All items, oldest first; null where there is no such conversation. @throws {Refusal} where they are too large. */
  all(owner: string, id: string): Promise<readonly StoredItem[] | null>;
  /** Null where there is no such conversation, or no item `after` in it. */
  list(owner: string, id: string, query: ItemQuery): Promise<ItemPage | null>;
  item(owner: string, id: string, itemId: string): Promise<StoredItem | null>;
  /** @returns whether there was one. */
  deleteItem(owner: string, id: string, itemId: string): Promise<boolean>;
}
