import type { GatewayError } from "../../errors.ts";

/** Something open that can be ended by an error. */
export interface Endable {
  fail(error: GatewayError): void;
}

/** The streams that are open now, so that a process that has to end can tell their clients. */
export class OpenStreams {
  readonly #open = new Set<Endable>();

  add(stream: Endable): void {
    this.#open.add(stream);
  }

  delete(stream: Endable): void {
    this.#open.delete(stream);
  }

  /** Ends them all by an error event. */
  failAll(error: GatewayError): void {
    for (const stream of [...this.#open]) stream.fail(error);
  }
}
