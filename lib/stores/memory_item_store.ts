import type { ItemPage, ItemQuery, ItemStore, StoredConversation, StoredItem } from "./item_store.ts";
import { checkRead } from "./refusal.ts";
import type { ConversationEntry, ConversationShelf } from "./memory_entries.ts";

/** What an item takes besides its JSON, about. */
const ITEM_BYTES = 128;

/** Conversations in this process, on the shelf of its turns. */
export class MemoryItemStore implements ItemStore {
  readonly #shelf: ConversationShelf;

  constructor(shelf: ConversationShelf) {
    this.#shelf = shelf;
  }

  // deno-lint-ignore require-await -- what is wrong rejects
  async create(conversation: StoredConversation, items: readonly StoredItem[]): Promise<void> {
    const texts = newTexts(items, new Map());
    const { owner, id } = conversation;
    this.#shelf.put({
      kind: "conversation",
      owner,
      id,
      conversation: structuredClone(conversation),
      items: texts,
      bytes: metadataBytes(conversation) + bytesOf(texts.values()),
      expiresAt: 0,
    });
  }

  get(owner: string, id: string): Promise<StoredConversation | null> {
    const entry = this.#find(owner, id);
    return Promise.resolve(entry === null ? null : structuredClone(entry.conversation));
  }

  // deno-lint-ignore require-await -- what is wrong rejects
  async update(
    owner: string,
    id: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<StoredConversation | null> {
    const entry = this.#find(owner, id);
    if (entry === null) return null;
    const conversation = { ...entry.conversation, metadata: { ...metadata } };
    const difference = metadataBytes(conversation) - metadataBytes(entry.conversation);
    this.#shelf.resize(entry, entry.bytes + difference);
    this.#shelf.prolong(entry);
    entry.conversation = conversation;
    return structuredClone(conversation);
  }

  delete(owner: string, id: string): Promise<boolean> {
    const entry = this.#find(owner, id);
    if (entry !== null) this.#shelf.remove(entry);
    return Promise.resolve(entry !== null);
  }

  // deno-lint-ignore require-await -- what is wrong rejects
  async append(owner: string, id: string, items: readonly StoredItem[]): Promise<boolean> {
    const entry = this.#find(owner, id);
    if (entry === null) return false;
    const added = newTexts(items, entry.items);
    this.#shelf.resize(entry, entry.bytes + bytesOf(added.values()));
    this.#shelf.prolong(entry);
    for (const [itemId, text] of added) entry.items.set(itemId, text);
    return true;
  }

  // deno-lint-ignore require-await -- what is refused rejects
  async all(owner: string, id: string): Promise<readonly StoredItem[] | null> {
    const entry = this.#find(owner, id);
    if (entry === null) return null;
    // Counted with two bytes a character.
    checkRead(entry.bytes / 2, id);
    return [...entry.items.values()].map(parsed);
  }

  list(owner: string, id: string, query: ItemQuery): Promise<ItemPage | null> {
    const entry = this.#find(owner, id);
    if (entry === null) return Promise.resolve(null);
    const { after, limit, order } = query;
    const ids = [...entry.items.keys()];
    if (order === "desc") ids.reverse();
    const from = after === null ? 0 : ids.indexOf(after) + 1;
    if (after !== null && from === 0) return Promise.resolve(null);
    const items = ids.slice(from, from + limit).map((itemId) => parsed(entry.items.get(itemId) ?? "null"));
    return Promise.resolve({ items, hasMore: ids.length > from + limit });
  }

  item(owner: string, id: string, itemId: string): Promise<StoredItem | null> {
    const text = this.#find(owner, id)?.items.get(itemId);
    return Promise.resolve(text === undefined ? null : parsed(text));
  }

  // deno-lint-ignore require-await -- one signature for all
  async deleteItem(owner: string, id: string, itemId: string): Promise<boolean> {
    const entry = this.#find(owner, id);
    const text = entry?.items.get(itemId);
    if (entry === null || text === undefined) return false;
    entry.items.delete(itemId);
    this.#shelf.resize(entry, entry.bytes - bytesOf([text]));
    this.#shelf.prolong(entry);
    return true;
  }

  #find(owner: string, id: string): ConversationEntry | null {
    const entry = this.#shelf.find("conversation", owner, id);
    if (entry !== null) this.#shelf.use(entry);
    return entry;
  }
}

/** Of items whose ids are not there yet; of two with one id the first. */
function newTexts(items: readonly StoredItem[], there: ReadonlyMap<string, string>): Map<string, string> {
  const texts = new Map<string, string>();
  for (const item of items) {
    if (!there.has(item.id) && !texts.has(item.id)) texts.set(item.id, JSON.stringify(item));
  }
  return texts;
}

function parsed(text: string): StoredItem {
  return JSON.parse(text);
}

function metadataBytes(conversation: StoredConversation): number {
  return JSON.stringify(conversation).length;
}

/** Two bytes a character at most, as the engine keeps texts. */
function bytesOf(texts: Iterable<string>): number {
  let bytes = 0;
  for (const text of texts) bytes += ITEM_BYTES + 2 * text.length;
  return bytes;
}
