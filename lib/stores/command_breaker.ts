import type { Clock } from "../clock.ts";

export interface CommandBreakerOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Called when it opens, with why, and with null once commands succeed again. */
  readonly onHealth?: ((failure: string | null) => void) | undefined;
}

/** Failures in a row after which nobody waits for the server any more. */
const FAILURES = 3;
/** Milliseconds until it is tried again, the first time and at most. */
const SHORTEST = 500;
const LONGEST = 5_000;

/** Keeps commands from a server that does not answer: one at a time tries whether it does again. */
export class CommandBreaker {
  readonly #options: CommandBreakerOptions;
  #failures = 0;
  #penalty = SHORTEST;
  /** When a command may try the server again; -Infinity: it is closed. */
  #openUntil = -Infinity;
  #probing = false;
  #failure: string | null = null;

  constructor(options: CommandBreakerOptions) {
    this.#options = options;
  }

  /** Why it is open; null while it is not. */
  get failure(): string | null {
    return this.#failure;
  }

  /** It is known to be away: nobody has to find out. */
  fail(why: string): void {
    if (this.#failure === null) this.#open(why);
  }

  /** Something speaks for it: the next command may try. */
  tryNow(): void {
    this.#openUntil = -Infinity;
  }

  /** @throws what the command does, or at once where the server is known not to answer. */
  async run<T>(command: () => Promise<T>): Promise<T> {
    if (this.#failure !== null) {
      if (this.#probing || this.#options.clock.now() < this.#openUntil) throw new Error(this.#failure);
      this.#probing = true;
    }
    try {
      const value = await command();
      this.#succeeded();
      return value;
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  #succeeded(): void {
    this.#failures = 0;
    this.#probing = false;
    if (this.#failure === null) return;
    this.#failure = null;
    this.#penalty = SHORTEST;
    this.#options.onHealth?.(null);
  }

  #failed(why: string): void {
    this.#failures++;
    const first = this.#failure === null;
    // Those that were sent before it opened say nothing new.
    if (!first && !this.#probing) return;
    this.#probing = false;
    if (this.#failures < FAILURES && first) return;
    this.#open(why);
  }

  #open(why: string): void {
    const { clock, random, onHealth } = this.#options;
    const first = this.#failure === null;
    this.#failure = why;
    this.#openUntil = clock.now() + this.#penalty * (0.5 + random() / 2);
    this.#penalty = Math.min(LONGEST, this.#penalty * 2);
    if (first) onHealth?.(why);
  }
}
