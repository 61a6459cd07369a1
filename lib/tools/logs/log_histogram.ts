/** Relative width of a column: a quantile is right within half of it, 1 %. */
const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);
/** The columns reach from 0.001 to about 10⁹; what lies outside counts in the outermost. */
const LEAST = 0.001;
const COLUMNS = 1400;

/** How often values were how large, in columns that grow with the value, at constant memory. */
export class LogHistogram {
  readonly #counts = new Float64Array(COLUMNS);
  count = 0;
  sum = 0;
  min = Infinity;
  max = -Infinity;

  add(value: number): void {
    if (!(value >= 0)) return;
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    const column = value <= LEAST
      ? 0
      : Math.min(COLUMNS - 1, Math.ceil(Math.log(value / LEAST) / LOG_GROWTH));
    this.#counts[column] = (this.#counts[column] ?? 0) + 1;
  }

  /** The value below which a share `q` lies; null of none. */
  quantile(q: number): number | null {
    if (this.count === 0) return null;
    if (q >= 1) return this.max;
    let left = q * (this.count - 1);
    for (let column = 0; column < COLUMNS; column++) {
      left -= this.#counts[column] ?? 0;
      if (left < 0) return Math.min(this.max, Math.max(this.min, LEAST * GROWTH ** (column - 0.5)));
    }
    return this.max;
  }

  /** The same counts in columns of twice the width each, from the least value to the greatest, at most `most`. */
  columns(most: number): { readonly from: number; readonly to: number; readonly count: number }[] {
    if (this.count === 0) return [];
    const used = [...this.#counts.keys()].filter((column) => (this.#counts[column] ?? 0) > 0);
    const [first, last] = [used[0] ?? 0, used[used.length - 1] ?? 0];
    const width = Math.max(1, Math.ceil((last - first + 1) / most));
    return Array.from({ length: Math.ceil((last - first + 1) / width) }, (_, index) => {
      const start = first + index * width;
      const count = this.#counts.subarray(start, start + width).reduce((sum, each) => sum + each, 0);
      return { from: LEAST * GROWTH ** (start - 1), to: LEAST * GROWTH ** (start + width - 1), count };
    });
  }
}
