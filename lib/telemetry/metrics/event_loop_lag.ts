import type { Clock } from "../../clock.ts";

/** How often it is looked at. */
export const LAG_INTERVAL_MS = 100;
/** Fifteen seconds: the usual time between two scrapes. */
const SAMPLES = 150;

/** How late timers fire, and thus what a request may have waited; looked at ten times a second. */
export class EventLoopLag {
  /** Hears of each sample: milliseconds. */
  onSample: ((lag: number) => void) | null = null;
  readonly #clock: Clock;
  readonly #samples = new Float64Array(SAMPLES);
  readonly #stop: () => void;
  #next = 0;
  #last: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#last = clock.now();
    this.#stop = clock.every(LAG_INTERVAL_MS, () => this.#sample());
  }

  /** The longest of the last fifteen seconds, in seconds. */
  get seconds(): number {
    return Math.max(...this.#samples) / 1000;
  }

  close(): void {
    this.#stop();
  }

  #sample(): void {
    const now = this.#clock.now();
    const lag = Math.max(0, now - this.#last - LAG_INTERVAL_MS);
    this.#samples[this.#next] = lag;
    this.#next = (this.#next + 1) % SAMPLES;
    this.#last = now;
    this.onSample?.(lag);
  }
}
