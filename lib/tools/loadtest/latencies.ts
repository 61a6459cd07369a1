import { build, type Histogram } from "hdr-histogram-js";

/** Everything from a microsecond to an hour, three digits of each: what any number of samples takes. */
const SHAPE = {
  lowestDiscernibleValue: 1,
  highestTrackableValue: 3_600_000_000,
  numberOfSignificantValueDigits: 3,
  bitBucketSize: 64,
  useWebAssembly: false,
} as const;

/** The distribution of times in milliseconds. @see https://github.com/HdrHistogram/HdrHistogramJS */
export class Latencies {
  readonly #histogram: Histogram = build(SHAPE);
  #sum = 0;

  record(ms: number): void {
    this.#sum += ms;
    const microseconds = Math.round(ms * 1000);
    this.#histogram.recordValue(Math.min(Math.max(microseconds, 1), SHAPE.highestTrackableValue));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** Null where there are no samples, like all that follow. */
  get mean(): number | null {
    return this.count === 0 ? null : this.#sum / this.count;
  }

  get min(): number | null {
    return this.count === 0 ? null : this.#histogram.minNonZeroValue / 1000;
  }

  get max(): number | null {
    return this.count === 0 ? null : this.#histogram.maxValue / 1000;
  }

  /** @param percent 0 to 100. */
  percentile(percent: number): number | null {
    if (this.count === 0) return null;
    // The end of a bucket may lie above all that was recorded.
    return Math.min(this.#histogram.getValueAtPercentile(percent), this.#histogram.maxValue) / 1000;
  }

  add(other: Latencies): void {
    if (other.count === 0) return;
    this.#histogram.add(other.#histogram);
    this.#sum += other.#sum;
  }

  reset(): void {
    this.#histogram.reset();
    this.#sum = 0;
  }
}
