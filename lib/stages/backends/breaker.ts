import type { Clock } from "../../clock.ts";

export interface BreakerOptions {
  /** Failures in a row that open it; 0: it never opens. */
  readonly failures: number;
  /** The first penalty, milliseconds; it doubles each time a probe fails. */
  readonly baseDelay: number;
  readonly maxDelay: number;
}

export type BreakerState = "closed" | "open" | "half_open";

/** Penalties differ by up to this share, so that many gateways do not probe at once. */
const JITTER = 0.2;

/**
 * A circuit breaker: after failures in a row it lets nobody through for a while, then one probe at a time, whose
 * success closes it and whose failure lengthens the while. Everything is decided when somebody asks: no timer runs.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #changed: (state: BreakerState) => void;
  #failures = 0;
  /** Openings in a row without a success between. */
  #openings = 0;
  /** Monotonic milliseconds; NaN: it is closed. */
  #opensUntil = NaN;
  #probing = false;
  #held = false;

  /** @param changed hears of each change of state, once. */
  constructor(
    options: BreakerOptions,
    clock: Clock,
    random: () => number,
    changed: (state: BreakerState) => void,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#changed = changed;
  }

  get state(): BreakerState {
    if (Number.isNaN(this.#opensUntil)) return "closed";
    return this.#clock.now() < this.#opensUntil ? "open" : "half_open";
  }

  /** Milliseconds until somebody may be let through; 0: now, unless a probe is under way. */
  get wait(): number {
    return Number.isNaN(this.#opensUntil) ? 0 : Math.max(0, this.#opensUntil - this.#clock.now());
  }

  /** Whether a request would be let through now. */
  get admits(): boolean {
    const { state } = this;
    return state === "closed" || (state === "half_open" && !this.#probing);
  }

  /** Lets one request through, whose end has to be told. @returns whether it may go. */
  enter(): boolean {
    if (!this.admits) return false;
    if (this.state === "half_open") {
      this.#probing = true;
      this.#changed("half_open");
    }
    return true;
  }

  /** Somebody who looks after it found it down: for so many milliseconds nobody is let through. */
  hold(ms: number): void {
    const was = this.state;
    const until = this.#clock.now() + ms;
    this.#held = true;
    if (!(this.#opensUntil >= until)) this.#opensUntil = until;
    if (was !== "open") this.#changed("open");
  }

  /** Whoever held it found it well again. */
  release(): void {
    if (this.#held) this.#close();
  }

  /** A request ended. @param good null: its end says nothing of the endpoint (a client's own fault, a cancel). */
  leave(good: boolean | null): void {
    const probed = this.#probing;
    this.#probing = false;
    if (good === null) return;
    if (good) return this.#close();
    this.#failures++;
    const { failures } = this.#options;
    // Those that were under way when it opened add nothing to its penalty.
    if (failures > 0 && (probed || (this.state === "closed" && this.#failures >= failures))) this.#open();
  }

  #close(): void {
    this.#failures = 0;
    this.#openings = 0;
    this.#held = false;
    if (Number.isNaN(this.#opensUntil)) return;
    this.#opensUntil = NaN;
    this.#changed("closed");
  }

  #open(): void {
    const { baseDelay, maxDelay } = this.#options;
    const delay = Math.min(maxDelay, baseDelay * 2 ** this.#openings++);
    this.#opensUntil = this.#clock.now() + delay * (1 - JITTER + 2 * JITTER * this.#random());
    this.#changed("open");
  }
}
