import type { JsonObject, JsonValue } from "../wire/canonical.ts";

/** One stored turn: a response of the responses API with the input that led to it. */
export interface StoredResponse {
  /** `resp_…`; unique, unguessable. */
  readonly id: string;
  /** Whose it is; every query names it. */
  readonly owner: string;
  /** The turn before, or null at the start of a chain. */
  readonly previousId: string | null;
  /** As the client named it. */
  readonly model: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** The turn's own input items, not its predecessors'. */
  readonly input: readonly JsonValue[];
  /** The response object as it was answered, its `output` items included. */
  readonly response: JsonObject;
}

/**
 * Where responses with `store` are kept. Every implementation passes `tests/stores/conversation_store_contract.ts`.
 * A row of another owner and an absent one look alike: null. Errors of the backend are thrown as they are; the
 * caller turns them into `conversation_store_unavailable`.
 */
export interface ConversationStore {
  /** `memory`, `sqlite`, `redis`, `postgres`: label `backend`. */
  readonly backend: string;
  /** Resolves once the turn is safe by the backend's own standard. Replaces a row of the same id and owner. */
  create(turn: StoredResponse): Promise<void>;
  get(owner: string, id: string): Promise<StoredResponse | null>;
  /**
   * The turn and all before it, oldest first; null if any is absent or not the owner's.
   * @throws {Refusal} where they are too large together.
   */
  chain(owner: string, id: string): Promise<StoredResponse[] | null>;
  /** @returns whether there was one. */
  delete(owner: string, id: string): Promise<boolean>;
  /** Turns that are kept now. Cheap: read at each scrape. */
  activeCount(): number;
  close(): Promise<void>;
}
