import type { Clock } from "../../clock.ts";

/** Looks at intervals, and soon after it is told that something is wrong; never twice at a time. */
export class Lookout {
  readonly #look: () => Promise<void>;
  readonly #stop: () => void;
  #looking = false;
  #again = false;
  #closed = false;

  constructor(clock: Clock, interval: number, look: () => Promise<void>) {
    this.#look = look;
    this.#stop = clock.every(interval, () => this.now());
  }

  /** Looks now, or again once the look that is under way is over. */
  now(): void {
    if (this.#closed) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    this.#look().catch(() => {}).finally(() => {
      this.#looking = false;
      if (!this.#again) return;
      this.#again = false;
      this.now();
    });
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }
}
