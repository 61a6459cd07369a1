/** Milliseconds that one page may search; then it is as full as it is, and the next one goes on. */
export const PATIENCE = 120;
/** Ids of the first step; the next is longer where a step was quick, and shorter where it was not. */
const FIRST_STEP = 4_096;
const LONGER = 4;
const QUICK = 10;
const SLOW = 40;

export interface SearchRange {
  /** Ids, both inclusive. */
  readonly first: number;
  readonly last: number;
  /** The oldest first. */
  readonly forward: boolean;
}

/**
 * The way of a search through ids, step by step, so that a page takes a bounded time however many rows there are and
 * however few match.
 */
export class SearchSteps {
  readonly #range: SearchRange;
  readonly #end: number;
  readonly #longest: number;
  #at: number;
  #step = FIRST_STEP;
  #began = 0;

  /**
   * @param end when it has to give up, as `performance.now()` has it. One step it has in any case.
   * @param longest ids of a step at most: as many as can be looked at in a few milliseconds.
   */
  constructor(range: SearchRange, { end = performance.now() + PATIENCE, longest = Infinity } = {}) {
    this.#range = range;
    this.#end = end;
    this.#longest = longest;
    this.#at = range.forward ? range.first : range.last;
  }

  /** Whether everything was looked at. */
  get done(): boolean {
    const { first, last, forward } = this.#range;
    return forward ? this.#at > last : this.#at < first;
  }

  /** The last id that was looked at. */
  get reached(): number {
    return this.#range.forward ? this.#at - 1 : this.#at + 1;
  }

  /** The ids to look at now, both inclusive. */
  begin(): { readonly low: number; readonly high: number } {
    const { first, last, forward } = this.#range;
    this.#began = performance.now();
    return forward
      ? { low: this.#at, high: Math.min(last, this.#at + this.#step - 1) }
      : { low: Math.max(first, this.#at - this.#step + 1), high: this.#at };
  }

  /** They were. @returns whether there are more, and time for them. */
  end({ low, high }: { readonly low: number; readonly high: number }): boolean {
    this.#at = this.#range.forward ? high + 1 : low - 1;
    const now = performance.now();
    const took = now - this.#began;
    if (took < QUICK) this.#step = Math.min(this.#longest, this.#step * LONGER);
    else if (took > SLOW) this.#step = Math.max(FIRST_STEP, Math.floor(this.#step / LONGER));
    return !this.done && now <= this.#end;
  }
}
