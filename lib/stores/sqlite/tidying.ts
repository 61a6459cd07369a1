/** Between two collections, milliseconds. */
const EACH = 60_000;

/**
 * When a database's worker collects its garbage: once a minute of work. Each call of `node:sqlite` leaves some 70
 * bytes where V8 looks last, and a worker makes little other garbage. So V8 lets up to 10 MB of it lie for many
 * minutes, in each worker; what lives is half of that, and is looked through in milliseconds.
 */
export class Tidying {
  readonly #collect: () => void;
  readonly #now: () => number;
  #last: number;

  constructor(collect: () => void, now: () => number = () => performance.now()) {
    this.#collect = collect;
    this.#now = now;
    this.#last = now();
  }

  /** To be called after work, once it is answered. */
  worked(): void {
    const now = this.#now();
    if (now - this.#last < EACH) return;
    this.#last = now;
    this.#collect();
  }
}
