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
  readonly #bounds: Float64Array;
  /** Observations a bucket, not cumulative; the last is `+Inf`. */
  readonly counts: Float64Array;
  sum = 0;
  /** The last observation of each bucket that has a trace. */
  exemplars: Exemplars | null = null;

  /** @param bounds of the buckets, which all series of a metric share. */
  constructor(readonly labels: Labels, bounds: Float64Array) {
    this.#bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** @param value `NaN`, a time that was never taken, is left out. @param times how often it was seen. */
  observe(value: number, times = 1): void {
    if (!Number.isNaN(value)) this.#add(value, times);
  }

  /** @param traceId of a trace that shows it. @param wall when, milliseconds since the epoch. */
  observeTraced(value: number, traceId: string, wall: number): void {
    if (Number.isNaN(value)) return;
    const bucket = this.#add(value, 1);
    this.exemplars ??= new Exemplars(this.counts.length);
    this.exemplars.traceIds[bucket] = traceId;
    this.exemplars.values[bucket] = value;
    this.exemplars.times[bucket] = wall;
  }

  /** @returns the bucket, the first that holds it: most of what is observed lies in the first few. */
  #add(value: number, times: number): number {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    (this.counts[bucket] as number) += times;
    this.sum += value * times;
    return bucket;
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
