/** Tries of one address, and of all together, a minute. Whoever knows a key needs one. */
const OF_ONE = 10;
const OF_ALL = 100;
const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 10_000;

/** Counts failed logins, so that keys cannot be guessed. */
export class LoginAttempts {
  readonly #now: () => number;
  #failed = new Map<string, number>();
  #all = 0;
  #since = -Infinity;

  /** @param now monotonic milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds until the next try; 0: now. */
  wait(address: string): number {
    const left = this.#since + WINDOW_MS - this.#now();
    if (left <= 0) return 0;
    return this.#all >= OF_ALL || (this.#failed.get(address) ?? 0) >= OF_ONE ? left : 0;
  }

  failed(address: string): void {
    if (this.#now() - this.#since >= WINDOW_MS || this.#failed.size >= MOST_ADDRESSES) {
      this.#since = this.#now();
      this.#failed = new Map();
      this.#all = 0;
    }
    this.#all++;
    this.#failed.set(address, (this.#failed.get(address) ?? 0) + 1);
  }
}
