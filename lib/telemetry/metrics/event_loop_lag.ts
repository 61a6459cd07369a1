import type { Clock } from "../../clock.ts";

/** How often it is looked at. */
export const LAG_INTERVAL_MS = 100;
/** Fifteen seconds: the usual time between two scrapes. */
const SAMPLES = 150;
const NOTHING = new Uint8Array();

/**
 * How late the event loop deals with what is ready, and thus what a request may have waited; looked at ten times a
 * second.
 *
 * Timers tell of pauses alone: in each of its turns Deno fires all that are due, but takes on a bounded number of
 * operations that are ready, and not those first that wait longest. So in a process with too much to do timers stay
 * within tens of milliseconds while reads wait for seconds. What an operation waits that had nothing to do tells of
 * that.
 */
export class EventLoopLag {
  /** Hears of each sample, and how long after the last it was taken: milliseconds. */
  onSample: ((lag: number, passed: number) => void) | null = null;
  readonly #clock: Clock;
  readonly #operation: () => Promise<unknown>;
  readonly #samples = new Float64Array(SAMPLES);
  readonly #stop: () => void;
  #next = 0;
  #last: number;
  /** When the operation under way was begun; NaN: none is. */
  #began = NaN;
  /** What the last one took. */
  #took = 0;

  /** @param operation one that is ready at once, by way of the event loop. Never rejects. */
  constructor(clock: Clock, operation: () => Promise<unknown> = quickOperation) {
    this.#clock = clock;
    this.#operation = operation;
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
    const passed = now - this.#last;
    const late = passed - LAG_INTERVAL_MS;
    const waited = Number.isNaN(this.#began) ? this.#took : now - this.#began;
    if (Number.isNaN(this.#began)) this.#begin(now);
    const lag = Math.max(0, late, waited);
    this.#samples[this.#next] = lag;
    this.#next = (this.#next + 1) % SAMPLES;
    this.#last = now;
    this.onSample?.(lag, passed);
  }

  #begin(now: number): void {
    this.#began = now;
    this.#operation().then(() => {
      this.#took = this.#clock.now() - now;
      this.#began = NaN;
    });
  }
}

/** A digest of nothing: another thread is through with it at once. It needs no permission and holds nothing open. */
function quickOperation(): Promise<unknown> {
  return crypto.subtle.digest("SHA-256", NOTHING);
}
