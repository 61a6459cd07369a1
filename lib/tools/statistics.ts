export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A median with its 95 % interval. */
export interface Estimate extends Interval {
  readonly median: number;
}

/** Resamples of one interval; the end digits of a percentile of 2,000 no longer matter in a table. */
const RESAMPLES = 2000;

/** The value below which a share `q` of the sorted values lies, interpolated; `NaN` of none. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
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
  const { low, high } = bootstrap(values, 0.5);
  return { median: median(values), low, high };
}

/**
 * The same of all values of several runs. Those of one run are alike in what no value of it shows, as a process is that
 * was started for it; so runs are drawn whole (a cluster bootstrap), and of one run alone its values.
 */
export function estimateOfRuns(runs: readonly (readonly number[])[]): Estimate {
  const values = runs.flat();
  if (runs.length < 2) return estimate(values);
  const { low, high } = interval(values.length, (random) => {
    const drawn = runs.flatMap(() => runs[Math.floor(random() * runs.length)] ?? []);
    return median(drawn);
  });
  return { median: median(values), low, high };
}

/** The percentile bootstrap's 95 % interval of a quantile. */
export function bootstrap(values: readonly number[], q: number): Interval {
  const sample = new Float64Array(values.length);
  return interval(values.length, (random) => {
    for (let i = 0; i < sample.length; i++) sample[i] = values[Math.floor(random() * values.length)] ?? NaN;
    return quantile(sample.sort(), q);
  });
}

function interval(seed: number, figureOfResample: (random: () => number) => number): Interval {
  const random = mulberry32(seed);
  const found = Array.from({ length: RESAMPLES }, () => figureOfResample(random)).sort((a, b) => a - b);
  return { low: quantile(found, 0.025), high: quantile(found, 0.975) };
}

/**
 * Whether two samples are of one distribution (Mann–Whitney U, two-sided): the probability of ranks that differ so
 * much if they are. By the normal approximation with its corrections for ties and continuity, which is good from
 * about eight values each.
 * @see https://doi.org/10.1214/aoms/1177730491
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return NaN;
  const all = [...a.map((value) => ({ value, first: true })), ...b.map((value) => ({ value, first: false }))]
    .sort((x, y) => x.value - y.value);
  let ranks = 0;
  let ties = 0;
  for (let start = 0, end; start < all.length; start = end) {
    end = start + 1;
    while (end < all.length && all[end]?.value === all[start]?.value) end++;
    const same = end - start;
    ties += same ** 3 - same;
    // Those of one value share the mean of their ranks, which count from 1.
    for (const { first } of all.slice(start, end)) if (first) ranks += (start + end + 1) / 2;
  }
  const n = all.length;
  const product = a.length * b.length;
  const distance = Math.abs(ranks - a.length * (a.length + 1) / 2 - product / 2) - 0.5;
  const variance = product / 12 * (n + 1 - ties / (n * (n - 1)));
  return variance <= 0 || distance <= 0 ? 1 : 2 * normalTail(distance / Math.sqrt(variance));
}

/** The probabilities of several tests, corrected for their number (Holm–Bonferroni). */
export function holm(probabilities: readonly number[]): number[] {
  const order = probabilities.map((_, index) => index)
    .sort((a, b) => (probabilities[a] ?? 1) - (probabilities[b] ?? 1));
  const corrected = new Array<number>(probabilities.length);
  let least = 0;
  for (const [place, index] of order.entries()) {
    least = Math.max(least, Math.min(1, (probabilities[index] ?? 1) * (order.length - place)));
    corrected[index] = least;
  }
  return corrected;
}

/** The probability that a normally distributed value lies above `z` ≥ 0 (Abramowitz and Stegun, 26.2.17). */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t *
    (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) * polynomial;
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
