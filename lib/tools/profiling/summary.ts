import { bootstrap, quantile } from "../statistics.ts";

export interface Quantile {
  readonly value: number;
  /** The 95 % interval, by bootstrap. */
  readonly low: number;
  readonly high: number;
}

/** What a sample is like; null where nothing was measured. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly p50: Quantile;
  readonly p95: Quantile;
  readonly p99: Quantile;
}

/** More values than these are thinned before resampling: the interval is as good and comes in time. */
const MOST = 5_000;

export function summaryOf(values: readonly number[]): Summary | null {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return null;
  const sorted = known.toSorted((a, b) => a - b);
  const step = Math.ceil(known.length / MOST);
  const sample = step === 1 ? known : known.filter((_, index) => index % step === 0);
  const at = (q: number): Quantile => ({ value: quantile(sorted, q), ...bootstrap(sample, q) });
  return {
    count: known.length,
    mean: known.reduce((sum, each) => sum + each, 0) / known.length,
    min: sorted[0] ?? NaN,
    max: sorted[sorted.length - 1] ?? NaN,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
  };
}
