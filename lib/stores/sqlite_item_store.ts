import type { ItemPage, ItemQuery, ItemStore, StoredConversation, StoredItem } from "./item_store.ts";
import type { ItemText } from "./sqlite/conversations/commands.ts";
import type { SqliteShelf } from "./sqlite_shelf.ts";

/** Conversations in the file of an {@linkcode SqliteShelf}. */
export class SqliteItemStore implements ItemStore {
  readonly #shelf: SqliteShelf;

  constructor(shelf: SqliteShelf) {
    this.#shelf = shelf;
  }

  async create(conversation: StoredConversation, items: readonly StoredItem[]): Promise<void> {
    const { owner, id } = conversation;
    const json = JSON.stringify(conversation);
    const now = this.#shelf.now();
    this.#shelf.note(
      await this.#shelf.run("createConversation", owner, id, json, items.map(textOf), now),
    );
  }

  async get(owner: string, id: string): Promise<StoredConversation | null> {
    const found = await this.#shelf.run("getConversation", owner, id, this.#shelf.now());
    if (found === null) return null;
    if (found.stale) this.#shelf.touch("touchConversation", owner, id);
    return JSON.parse(found.json);
  }

  async update(
    owner: string,
    id: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<StoredConversation | null> {
    const fields = JSON.stringify({ metadata });
    const json = await this.#shelf.run("updateConversation", owner, id, fields, this.#shelf.now());
    return json === null ? null : JSON.parse(json);
  }

  delete(owner: string, id: string): Promise<boolean> {
    return this.#shelf.run("deleteConversation", owner, id, this.#shelf.now());
  }

  async append(owner: string, id: string, items: readonly StoredItem[]): Promise<boolean> {
    const level = await this.#shelf.run("appendItems", owner, id, items.map(textOf), this.#shelf.now());
    if (level !== null) this.#shelf.note(level);
    return level !== null;
  }

  async all(owner: string, id: string): Promise<readonly StoredItem[] | null> {
    const found = await this.#shelf.run("allItems", owner, id, this.#shelf.now());
    if (found === null) return null;
    if (found.stale) this.#shelf.touch("touchConversation", owner, id);
    return found.items.map(parsed);
  }

  async list(owner: string, id: string, { after, limit, order }: ItemQuery): Promise<ItemPage | null> {
    const page = await this.#shelf.run("listItems", owner, id, after, limit, order, this.#shelf.now());
    if (page === null) return null;
    if (page.stale) this.#shelf.touch("touchConversation", owner, id);
    return { items: page.items.map(parsed), hasMore: page.hasMore };
  }

  async item(owner: string, id: string, itemId: string): Promise<StoredItem | null> {
    const json = await this.#shelf.run("item", owner, id, itemId, this.#shelf.now());
    return json === null ? null : parsed(json);
  }

  deleteItem(owner: string, id: string, itemId: string): Promise<boolean> {
    return this.#shelf.run("deleteItem", owner, id, itemId, this.#shelf.now());
  }
}

function textOf(item: StoredItem): ItemText {
  return { id: item.id, json: JSON.stringify(item) };
}

function parsed(json: string): StoredItem {
  return JSON.parse(json);
}
