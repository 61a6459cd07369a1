import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  METRIC_NAMES,
  type MetricName,
  type MetricRow,
  METRICS,
} from "../names/metrics.ts";
import type { SeriesSource } from "../projections/metrics.ts";
import { Family } from "./family.ts";
import { CounterSeries, HistogramSeries } from "./series.ts";

export interface SeriesBudget {
  /** Lines that one metric may show. */
  readonly perMetric: number;
  /** Lines of all metrics together. */
  readonly total: number;
}

const BUDGET: SeriesBudget = { perMetric: 2_000, total: 20_000 };

const OTHER = "other";

/** What is added to a metric that is not shown goes here, and is read by nobody. */
const FORGOTTEN_COUNTER = new CounterSeries({});
const FORGOTTEN_HISTOGRAM = new HistogramSeries({}, new Float64Array());

function gatewaysOwn({ profile }: MetricRow): boolean {
  return profile === "gateway";
}

/**
 * All metrics of the process. A series is asked for once and then added to directly; how many there may be is
 * limited, and what is beyond goes into the series whose every label is `other`.
 */
export class Registry implements SeriesSource {
  /** Those that are shown. */
  readonly families: ReadonlyMap<MetricName, Family>;
  readonly #budget: SeriesBudget;
  readonly #shown: (row: MetricRow) => boolean;
  /** Lines kept free, so that each metric can always show its `other`. */
  readonly #reserve: number;
  #folded = 0;

  /** @param shown which metrics there are; what is added to others is forgotten at once. */
  constructor(budget: SeriesBudget = BUDGET, shown: (row: MetricRow) => boolean = gatewaysOwn) {
    this.#budget = budget;
    this.#shown = shown;
    const names = METRIC_NAMES.filter((name) => shown(METRICS[name]));
    this.families = new Map(names.map((name) => [name, new Family(name)]));
    this.#reserve = [...this.families.values()].reduce((lines, family) => lines + family.linesEach, 0);
  }

  /** One of the same metrics, without any series. */
  empty(budget: SeriesBudget = this.#budget): Registry {
    return new Registry(budget, this.#shown);
  }

  get folded(): number {
    return this.#folded;
  }

  /** Lines that a scrape shows now, comments aside. */
  get lines(): number {
    let lines = 0;
    for (const family of this.families.values()) lines += family.lines;
    return lines;
  }

  /** The values under which a series is kept: its own while there is room, else `other` for each. */
  admit(name: MetricName, values: readonly string[]): readonly string[] {
    const family = this.families.get(name);
    return family === undefined ? values : this.#admitted(family, values);
  }

  /** @param values of the labels, in the table's order; an empty one leaves its label out. */
  counter(name: CounterName, values: readonly string[]): CounterSeries {
    const family = this.families.get(name);
    return family === undefined ? FORGOTTEN_COUNTER : family.counter(this.#admitted(family, values));
  }

  /** @param values of the labels, in the table's order; an empty one leaves its label out. */
  histogram(name: HistogramName, values: readonly string[]): HistogramSeries {
    const family = this.families.get(name);
    return family === undefined ? FORGOTTEN_HISTOGRAM : family.histogram(this.#admitted(family, values));
  }

  /** A value that is read at each scrape; `NaN` leaves the line out. */
  read(name: GaugeName | CounterName, values: readonly string[], read: () => number): void {
    this.families.get(name)?.read(values, read);
  }

  #admitted(family: Family, values: readonly string[]): readonly string[] {
    if (values.length === 0 || family.find(values) !== undefined) return values;
    const fits = family.lines + 2 * family.linesEach <= this.#budget.perMetric &&
      this.lines + family.linesEach + this.#reserve <= this.#budget.total;
    if (fits) return values;
    this.#folded++;
    if (family.name !== "gateway_metric_series_folded_total") {
      this.counter("gateway_metric_series_folded_total", [family.name]).add(1);
    }
    return values.map(() => OTHER);
  }
}
