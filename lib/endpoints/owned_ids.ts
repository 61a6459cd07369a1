import type { Clock } from "../clock.ts";
import { GatewayError } from "../errors.ts";
import { beginOperation } from "../stores/instrument.ts";
import type { OwnedIdStore } from "../stores/owned_id_store.ts";
import type { Exchange } from "../telemetry/exchange.ts";

/** What a provider keeps under ids for its account: what stands for an id in paths, and what there is none like. */
export const OWNED = {
  files: { parameter: "file_id", absent: (id: string) => `No such File object: ${id}`, param: "id" },
  batches: {
    parameter: "batch_id",
    absent: (id: string) => `No batch found with id '${id}'.`,
    param: "batch_id",
  },
  vector_stores: {
    parameter: "vector_store_id",
    absent: (id: string) => `No vector store found with id '${id}'.`,
    param: "vector_store_id",
  },
} as const;

export type OwnedFamily = keyof typeof OWNED;

/** Characters of an id that is repeated to whoever asked for it; none of a provider's is longer. */
const LONGEST = 200;

/** Whose is what a provider keeps, for one caller: what is another's is as if it were not there. */
export class OwnedIds {
  readonly #exchange: Exchange;
  readonly #owner: string;
  readonly #store: OwnedIdStore;
  readonly #clock: Clock;

  constructor(exchange: Exchange, owner: string, store: OwnedIdStore, clock: Clock) {
    this.#exchange = exchange;
    this.#owner = owner;
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws {GatewayError} as the provider has it where there is none; the same for another's. */
  async require(family: OwnedFamily, id: string): Promise<void> {
    if (!(await this.owned([id])).has(id)) throw notThere(family, id);
  }

  /** Before something is made of which nobody could say afterwards whose it is. */
  requireStore(): void {
    const why = this.#store.failure();
    if (why !== null) throw unavailable(new Error(why));
  }

  async owned(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    return await this.#asked("get", () => this.#store.of(this.#owner, ids));
  }

  async add(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#asked("create", () => this.#store.add(this.#owner, ids));
  }

  async remove(id: string): Promise<void> {
    await this.#asked("delete", () => this.#store.remove(this.#owner, id));
  }

  async #asked<T>(operation: "get" | "create" | "delete", ask: () => Promise<T>): Promise<T> {
    const noted = beginOperation(
      this.#exchange,
      "owned_ids",
      this.#store.backend,
      operation,
      this.#clock.now(),
    );
    try {
      return await ask();
    } catch (cause) {
      noted.status = "error";
      throw unavailable(cause);
    } finally {
      noted.endedAt = this.#clock.now();
    }
  }
}

/** As the provider has it where there is none. */
export function notThere(family: OwnedFamily, id: string): GatewayError {
  const { absent, param } = OWNED[family];
  return new GatewayError("not_found", absent(id.slice(0, LONGEST)), { param });
}

function unavailable(cause: unknown): GatewayError {
  return new GatewayError(
    "owned_id_store_unavailable",
    "The store that knows whose files, batches and vector stores are does not answer.",
    { cause, retryAfter: 1 },
  );
}
