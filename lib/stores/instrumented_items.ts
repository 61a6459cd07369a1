import type { Exchange, StoreOperation } from "../telemetry/exchange.ts";
import { Instrument, type InstrumentOptions } from "./instrument.ts";
import type { ItemPage, ItemQuery, ItemStore, StoredConversation, StoredItem } from "./item_store.ts";

/**
 * A store of conversations whose every operation is recorded in an Exchange. All reject with
 * `conversation_store_unavailable` where the store fails or takes too long.
 */
export class InstrumentedItems {
  readonly #store: ItemStore;
  readonly #instrument: Instrument;

  /** @param backend its kind, as the metrics' label has it. */
  constructor(store: ItemStore, backend: string, options: InstrumentOptions) {
    this.#store = store;
    this.#instrument = new Instrument(backend, options);
  }

  /** See {@linkcode ItemStore.create}. */
  create(
    exchange: Exchange,
    conversation: StoredConversation,
    items: readonly StoredItem[],
  ): Promise<void> {
    const operation = this.#instrument.begin(exchange, "create", conversation.id);
    operation.messageCount = items.length;
    return this.#instrument.run(operation, () => this.#store.create(conversation, items));
  }

  /** See {@linkcode ItemStore.get}. */
  get(exchange: Exchange, owner: string, id: string): Promise<StoredConversation | null> {
    return this.#instrument.find(exchange, "get", id, () => this.#store.get(owner, id));
  }

  /** See {@linkcode ItemStore.update}. */
  update(
    exchange: Exchange,
    owner: string,
    id: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<StoredConversation | null> {
    return this.#instrument.find(exchange, "update", id, () => this.#store.update(owner, id, metadata));
  }

  /** See {@linkcode ItemStore.delete}. */
  delete(exchange: Exchange, owner: string, id: string): Promise<boolean> {
    return this.#instrument.find(exchange, "delete", id, () => this.#store.delete(owner, id));
  }

  /** See {@linkcode ItemStore.append}. */
  async append(
    exchange: Exchange,
    owner: string,
    id: string,
    items: readonly StoredItem[],
  ): Promise<boolean> {
    const operation = this.#instrument.begin(exchange, "append", id);
    operation.messageCount = items.length;
    const found = await this.#instrument.run(operation, () => this.#store.append(owner, id, items));
    if (!found) operation.status = "not_found";
    return found;
  }

  /** See {@linkcode ItemStore.all}. */
  async all(exchange: Exchange, owner: string, id: string): Promise<readonly StoredItem[] | null> {
    const operation = this.#instrument.begin(exchange, "list", id);
    const items = await this.#instrument.run(operation, () => this.#store.all(owner, id));
    count(operation, items);
    return items;
  }

  /** See {@linkcode ItemStore.list}. */
  async list(exchange: Exchange, owner: string, id: string, query: ItemQuery): Promise<ItemPage | null> {
    const operation = this.#instrument.begin(exchange, "list", id);
    const page = await this.#instrument.run(operation, () => this.#store.list(owner, id, query));
    count(operation, page?.items ?? null);
    return page;
  }

  /** See {@linkcode ItemStore.item}. */
  item(exchange: Exchange, owner: string, id: string, itemId: string): Promise<StoredItem | null> {
    return this.#instrument.find(exchange, "get_item", id, () => this.#store.item(owner, id, itemId));
  }

  /** See {@linkcode ItemStore.deleteItem}. */
  deleteItem(exchange: Exchange, owner: string, id: string, itemId: string): Promise<boolean> {
    return this.#instrument.find(
      exchange,
      "delete_item",
      id,
      () => this.#store.deleteItem(owner, id, itemId),
    );
  }
}

function count(operation: StoreOperation, items: readonly StoredItem[] | null): void {
  if (items === null) operation.status = "not_found";
  else operation.messageCount = items.length;
}
