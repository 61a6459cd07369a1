import type { GatewayError } from "../../errors.ts";

/** Something under way that can be ended by an error. */
export interface Endable {
  fail(error: GatewayError): void;
}

/** The answers that are under way, so that a process that has to end can tell their clients. */
export class OpenAnswers {
  readonly #open = new Set<Endable>();

  /** Answers that are under way now. */
  get size(): number {
    return this.#open.size;
  }

  add(answer: Endable): void {
    this.#open.add(answer);
  }

  delete(answer: Endable): void {
    this.#open.delete(answer);
  }

  /** Ends them all: by an error where nothing was sent, else by an error event. */
  failAll(error: GatewayError): void {
    for (const answer of [...this.#open]) answer.fail(error);
  }
}
