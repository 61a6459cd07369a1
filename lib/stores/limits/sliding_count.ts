/** What a minute is made of: whole slices that are counted until nothing in them is younger than a minute. */
export const SLICE_MS = 5_000;
export const WINDOW_SLICES = 12;
/** The slice that is filled now is counted too. */
const COUNTED = WINDOW_SLICES + 1;

/** The slice in which a moment is. */
export function sliceAt(now: number): number {
  return Math.floor(now / SLICE_MS);
}

/** Milliseconds until a slice is counted no more. */
export function leavesIn(slice: number, now: number): number {
  return (slice + COUNTED) * SLICE_MS - now;
}

/** What came in the last minute, in a ring of slices. */
export class SlidingCount {
  readonly #slices = new Float64Array(COUNTED);
  #newest: number;
  #sum = 0;

  constructor(slice: number) {
    this.#newest = slice;
  }

  /** What is counted once this slice has begun. */
  at(slice: number): number {
    if (slice > this.#newest) this.#move(slice);
    return this.#sum;
  }

  /** Adds to a slice, unless it has left; what is taken back never makes a slice less than nothing. */
  add(slice: number, amount: number): void {
    if (slice <= this.#newest - COUNTED) return;
    if (slice > this.#newest) this.#move(slice);
    const place = slice % COUNTED;
    const before = this.#slices[place] ?? 0;
    const after = Math.max(0, before + amount);
    this.#slices[place] = after;
    this.#sum += after - before;
  }

  /** Milliseconds until so much has left; `Infinity`: there is not so much. */
  freesIn(amount: number, now: number): number {
    let left = amount;
    for (let slice = this.#newest - WINDOW_SLICES; slice <= this.#newest; slice++) {
      left -= slice < 0 ? 0 : this.#slices[slice % COUNTED] ?? 0;
      if (left <= 0) return leavesIn(slice, now);
    }
    return Infinity;
  }

  #move(slice: number): void {
    const steps = Math.min(slice - this.#newest, COUNTED);
    for (let i = 0; i < steps; i++) {
      const place = (slice - i) % COUNTED;
      this.#sum -= this.#slices[place] ?? 0;
      this.#slices[place] = 0;
    }
    this.#newest = slice;
  }
}
