import type { GatewayError } from "../../errors.ts";

/** Something under way that can be ended by an error. */
export interface Endable {
  /** Its place among those that are under way; -1: it is not. For {@linkcode OpenAnswers} alone. */
  place: number;
  fail(error: GatewayError): void;
  /** Bytes that wait for its client to read them; absent: none ever do. */
  readonly waitingBytes?: number;
}

/**
 * The answers that are under way, so that a process that has to end can tell their clients. In an array, each
 * knowing its place, for the reason that `Deadlines` gives.
 */
export class OpenAnswers {
  readonly #open: Endable[] = [];

  /** Answers that are under way now. */
  get size(): number {
    return this.#open.length;
  }

  add(answer: Endable): void {
    answer.place = this.#open.push(answer) - 1;
  }

  delete(answer: Endable): void {
    if (answer.place === -1) return;
    const last = this.#open.pop();
    if (last !== undefined && last !== answer) {
      this.#open[answer.place] = last;
      last.place = answer.place;
    }
    answer.place = -1;
  }

  /** Bytes that wait for clients to read them. */
  get waitingBytes(): number {
    return this.#open.reduce((bytes, answer) => bytes + (answer.waitingBytes ?? 0), 0);
  }

  /** Ends them all: by an error where nothing was sent, else by an error event. */
  failAll(error: GatewayError): void {
    for (const answer of [...this.#open]) answer.fail(error);
  }
}
