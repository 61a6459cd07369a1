/** The command that tells whether a file can be written again; every database has it. */
const PROBE = "probe";

/**
 * Whether commands fail. One that failed has to succeed itself before all is well, or the probe: on a full disk
 * reading succeeds, and tells nothing of writing.
 */
export class CommandHealth {
  readonly #onChange: (failure: string | null) => void;
  #failure: string | null = null;
  /** The command that failed; empty: none of them can be run. */
  #command = "";

  /** @param onChange called when the first one fails, with why, and with null when all is well again. */
  constructor(onChange: (failure: string | null) => void = () => {}) {
    this.#onChange = onChange;
  }

  get failure(): string | null {
    return this.#failure;
  }

  failed(command: string, failure: string): void {
    const first = this.#failure === null;
    this.#failure = failure;
    this.#command = command;
    if (first) this.#onChange(failure);
  }

  succeeded(command: string): void {
    if (this.#failure === null) return;
    if (this.#command !== command && this.#command !== "" && command !== PROBE) return;
    this.#failure = null;
    this.#onChange(null);
  }
}
