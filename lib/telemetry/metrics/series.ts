/** Label names with their values, those without a value left out. Made once a series and never changed. */
export type Labels = Readonly<Record<string, string>>;

/** One label set of a counter. */
export class CounterSeries {
  value = 0;

  constructor(readonly labels: Labels) {}

  add(amount: number): void {
    this.value += amount;
  }
}

/** Traces that show what lies in each bucket. Plain arrays: an exemplar is three stores, and nothing is allocated. */
export class Exemplars {
  readonly traceIds: string[];
  readonly values: Float64Array;
  /** Wall-clock milliseconds. */
  readonly times: Float64Array;

  constructor(buckets: number) {
    this.traceIds = new Array<string>(buckets).fill("");
    this.values = new Float64Array(buckets);
    this.times = new Float64Array(buckets);
  }
}

/** One label set of a histogram. */
export class HistogramSeries {
  readonly #bounds: readonly number[];
  /** Observations a bucket, not cumulative; the last is `+Inf`. */
  readonly counts: Float64Array;
  sum = 0;
  /** The last observation of each bucket that has a trace. */
  exemplars: Exemplars | null = null;

  constructor(readonly labels: Labels, bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  /**
   * @param value `NaN`, a time that was never taken, is left out. @param times how often it was seen.
   * @param traceId of a trace that shows it, with wall-clock milliseconds; empty: none does.
   */
  observe(value: number, times = 1, traceId = "", wall = 0): void {
    if (Number.isNaN(value)) return;
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    (this.counts[bucket] as number) += times;
    this.sum += value * times;
    if (traceId === "") return;
    this.exemplars ??= new Exemplars(this.counts.length);
    this.exemplars.traceIds[bucket] = traceId;
    this.exemplars.values[bucket] = value;
    this.exemplars.times[bucket] = wall;
  }
}

/** One label set whose value is read when somebody asks. */
export class ReadSeries {
  constructor(readonly labels: Labels, private readonly read: () => number) {}

  /** `NaN` where there is none now. */
  get value(): number {
    try {
      return this.read();
    } catch {
      return NaN;
    }
  }
}
