import type { Buffer } from "node:buffer";
import type { CallConnection } from "../call_connection.ts";
import { coded } from "../coded_error.ts";
import { UNPROCESSED } from "../connection_failure.ts";
import type { HttpCall } from "../http_call.ts";
import type { Session } from "./session.ts";
import { RECEIVE_WINDOW } from "./windows.ts";

const MOST_MOVES = 3;

/** The way of one call: a stream on a session. It carries one call and is then gone. */
export class Lane implements CallConnection {
  /** The stream's number; 0: it has none yet. */
  id = 0;
  /** Bytes that we may send still. */
  sendWindow = 0;
  /** What is left of the request's body; null: nothing. */
  unsent: Uint8Array | null = null;
  /** Nothing comes after `unsent`. */
  lastUnsent = false;
  /** Called when `unsent` has gone out. */
  onSent: (() => void) | null = null;
  /** The request has gone out to its end. */
  sentAll = false;
  /** The headers of the answer are there. */
  answered = false;
  reused: boolean;
  call: HttpCall | null = null;
  #session: Session;
  #moves = 0;
  /** What came while the caller reads nothing. */
  #waiting: Uint8Array[] = [];
  #held = false;
  #ended = false;
  /** Received and not yet given back to the window; of these, what may be given back. */
  #outstanding = 0;
  #taken = 0;
  /** Of the answer's body, as its headers say; NaN: they do not. */
  #expected = NaN;
  #received = 0;

  constructor(session: Session) {
    this.#session = session;
    this.reused = session.isOpen;
  }

  dispatch(call: HttpCall): void {
    this.call = call;
    this.#session.open(this);
  }

  /** Goes by another session: this one had no room after all. Not for ever: a provider may allow no streams. */
  move(session: () => Session): void {
    if (++this.#moves > MOST_MOVES) return this.onError(coded(UNPROCESSED, "The provider takes no requests"));
    this.#session = session();
    this.#session.open(this);
  }

  served(): void {}

  destroy(): void {
    if (this.call === null) return;
    this.call = null;
    this.#waiting = [];
    this.#session.abandon(this);
  }

  /** @param headers without the pseudo-headers. @param length of the body, as far as it is told. */
  onHeaders(status: number, headers: Buffer[], length: number): void {
    const { call } = this;
    if (call === null) return;
    if (status >= 200) {
      this.answered = true;
      this.#expected = length;
    }
    call.onResponseStarted();
    if (!call.onHeaders(status, headers, this.#resume)) this.#held = true;
  }

  /**
   * @param size what the frame took of the window, padding included.
   * @returns whether the window had so much.
   */
  onData(data: Uint8Array, size: number): boolean {
    this.#received += data.length;
    this.#outstanding += size;
    if (this.#outstanding > RECEIVE_WINDOW) return false;
    this.#taken += size - data.length;
    // The session's buffer is used again.
    const chunk = data.slice();
    if (this.#held) this.#waiting.push(chunk);
    else this.#deliver(chunk);
    return true;
  }

  /** The answer is there. */
  onEnd(): void {
    this.#ended = true;
    if (!this.#held) this.#complete();
  }

  /** The session has let go of it: the call is told why. */
  onError(error: Error): void {
    const { call } = this;
    this.call = null;
    this.#waiting = [];
    call?.onError(error);
  }

  #deliver(chunk: Uint8Array): void {
    this.#taken += chunk.length;
    const { call } = this;
    if (call === null) return;
    if (chunk.length > 0 && !call.onData(chunk as Buffer)) this.#held = true;
    if (this.#taken < RECEIVE_WINDOW / 2 || this.#ended) return;
    this.#session.acknowledge(this, this.#taken);
    this.#outstanding -= this.#taken;
    this.#taken = 0;
  }

  readonly #resume = (): void => {
    this.#held = false;
    for (let chunk = this.#waiting.shift(); chunk !== undefined; chunk = this.#waiting.shift()) {
      this.#deliver(chunk);
      if (this.#held) return;
    }
    if (this.#ended) this.#complete();
  };

  #complete(): void {
    const { call } = this;
    if (call === null) return;
    this.call = null;
    this.#session.finished(this);
    if (!Number.isNaN(this.#expected) && this.#expected !== this.#received) {
      call.onError(coded("UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "The answer is not as long as it says"));
    } else call.onComplete();
  }
}
