import type { Exchange, StoreOperation } from "../telemetry/exchange.ts";
import type { JsonObject } from "../wire/canonical.ts";
import type { StoredResponse } from "./conversation_store.ts";
import { Instrument, type InstrumentOptions } from "./instrument.ts";
import { describeTurn } from "./instrumented_store.ts";
import type { EventPage, Lease, RunStore, StoredEvent } from "./run_store.ts";

/**
 * A store of runs. What a request or a run asks of it is recorded in its Exchange; all reject with
 * `conversation_store_unavailable` where the store fails or takes too long.
 */
export class InstrumentedRuns {
  readonly #store: RunStore;
  readonly #instrument: Instrument;

  /** @param backend its kind, as the metrics' label has it. */
  constructor(store: RunStore, backend: string, options: InstrumentOptions) {
    this.#store = store;
    this.#instrument = new Instrument(backend, options);
  }

  /** See {@linkcode RunStore.begin}. */
  begin(
    exchange: Exchange,
    turn: StoredResponse,
    lease: Lease,
    events: readonly StoredEvent[],
  ): Promise<void> {
    const operation = this.#instrument.begin(exchange, "create", turn.id);
    describeTurn(operation, turn);
    return this.#instrument.run(operation, () => this.#store.begin(turn, lease, events));
  }

  /** See {@linkcode RunStore.update}. */
  update(exchange: Exchange, owner: string, id: string, response: JsonObject): Promise<boolean> {
    return this.#instrument.find(exchange, "update", id, () => this.#store.update(owner, id, response));
  }

  /** See {@linkcode RunStore.finish}. Null in the place of an Exchange: it is over already. */
  finish(
    exchange: Exchange | null,
    owner: string,
    id: string,
    response: JsonObject,
    events: readonly StoredEvent[],
  ): Promise<boolean> {
    const work = () => this.#store.finish(owner, id, response, events);
    return exchange === null
      ? this.#instrument.inTime(work)
      : this.#instrument.find(exchange, "update", id, work);
  }

  /** Begins the one operation that stands for all appending of a run's events. */
  appending(exchange: Exchange, id: string): StoreOperation {
    return this.#instrument.begin(exchange, "append", id);
  }

  /** See {@linkcode RunStore.append}. */
  append(
    operation: StoreOperation,
    owner: string,
    id: string,
    events: readonly StoredEvent[],
  ): Promise<boolean> {
    return this.#instrument.run(operation, () => this.#store.append(owner, id, events));
  }

  /** See {@linkcode RunStore.events}. Of many pages one request needs the first is recorded; null: a later one. */
  async events(
    exchange: Exchange | null,
    owner: string,
    id: string,
    after: number,
    limit: number,
  ): Promise<EventPage | null> {
    const work = () => this.#store.events(owner, id, after, limit);
    return exchange === null
      ? await this.#instrument.inTime(work)
      : await this.#instrument.find(exchange, "list", id, work);
  }

  /** See {@linkcode RunStore.renew}. */
  renew(lease: Lease): Promise<void> {
    return this.#instrument.inTime(() => this.#store.renew(lease));
  }

  /** See {@linkcode RunStore.abandoned}. */
  abandoned(now: number, limit: number): Promise<StoredResponse[]> {
    return this.#instrument.inTime(() => this.#store.abandoned(now, limit));
  }
}
