import { type Merge, type MetricName, METRICS } from "../telemetry/names/metrics.ts";
import type { CounterName, GaugeName, HistogramName } from "../telemetry/names/metrics.ts";
import type { Registry } from "../telemetry/metrics/registry.ts";
import { CounterSeries, HistogramSeries } from "../telemetry/metrics/series.ts";
import { addHistogram, type Snapshot, takeSnapshot } from "../telemetry/metrics/snapshot.ts";

const MERGE: Readonly<Record<Merge, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
};

/** A gauge's value; NaN while no process has one. */
interface Cell {
  value: number;
}

/**
 * The metrics of several processes as those of one: counters and histograms are added, gauges by their kind, of two
 * exemplars the later stays. Which label sets are shown is decided once and kept, within the budget of one
 * process, so that no line is lost or goes back because processes come and go.
 */
export class Aggregation {
  /** What all have together, after {@linkcode show}. */
  readonly registry: Registry;
  /** Counters and histograms of processes that ended. */
  readonly #ended: Registry;
  readonly #gauges = new Map<string, Cell>();

  /** @param like has the metrics that are shown. */
  constructor(like: Registry) {
    this.registry = like.empty();
    // What may be shown of it the other registry says.
    this.#ended = like.empty({ perMetric: Infinity, total: Infinity });
  }

  /** Keeps what a process that ended has counted; its gauges end with it. */
  retire(snapshot: Snapshot): void {
    this.#add(this.#ended, snapshot, { gauges: false });
  }

  /**
   * Puts together what the living have and what was kept.
   * @param ended what others have counted that ended, and that is not kept here.
   * @returns it as one snapshot.
   */
  show(living: readonly Snapshot[], ended: readonly Snapshot[] = []): Snapshot {
    this.#clear();
    for (const snapshot of ended) this.#add(this.registry, snapshot, { gauges: false });
    this.#add(this.registry, takeSnapshot(this.#ended), { gauges: false });
    for (const snapshot of living) this.#add(this.registry, snapshot, { gauges: true });
    return takeSnapshot(this.registry);
  }

  #clear(): void {
    for (const family of this.registry.families.values()) {
      for (const series of family.all()) {
        if (series instanceof CounterSeries) series.value = 0;
        else if (series instanceof HistogramSeries) {
          series.sum = 0;
          series.counts.fill(0);
          series.exemplars = null;
        }
      }
    }
    for (const cell of this.#gauges.values()) cell.value = NaN;
  }

  #add(to: Registry, snapshot: Snapshot, { gauges }: { readonly gauges: boolean }): void {
    for (const [name, all] of Object.entries(snapshot)) {
      const row = METRICS[name as MetricName];
      // Another version's process may have others.
      if (row === undefined) continue;
      for (const { labels, value } of all) {
        if (labels.length !== row.labels.length) continue;
        // The registry that is shown says what is folded, whichever is added to.
        const admitted = this.registry.admit(name as MetricName, labels);
        if (row.type === "histogram") {
          if (typeof value === "object") addHistogram(to.histogram(name as HistogramName, admitted), value);
        } else if (typeof value !== "number") continue;
        else if (row.type === "counter") to.counter(name as CounterName, admitted).add(value);
        else if (gauges) this.#gauge(name as GaugeName, admitted, value, row.merge);
      }
    }
  }

  #gauge(name: GaugeName, labels: readonly string[], value: number, merge: Merge): void {
    const key = JSON.stringify([name, labels]);
    let cell = this.#gauges.get(key);
    if (cell === undefined) {
      const made: Cell = { value: NaN };
      this.registry.read(name, labels, () => made.value);
      this.#gauges.set(key, cell = made);
    }
    cell.value = Number.isNaN(cell.value) ? value : MERGE[merge](cell.value, value);
  }
}
