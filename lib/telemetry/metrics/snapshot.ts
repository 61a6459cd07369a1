import type { MetricName } from "../names/metrics.ts";
import type { Registry } from "./registry.ts";
import { Exemplars, HistogramSeries } from "./series.ts";

/** The values of a process's metrics at one moment, as JSON can say them. */
export type Snapshot = { readonly [Name in MetricName]?: readonly SeriesSnapshot[] };

export interface SeriesSnapshot {
  /** Of the labels, in the table's order. */
  readonly labels: readonly string[];
  readonly value: number | HistogramSnapshot;
}

export interface HistogramSnapshot {
  readonly sum: number;
  /** Observations a bucket, not cumulative. */
  readonly counts: readonly number[];
  readonly exemplars?: readonly ExemplarSnapshot[];
}

/** A trace that shows what lies in a bucket; the time is wall-clock milliseconds. */
export type ExemplarSnapshot = readonly [bucket: number, traceId: string, value: number, time: number];

/** What a registry has now; values that do not exist are left out. */
export function takeSnapshot(registry: Registry): Snapshot {
  const snapshot: Partial<Record<MetricName, SeriesSnapshot[]>> = {};
  for (const family of registry.families.values()) {
    const all: SeriesSnapshot[] = [];
    for (const [labels, series] of family.entries()) {
      const value = series instanceof HistogramSeries ? histogramSnapshot(series) : series.value;
      if (typeof value !== "number" || Number.isFinite(value)) all.push({ labels, value });
    }
    if (all.length > 0) snapshot[family.name] = all;
  }
  return snapshot;
}

function histogramSnapshot({ sum, counts, exemplars }: HistogramSeries): HistogramSnapshot {
  const shown = exemplars === null
    ? []
    : exemplars.traceIds.flatMap((traceId, bucket): ExemplarSnapshot[] =>
      traceId === "" ? [] : [[bucket, traceId, exemplars.values[bucket] ?? 0, exemplars.times[bucket] ?? 0]]
    );
  return { sum, counts: [...counts], ...(shown.length === 0 ? {} : { exemplars: shown }) };
}

/** Adds what a snapshot has to a series. Of two exemplars the later stays. */
export function addHistogram(
  series: HistogramSeries,
  { sum, counts, exemplars = [] }: HistogramSnapshot,
): void {
  if (counts.length !== series.counts.length) return;
  series.sum += sum;
  counts.forEach((count, bucket) => series.counts[bucket] = (series.counts[bucket] ?? 0) + count);
  for (const [bucket, traceId, value, time] of exemplars) {
    const kept = series.exemplars ??= new Exemplars(series.counts.length);
    if (kept.traceIds[bucket] !== "" && (kept.times[bucket] ?? 0) >= time) continue;
    kept.traceIds[bucket] = traceId;
    kept.values[bucket] = value;
    kept.times[bucket] = time;
  }
}
