import { type MetricName, type MetricRow, METRICS } from "../names/metrics.ts";
import { CounterSeries, HistogramSeries, type Labels, ReadSeries } from "./series.ts";

export type Series = CounterSeries | HistogramSeries | ReadSeries;

/** Between label values in a key; no label value holds it. */
const SEPARATOR = "\u0000";

/** Lines besides the buckets: `+Inf`, `_sum`, `_count`. */
const HISTOGRAM_LINES = 3;

/** One metric with all its label sets. */
export class Family {
  readonly row: MetricRow;
  readonly #series = new Map<string, Series>();
  readonly #bounds: Float64Array;

  constructor(readonly name: MetricName) {
    this.row = METRICS[name];
    this.#bounds = new Float64Array(this.row.buckets);
  }

  /** Lines that each series takes when shown. */
  get linesEach(): number {
    return this.row.type === "histogram" ? this.row.buckets.length + HISTOGRAM_LINES : 1;
  }

  get lines(): number {
    return this.#series.size * this.linesEach;
  }

  all(): Iterable<Series> {
    return this.#series.values();
  }

  /** Each series with the values of its labels. */
  *entries(): Generator<[values: string[], series: Series]> {
    for (const [key, series] of this.#series) {
      yield [this.row.labels.length === 0 ? [] : key.split(SEPARATOR), series];
    }
  }

  find(values: readonly string[]): Series | undefined {
    return this.#series.get(values.join(SEPARATOR));
  }

  counter(values: readonly string[]): CounterSeries {
    const found = this.find(values);
    if (found instanceof CounterSeries) return found;
    return this.#keep(values, new CounterSeries(this.#labels(values)));
  }

  histogram(values: readonly string[]): HistogramSeries {
    const found = this.find(values);
    if (found instanceof HistogramSeries) return found;
    return this.#keep(values, new HistogramSeries(this.#labels(values), this.#bounds));
  }

  /** Replaces what was read for these labels before. */
  read(values: readonly string[], read: () => number): void {
    this.#keep(values, new ReadSeries(this.#labels(values), read));
  }

  #keep<S extends Series>(values: readonly string[], series: S): S {
    this.#series.set(values.join(SEPARATOR), series);
    return series;
  }

  #labels(values: readonly string[]): Labels {
    const labels: Record<string, string> = {};
    this.row.labels.forEach((name, place) => {
      const value = values[place];
      if (value !== undefined && value !== "") labels[name] = value;
    });
    return labels;
  }
}
