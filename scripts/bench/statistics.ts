/** A median with its 95 % interval. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Resamples of one interval; the end digits of a percentile of 2,000 no longer matter in a table. */
const RESAMPLES = 2000;

/** The value below which a share `q` of the sorted values lies, interpolated; `NaN` of none. */
export function quantile(sorted: readonly number[], q: number): number {
  const place = (sorted.length - 1) * q;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number {
  return quantile(values.toSorted((a, b) => a - b), 0.5);
}

/**
 * Median with the percentile bootstrap's 95 % interval: the medians of resamples drawn with replacement. The
 * generator is seeded, so that the same figures always give the same interval.
 */
export function estimate(values: readonly number[]): Estimate {
  const random = mulberry32(values.length);
  const medians = Array.from(
    { length: RESAMPLES },
    () => median(values.map(() => values[Math.floor(random() * values.length)] ?? NaN)),
  ).sort((a, b) => a - b);
  return { median: median(values), low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}

/**
 * How far an A/A pair's ratio, which ought to be 1, strays from it: the wider side of its interval. A ratio
 * within this of 1 says nothing.
 */
export function spread(control: Estimate): number {
  return Math.max(Math.abs(control.low - 1), Math.abs(control.high - 1));
}

/** Whether a ratio's whole interval lies outside the control's spread. */
export function differs(ratio: Estimate, control: Estimate): boolean {
  const limit = spread(control);
  return ratio.low > 1 + limit || ratio.high < 1 - limit;
}

/** The items in random order (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

/** A small seeded generator of numbers in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
