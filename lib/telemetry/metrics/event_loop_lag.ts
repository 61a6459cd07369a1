import type { Clock } from "../../clock.ts";

const INTERVAL_MS = 500;
/** Fifteen seconds: the usual time between two scrapes. */
const SAMPLES = 30;

/** How late timers fire: the longest delay of the last fifteen seconds, and thus what a request may have waited. */
export class EventLoopLag {
  readonly #clock: Clock;
  readonly #samples = new Float64Array(SAMPLES);
  readonly #stop: () => void;
  #next = 0;
  #last: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#last = clock.now();
    this.#stop = clock.every(INTERVAL_MS, () => this.#sample());
  }

  /** Seconds. */
  get seconds(): number {
    return Math.max(...this.#samples) / 1000;
  }

  close(): void {
    this.#stop();
  }

  #sample(): void {
    const now = this.#clock.now();
    this.#samples[this.#next] = Math.max(0, now - this.#last - INTERVAL_MS);
    this.#next = (this.#next + 1) % SAMPLES;
    this.#last = now;
  }
}
