import type { Clock } from "../../clock.ts";
import { GatewayError } from "../../errors.ts";
import type { CacheEntry, CacheStore } from "../../stores/cache_store.ts";
import { beginOperation } from "../../stores/instrument.ts";
import type { Exchange, StageRun, StoreOperation } from "../../telemetry/exchange.ts";
import type { ChatResponse } from "../../wire/canonical.ts";
import type { AnswerKey } from "./answer_key.ts";
import { Flight } from "./flight.ts";
import { readAnswer, writeAnswer } from "./kept_answer.ts";
import { SemanticIndex } from "./semantic_index.ts";

export interface AnswerCacheOptions {
  readonly store: CacheStore;
  /** Hashes what is asked. */
  readonly secret: Uint8Array | string;
  /** The largest answer that is kept, bytes. */
  readonly maxAnswerBytes: number;
  /** Questions that are compared by what they mean. */
  readonly maxQuestions: number;
  readonly clock: Clock;
}

/** What is kept while configurations come and go: answers, the meaning of their questions, and answers under way. */
export class AnswerCache {
  readonly secret: Uint8Array | string;
  readonly questions: SemanticIndex;
  readonly maxAnswerBytes: number;
  readonly #store: CacheStore;
  readonly #clock: Clock;
  readonly #flights = new Map<string, Flight>();

  constructor({ store, secret, maxAnswerBytes, maxQuestions, clock }: AnswerCacheOptions) {
    this.#store = store;
    this.secret = secret;
    this.maxAnswerBytes = maxAnswerBytes;
    this.questions = new SemanticIndex(maxQuestions);
    this.#clock = clock;
  }

  /** Answers that are being made. */
  get underWay(): number {
    return this.#flights.size;
  }

  /** The flight of those who ask this, or null. */
  flightOf({ key }: AnswerKey): Flight | null {
    return this.#flights.get(key) ?? null;
  }

  /** @param joinable others may take the answer too. */
  begin({ key }: AnswerKey, joinable: boolean): Flight {
    const flight: Flight = new Flight(this.maxAnswerBytes, () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    if (joinable && !this.#flights.has(key)) this.#flights.set(key, flight);
    return flight;
  }

  /** The answer that is kept, if it is no older than that. @throws {GatewayError} `cache_unavailable`. */
  async find(
    exchange: Exchange,
    run: StageRun,
    { owner, key }: AnswerKey,
    maxAge: number,
  ): Promise<ChatResponse | null> {
    const operation = beginOperation(exchange, "cache", this.#store.backend, "get", this.#clock.now());
    operation.parentSpanId = run.spanId;
    const entry = await this.#get(operation, owner, key);
    if (entry === null || this.#clock.wall() - entry.storedAt > maxAge) return null;
    return readAnswer(entry.value);
  }

  async #get(operation: StoreOperation, owner: string, key: string): Promise<CacheEntry | null> {
    try {
      const entry = await this.#store.get(owner, key);
      if (entry === null) operation.status = "not_found";
      return entry;
    } catch (cause) {
      operation.status = "error";
      throw new GatewayError("cache_unavailable", "The cache's store does not answer.", { cause });
    } finally {
      operation.endedAt = this.#clock.now();
    }
  }

  /** Resolves once it is kept, or is not: a store that fails costs a miss later. */
  async keep({ owner, key }: AnswerKey, answer: ChatResponse, ttl: number): Promise<boolean> {
    try {
      await this.#store.set(owner, key, { value: writeAnswer(answer), storedAt: this.#clock.wall() }, ttl);
      return true;
    } catch {
      return false;
    }
  }

  /** Why its store cannot be used; null while it can. */
  failure(): string | null {
    return this.#store.failure();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
