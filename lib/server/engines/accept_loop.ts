import { RetryPause } from "./retry_pause.ts";

/** Turns of the event loop in which the last connections are accepted: where more and more come, it has an end. */
const MAX_TURNS = 500;

/**
 * Milliseconds without a failure after which it is over: until then descriptors become free and are taken again, many
 * times a second.
 */
const OVER_MS = 1000;

/** What {@linkcode AcceptLoop} listens with: of TCP or of TLS. */
interface Listener<Conn> {
  accept(): Promise<Conn>;
  close(): void;
}

/** Accepts connections until it is closed. It survives a full table of file descriptors. */
export class AcceptLoop<Conn> {
  readonly #listener: Listener<Conn>;
  readonly #admit: (accepted: Conn) => void | Promise<void>;
  readonly #onWarning: (message: string) => void;
  readonly #pause = new RetryPause();
  #open = true;
  /** Connections, all that there ever were. */
  #accepted = 0;

  /** @param admit takes a connection on; the next one is accepted after that. Never rejects. */
  constructor(
    listener: Listener<Conn>,
    admit: (accepted: Conn) => void | Promise<void>,
    onWarning: (message: string) => void,
  ) {
    this.#listener = listener;
    this.#admit = admit;
    this.#onWarning = onWarning;
    this.#acceptAll();
  }

  close(): void {
    if (this.#open) this.#listener.close();
    this.#open = false;
  }

  /**
   * A connection was closed: where accepting failed for want of a file descriptor there is one now. Those that waited
   * meanwhile may have left long ago, and are many; with a pause for each few of them, whoever came after would wait.
   */
  onClosed(): void {
    this.#pause.end();
  }

  /** Closes it after a turn in which nobody came: whoever still waits when it is closed is reset. */
  async closeWhenQuiet(): Promise<void> {
    for (let turn = 0, before = -1; turn < MAX_TURNS && this.#accepted !== before; turn++) {
      before = this.#accepted;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    this.close();
  }

  async #acceptAll(): Promise<void> {
    let failed = -Infinity;
    let failing = false;
    while (this.#open) {
      try {
        const accepted = await this.#listener.accept();
        this.#accepted++;
        if (failing && performance.now() - failed > OVER_MS) {
          this.#onWarning("Accepting connections again");
          failing = false;
        }
        await this.#admit(accepted);
      } catch (error) {
        if (!this.#open) return;
        if (!failing) {
          const reason = error instanceof Error ? error.message : String(error);
          this.#onWarning(`Cannot accept connections: ${reason}; trying again`);
        }
        failing = true;
        failed = performance.now();
        await this.#pause.wait();
      }
    }
  }
}
