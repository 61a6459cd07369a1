/** When a second target is asked though the first has not failed: it takes longer than answers do. */
export interface Hedge {
  /** Targets that are asked besides. */
  readonly max: number;
  /** Milliseconds without content after which another one is asked; null: nobody knows yet. */
  after(): number | null;
  /** An answer's first content came after so many milliseconds, or had not come by then; `NaN`: it was not sent. */
  observe(ms: number): void;
}

/** After a time that somebody chose. */
export class FixedHedge implements Hedge {
  constructor(private readonly ms: number, readonly max: number) {}

  after(): number {
    return this.ms;
  }

  observe(): void {}
}

/** Answers that are looked at, the latest. */
const WINDOW = 200;
/** With fewer there is no telling what is slow. */
const ENOUGH = 20;
/** The order of the window is made anew after so many answers. */
const EACH = 10;

/** After the time in which such a share of the latest answers had content. */
export class PercentileHedge implements Hedge {
  readonly #share: number;
  readonly #times = new Float64Array(WINDOW);
  #seen = 0;
  #after: number | null = null;

  /** @param share 0.95 for the 95th percentile. */
  constructor(share: number, readonly max: number) {
    this.#share = share;
  }

  after(): number | null {
    return this.#after;
  }

  observe(ms: number): void {
    // It may have waited for a connection all the time.
    if (!(ms >= 0)) return;
    this.#times[this.#seen % WINDOW] = ms;
    this.#seen++;
    if (this.#seen < ENOUGH || this.#seen % EACH !== 0) return;
    const known = this.#times.slice(0, Math.min(this.#seen, WINDOW)).sort();
    this.#after = known[Math.min(known.length - 1, Math.floor(known.length * this.#share))] ?? null;
  }
}
