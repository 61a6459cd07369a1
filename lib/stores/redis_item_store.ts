import type { ItemPage, ItemQuery, ItemStore, StoredConversation, StoredItem } from "./item_store.ts";
import type { Place } from "./redis/conversations/places.ts";
import {
  ALL_ITEMS,
  APPEND_ITEMS,
  ITEM,
  LIST_ITEMS,
  PUT_CONVERSATION,
  REMOVE_ITEM,
  UPDATE_CONVERSATION,
} from "./redis/conversations/item_scripts.ts";
import { bytesOf } from "./redis_conversation_store.ts";
import { ENTRY_BYTES, type RedisShelf } from "./redis_shelf.ts";
import { checkRead, MAX_READ_BYTES } from "./refusal.ts";

/** Conversations in Redis, on a {@linkcode RedisShelf}. */
export class RedisItemStore implements ItemStore {
  readonly #shelf: RedisShelf;

  constructor(shelf: RedisShelf) {
    this.#shelf = shelf;
  }

  async create({ metadata, ...rest }: StoredConversation, items: readonly StoredItem[]): Promise<void> {
    const place = placeOf(rest.owner, rest.id);
    const texts = [JSON.stringify(rest), JSON.stringify(metadata)];
    const bytes = ENTRY_BYTES + bytesOf(...texts);
    const { maxBytes } = this.#shelf.limits;
    const answer = await this.#shelf.run(PUT_CONVERSATION, place, ...texts, bytes, maxBytes, ...pairs(items));
    const all = this.#shelf.grown(answer, rest.id);
    if (all !== null) await this.#shelf.put(place, all);
  }

  async get(owner: string, id: string): Promise<StoredConversation | null> {
    const place = placeOf(owner, id);
    const [key] = this.#shelf.places.keys(place);
    const found = await this.#shelf.client.run("HMGET", key, "at", "used", "json", "metadata");
    if (!Array.isArray(found) || !this.#shelf.isAlive(found[0])) return null;
    this.#use(place, found[1]);
    return conversationOf(found[2], found[3]);
  }

  async update(
    owner: string,
    id: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<StoredConversation | null> {
    const place = placeOf(owner, id);
    const text = JSON.stringify(metadata);
    const answer = await this.#shelf.run(UPDATE_CONVERSATION, place, text);
    if (!Array.isArray(answer)) return null;
    const [grown, json] = answer;
    await this.#shelf.note("prolong", place, Number(grown));
    return conversationOf(json, text);
  }

  delete(owner: string, id: string): Promise<boolean> {
    return this.#shelf.remove(placeOf(owner, id));
  }

  append(owner: string, id: string, items: readonly StoredItem[]): Promise<boolean> {
    const place = placeOf(owner, id);
    return this.#grow(
      place,
      this.#shelf.run(APPEND_ITEMS, place, this.#shelf.limits.maxBytes, ...pairs(items)),
    );
  }

  async all(owner: string, id: string): Promise<readonly StoredItem[] | null> {
    const place = placeOf(owner, id);
    const found = await this.#shelf.run(ALL_ITEMS, place, MAX_READ_BYTES);
    if (found === "large") checkRead(Infinity, id);
    return this.#items(place, found);
  }

  async list(owner: string, id: string, { after, limit, order }: ItemQuery): Promise<ItemPage | null> {
    const place = placeOf(owner, id);
    const from = after === null ? "" : `=${after}`;
    const items = this.#items(place, await this.#shelf.run(LIST_ITEMS, place, from, limit + 1, order));
    return items === null ? null : { items: items.slice(0, limit), hasMore: items.length > limit };
  }

  async item(owner: string, id: string, itemId: string): Promise<StoredItem | null> {
    const found = await this.#shelf.run(ITEM, placeOf(owner, id), itemId);
    return typeof found === "string" ? JSON.parse(found) : null;
  }

  deleteItem(owner: string, id: string, itemId: string): Promise<boolean> {
    const place = placeOf(owner, id);
    return this.#grow(place, this.#shelf.run(REMOVE_ITEM, place, itemId));
  }

  /** @returns whether there was what was changed. */
  async #grow(place: Place, change: Promise<unknown>): Promise<boolean> {
    const grown = this.#shelf.grown(await change, place.id);
    if (grown !== null) await this.#shelf.note("prolong", place, grown);
    return grown !== null;
  }

  #items(place: Place, found: unknown): StoredItem[] | null {
    if (!Array.isArray(found)) return null;
    const [used, ...items] = found;
    this.#use(place, used);
    return items.map((item) => JSON.parse(String(item)));
  }

  #use(place: Place, used: unknown): void {
    if (this.#shelf.isStale(used)) this.#shelf.touch([place]);
  }
}

function placeOf(owner: string, id: string): Place {
  return { kind: "conversation", owner, id };
}

function pairs(items: readonly StoredItem[]): string[] {
  return items.flatMap((item) => [item.id, JSON.stringify(item)]);
}

function conversationOf(json: unknown, metadata: unknown): StoredConversation {
  return { ...JSON.parse(String(json)), metadata: JSON.parse(String(metadata)) };
}
