import type { ItemPage, ItemQuery, ItemStore, StoredConversation, StoredItem } from "./item_store.ts";
import { byteLength } from "../byte_length.ts";
import { conversationEntry, conversationOf } from "./postgres/conversations/entry.ts";
import { ITEM_BYTES } from "./postgres/conversations/statements.ts";
import type { Row, Value } from "./postgres/postgres_client.ts";
import { kept } from "./postgres/text.ts";
import type { PostgresShelf } from "./postgres_shelf.ts";
import { checkRead, MAX_READ_BYTES } from "./refusal.ts";

/** Conversations in the tables of a {@linkcode PostgresShelf}. */
export class PostgresItemStore implements ItemStore {
  readonly #shelf: PostgresShelf;

  constructor(shelf: PostgresShelf) {
    this.#shelf = shelf;
  }

  async create(conversation: StoredConversation, items: readonly StoredItem[]): Promise<void> {
    const { bytes, values } = conversationEntry(conversation);
    const { ids, texts, bytes: itemBytes } = columnsOf(items);
    this.#shelf.check(conversation.id, bytes + itemBytes);
    const [row] = await this.#shelf.run(
      "putConversation",
      ...values(this.#shelf.now(), itemBytes),
      ids,
      texts,
    );
    const added = row?.["added"] === true ? 1 : 0;
    if (row !== undefined) await this.#shelf.limits.note(row, { entries: added, bytes: bytes + itemBytes });
  }

  async get(owner: string, id: string): Promise<StoredConversation | null> {
    const [row] = await this.#shelf.run("getConversation", ...this.#place(owner, id));
    if (row === undefined) return null;
    this.#shelf.touch(row);
    return conversationOf(row);
  }

  async update(
    owner: string,
    id: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<StoredConversation | null> {
    const text = JSON.stringify(metadata);
    const [row] = await this.#shelf.run(
      "updateConversation",
      ...this.#place(owner, id),
      text,
      this.#shelf.now(),
    );
    return row === undefined ? null : conversationOf(row);
  }

  async delete(owner: string, id: string): Promise<boolean> {
    const [row] = await this.#shelf.run("remove", ...this.#place(owner, id), "conversation");
    if (row !== undefined) this.#shelf.limits.add({ entries: -1 });
    return row?.["existed"] === true;
  }

  async append(owner: string, id: string, items: readonly StoredItem[]): Promise<boolean> {
    const { ids, texts, bytes } = columnsOf(items);
    const [row] = await this.#shelf.run(
      "appendItems",
      ...this.#place(owner, id),
      ids,
      texts,
      bytes,
      this.#shelf.now(),
      this.#shelf.maxBytes,
    );
    if (row === undefined) return false;
    this.#shelf.check(id, Number(row["size"]));
    await this.#shelf.limits.note(row, { bytes });
    return true;
  }

  async all(owner: string, id: string): Promise<readonly StoredItem[] | null> {
    const rows = await this.#shelf.run("allItems", ...this.#place(owner, id), MAX_READ_BYTES);
    const [first] = rows;
    if (first === undefined) return null;
    checkRead(Number(first["bytes"]), id);
    this.#shelf.touch(first);
    return itemsOf(rows);
  }

  async list(owner: string, id: string, { after, limit, order }: ItemQuery): Promise<ItemPage | null> {
    const rows = await this.#shelf.run(
      order === "asc" ? "itemsAfter" : "itemsBefore",
      ...this.#place(owner, id),
      after === null ? null : kept(after),
      limit + 1,
    );
    const [first] = rows;
    if (first?.["there"] !== true) return null;
    this.#shelf.touch(first);
    return { items: itemsOf(rows.slice(0, limit)), hasMore: rows.length > limit };
  }

  async item(owner: string, id: string, itemId: string): Promise<StoredItem | null> {
    const [row] = await this.#shelf.run("item", ...this.#place(owner, id), kept(itemId));
    if (row === undefined) return null;
    this.#shelf.touch(row);
    return JSON.parse(String(row["json"]));
  }

  async deleteItem(owner: string, id: string, itemId: string): Promise<boolean> {
    const now = this.#shelf.now();
    const gone = await this.#shelf.run("removeItem", ...this.#place(owner, id), kept(itemId), now);
    return gone.length > 0;
  }

  #place(owner: string, id: string): readonly Value[] {
    return [kept(owner), kept(id), this.#shelf.oldest()];
  }
}

/** Of two with one id the first. */
function columnsOf(items: readonly StoredItem[]): { ids: string[]; texts: string[]; bytes: number } {
  const texts = new Map<string, string>();
  for (const item of items) {
    const id = kept(item.id);
    if (!texts.has(id)) texts.set(id, JSON.stringify(item));
  }
  let bytes = 0;
  for (const text of texts.values()) bytes += ITEM_BYTES + byteLength(text);
  return { ids: [...texts.keys()], texts: [...texts.values()], bytes };
}

function itemsOf(rows: readonly Row[]): StoredItem[] {
  return rows.filter(({ json }) => json !== null).map(({ json }) => JSON.parse(String(json)));
}
