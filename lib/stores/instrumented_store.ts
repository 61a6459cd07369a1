import type { Exchange, StoreOperation } from "../telemetry/exchange.ts";
import type { ConversationStore, StoredResponse } from "./conversation_store.ts";
import { Instrument, type InstrumentOptions } from "./instrument.ts";

/**
 * A store of turns whose every operation is recorded in an Exchange. All reject with `conversation_store_unavailable`
 * where the store fails or takes too long.
 */
export class InstrumentedStore {
  readonly backend: string;
  readonly #store: ConversationStore;
  readonly #instrument: Instrument;

  constructor(store: ConversationStore, options: InstrumentOptions) {
    this.backend = store.backend;
    this.#store = store;
    this.#instrument = new Instrument(store.backend, options);
  }

  /** See {@linkcode ConversationStore.create}. */
  create(exchange: Exchange, turn: StoredResponse): Promise<void> {
    const operation = this.#instrument.begin(exchange, "create", turn.id);
    describeTurn(operation, turn);
    return this.#instrument.run(operation, () => this.#store.create(turn));
  }

  /** See {@linkcode ConversationStore.get}. */
  async get(exchange: Exchange, owner: string, id: string): Promise<StoredResponse | null> {
    const operation = this.#instrument.begin(exchange, "get", id);
    const turn = await this.#instrument.run(operation, () => this.#store.get(owner, id));
    if (turn === null) operation.status = "not_found";
    else describeTurn(operation, turn);
    return turn;
  }

  /** See {@linkcode ConversationStore.chain}. */
  async chain(exchange: Exchange, owner: string, id: string): Promise<StoredResponse[] | null> {
    const operation = this.#instrument.begin(exchange, "get", id);
    const turns = await this.#instrument.run(operation, () => this.#store.chain(owner, id));
    if (turns === null) operation.status = "not_found";
    else for (const turn of turns) describeTurn(operation, turn);
    return turns;
  }

  /** See {@linkcode ConversationStore.delete}. */
  delete(exchange: Exchange, owner: string, id: string): Promise<boolean> {
    return this.#instrument.find(exchange, "delete", id, () => this.#store.delete(owner, id));
  }

  /** Turns that are kept now. */
  activeCount(): number {
    return this.#store.activeCount();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

/** Adds what a turn holds to what the operation tells of it. */
export function describeTurn(operation: StoreOperation, turn: StoredResponse): void {
  const { output } = turn.response;
  const messages = turn.input.length + (Array.isArray(output) ? output.length : 0);
  operation.messageCount = (operation.messageCount || 0) + messages;
  operation.conversationModel = turn.model;
}
