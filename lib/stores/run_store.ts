import type { JsonObject } from "../wire/canonical.ts";
import type { StoredResponse } from "./conversation_store.ts";

/** Which process runs a response, and until when that is believed without a further sign of life. */
export interface Lease {
  /** Unguessable, made anew at each start of a process. */
  readonly process: string;
  /** Unix milliseconds. */
  readonly until: number;
}

/** One event of a stream, as its client sees it. */
export interface StoredEvent {
  /** Its `sequence_number`. Rises from event to event; there may be gaps. */
  readonly sequence: number;
  /** The whole event as SSE text, its empty line included. */
  readonly text: string;
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** The run is over: after these and those that follow them here, none will come. */
  readonly finished: boolean;
}

/**
 * Responses that run in the background. A run is a turn of the {@linkcode ConversationStore} beside it, by which it
 * is read and deleted, together with its events, while somebody may still finish it. Every implementation passes
 * `tests/stores/run_store_contract.ts`; each method is one step, whole or not at all, also between processes.
 */
export interface RunStore {
  /** Stores the turn as a run under a lease, with its first events: one that is not streamed has none, ever. */
  begin(turn: StoredResponse, lease: Lease, events: readonly StoredEvent[]): Promise<void>;
  /** Replaces the response of a run that is not over. @returns false where it is over, or there is none. */
  update(owner: string, id: string, response: JsonObject): Promise<boolean>;
  /**
   * Adds events, in order, to a run that is not over; those up to the last that is there are passed over, so that what
   * may have failed can be done again. @returns false where it is over, or there is none. */
  append(owner: string, id: string, events: readonly StoredEvent[]): Promise<boolean>;
  /**
   * Ends a run: its last response and its last events. @returns false where it was over already, or there is none:
   * of two that end it (the model's answer, a cancel, another process) the first one counts.
   */
  finish(owner: string, id: string, response: JsonObject, events: readonly StoredEvent[]): Promise<boolean>;
  /**
   * At most `limit` events with higher numbers than `after`, in order; null where there is no such run, an ordinary
   * turn included.
   */
  events(owner: string, id: string, after: number, limit: number): Promise<EventPage | null>;
  /** Prolongs the lease of every run of `lease.process` that is not over. */
  renew(lease: Lease): Promise<void>;
  /** At most `limit` runs of all owners that are not over and whose lease ended before `now` (Unix milliseconds). */
  abandoned(now: number, limit: number): Promise<StoredResponse[]>;
}
