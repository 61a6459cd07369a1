import type { Clock } from "../clock.ts";
import type { Deadlines } from "../deadlines.ts";
import { GatewayError } from "../errors.ts";
import { type Exchange, StoreOperation } from "../telemetry/exchange.ts";
import { inTime } from "./in_time.ts";
import { Refusal } from "./refusal.ts";
import { newSpanId } from "../telemetry/ids.ts";

export interface InstrumentOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Milliseconds for one operation; default 250, 0: any time. */
  readonly timeout?: number;
}

const DEFAULT_TIMEOUT = 250;

/** Puts an operation on a store into the record, with a span where the request is traced. */
export function beginOperation(
  exchange: Exchange,
  store: string,
  backend: string,
  name: string,
  now: number,
): StoreOperation {
  const operation = new StoreOperation(store, backend, name, now);
  if (exchange.traced) operation.spanId = newSpanId();
  exchange.storeOperations.push(operation);
  return operation;
}

/**
 * Records operations on a store in an Exchange; their failures and delays are `conversation_store_unavailable`, and
 * what the store refuses is `request_too_large`.
 */
export class Instrument {
  readonly #backend: string;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #timeout: number;

  constructor(backend: string, options: InstrumentOptions) {
    this.#backend = backend;
    this.#clock = options.clock;
    this.#deadlines = options.deadlines;
    this.#timeout = options.timeout ?? DEFAULT_TIMEOUT;
  }

  /** @param id of what the operation is about. */
  begin(exchange: Exchange, name: string, id: string): StoreOperation {
    const operation = beginOperation(exchange, "conversation", this.#backend, name, this.#clock.now());
    operation.conversationId = id;
    return operation;
  }

  /** @throws {GatewayError} `conversation_store_unavailable`. */
  async run<T>(operation: StoreOperation, work: () => Promise<T>): Promise<T> {
    try {
      return await this.inTime(work);
    } catch (error) {
      operation.status = "error";
      throw error;
    } finally {
      operation.endedAt = this.#clock.now();
    }
  }

  /** An operation that finds nothing where its result is null or false. */
  async find<T>(exchange: Exchange, name: string, id: string, work: () => Promise<T>): Promise<T> {
    const operation = this.begin(exchange, name, id);
    const found = await this.run(operation, work);
    if (found === null || found === false) operation.status = "not_found";
    return found;
  }

  /** What no record is made of: it belongs to no request, or to an operation that is recorded as a whole. */
  async inTime<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.#limited(work);
    } catch (cause) {
      if (cause instanceof Refusal) throw new GatewayError("request_too_large", cause.message, { cause });
      throw new GatewayError("conversation_store_unavailable", "The conversation store is not available.", {
        cause,
      });
    }
  }

  #limited<T>(work: () => Promise<T>): Promise<T> {
    return this.#timeout <= 0 ? work() : inTime(this.#deadlines, this.#timeout, work);
  }
}
