import type { Deadline, Deadlines } from "../../deadlines.ts";

/** How long a connection may be silent before it has to prove, beside the next request, that it lives. */
const SILENT = 15_000;
/** How long it may take to answer a ping. */
const PING_TIMEOUT = 5_000;

/**
 * Whether the other end is there still. Many requests share a connection, and one that died without a word would
 * take each of them until its own time-out.
 */
export class Liveness {
  readonly #deadlines: Deadlines;
  readonly #ping: () => void;
  readonly #onDead: () => void;
  #heardAt: number;
  #deadline: Deadline | null = null;

  /** @param ping sends one. @param onDead called when none comes back. */
  constructor(deadlines: Deadlines, ping: () => void, onDead: () => void) {
    this.#deadlines = deadlines;
    this.#ping = ping;
    this.#onDead = onDead;
    this.#heardAt = deadlines.now();
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = this.#deadlines.now();
  }

  /** A request goes out: asks for a sign of life if there was none for a while. */
  used(): void {
    if (this.#deadlines.now() - this.#heardAt > SILENT) this.prove();
  }

  /** Asks for a sign of life now. */
  prove(): void {
    if (this.#deadline !== null) return;
    this.#ping();
    this.#deadline = this.#deadlines.after(PING_TIMEOUT, this.#onDead);
  }

  /** The ping came back, or nobody asks any more. */
  settle(): void {
    this.#deadlines.cancel(this.#deadline);
    this.#deadline = null;
  }
}
