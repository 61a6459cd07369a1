import type { Clock } from "../clock.ts";
import type { Deadlines } from "../deadlines.ts";
import { GatewayError } from "../errors.ts";
import { type Exchange, StoreOperation } from "../telemetry/exchange.ts";
import { newSpanId } from "../telemetry/ids.ts";
import type { ConversationStore, StoredResponse } from "./conversation_store.ts";

export interface InstrumentedStoreOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Milliseconds for one operation; default 250, 0: any time. */
  readonly timeout?: number;
}

const DEFAULT_TIMEOUT = 250;

/**
 * A conversation store whose every operation is recorded in an Exchange, and whose failures and delays are
 * `conversation_store_unavailable`. Nothing else writes a {@linkcode StoreOperation}.
 */
export class InstrumentedStore {
  readonly backend: string;
  readonly #store: ConversationStore;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #timeout: number;

  constructor(store: ConversationStore, options: InstrumentedStoreOptions) {
    this.backend = store.backend;
    this.#store = store;
    this.#clock = options.clock;
    this.#deadlines = options.deadlines;
    this.#timeout = options.timeout ?? DEFAULT_TIMEOUT;
  }

  /** See {@linkcode ConversationStore.create}. @throws {GatewayError} `conversation_store_unavailable`. */
  create(exchange: Exchange, turn: StoredResponse): Promise<void> {
    const operation = this.#begin(exchange, "create", turn.id);
    describe(operation, turn);
    return this.#run(operation, () => this.#store.create(turn));
  }

  /** See {@linkcode ConversationStore.get}. @throws {GatewayError} `conversation_store_unavailable`. */
  async get(exchange: Exchange, owner: string, id: string): Promise<StoredResponse | null> {
    const operation = this.#begin(exchange, "get", id);
    const turn = await this.#run(operation, () => this.#store.get(owner, id));
    if (turn === null) operation.status = "not_found";
    else describe(operation, turn);
    return turn;
  }

  /** See {@linkcode ConversationStore.chain}. @throws {GatewayError} `conversation_store_unavailable`. */
  async chain(exchange: Exchange, owner: string, id: string): Promise<StoredResponse[] | null> {
    const operation = this.#begin(exchange, "get", id);
    const turns = await this.#run(operation, () => this.#store.chain(owner, id));
    if (turns === null) operation.status = "not_found";
    else for (const turn of turns) describe(operation, turn);
    return turns;
  }

  /** See {@linkcode ConversationStore.delete}. @throws {GatewayError} `conversation_store_unavailable`. */
  async delete(exchange: Exchange, owner: string, id: string): Promise<boolean> {
    const operation = this.#begin(exchange, "delete", id);
    const existed = await this.#run(operation, () => this.#store.delete(owner, id));
    if (!existed) operation.status = "not_found";
    return existed;
  }

  /** Turns that are kept now. */
  activeCount(): number {
    return this.#store.activeCount();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #begin(exchange: Exchange, name: string, id: string): StoreOperation {
    const operation = new StoreOperation("conversation", this.backend, name, this.#clock.now());
    if (exchange.traced) operation.spanId = newSpanId();
    operation.conversationId = id;
    exchange.storeOperations.push(operation);
    return operation;
  }

  async #run<T>(operation: StoreOperation, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#inTime(work);
    } catch (cause) {
      operation.status = "error";
      throw new GatewayError("conversation_store_unavailable", "The conversation store is not available.", {
        cause,
      });
    } finally {
      operation.endedAt = this.#clock.now();
    }
  }

  #inTime<T>(work: () => Promise<T>): Promise<T> {
    if (this.#timeout <= 0) return work();
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`no answer within ${this.#timeout} ms`));
      const deadline = this.#deadlines.after(this.#timeout, late);
      work().then(resolve, reject).finally(() => this.#deadlines.cancel(deadline));
    });
  }
}

/** Adds what a turn holds to what the operation tells of it. */
function describe(operation: StoreOperation, turn: StoredResponse): void {
  const { output } = turn.response;
  const messages = turn.input.length + (Array.isArray(output) ? output.length : 0);
  operation.messageCount = (operation.messageCount || 0) + messages;
  operation.conversationModel = turn.model;
}
