import type { Family, Series } from "../metrics/family.ts";
import { HistogramSeries, type Labels, ReadSeries } from "../metrics/series.ts";
import { type AttributeKey, attributeKey } from "../names/attribute_key.ts";
import { INTEGER_ATTRIBUTES, SEMCONV_METRICS, UCUM } from "../names/otlp_metrics.ts";
import { writeAttribute } from "./otlp_attributes.ts";
import { type OtlpEnvelope, RECORD } from "./otlp_envelope.ts";
import { ProtoWriter } from "./proto_writer.ts";

/** What a sum says: all since the start, what is new, or what is new of what requests add to. */
export type Temporality = "cumulative" | "delta" | "lowmemory";

export interface MetricsEncoderOptions {
  readonly envelope: OtlpEnvelope;
  readonly temporality: Temporality;
  /** Push metrics without a name of OpenTelemetry's too. */
  readonly own: boolean;
  /** Wall-clock milliseconds since the epoch at which counting began. */
  readonly startedAt: number;
  /** Whose account of what has arrived it goes on with, where that tells of the same time; default none. */
  readonly before?: MetricsEncoder | null;
}

/** All metrics at one moment. */
export interface MetricsBatch {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Data points. */
  readonly count: number;
  /** It arrived: what is new is counted from here. Until then it stands in the next batch again. */
  arrived(): void;
}

/** Where a series stood when it last arrived. */
interface Baseline {
  readonly value: number;
  readonly counts: Float64Array | null;
}

const DELTA = 1;
const CUMULATIVE = 2;

/** Of `Metric`, by the type of the row. */
const DATA_FIELDS = { gauge: 5, counter: 7, histogram: 9 } as const;

/** Bytes of a metric's length. */
const LENGTH = 3;

const NONE: Baseline = { value: 0, counts: null };

/**
 * The registry as OTLP's `ExportMetricsServiceRequest`.
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/metrics/v1/metrics.proto
 */
export class MetricsEncoder {
  readonly #options: MetricsEncoderOptions;
  readonly #baselines: WeakMap<Series, Baseline>;
  /** When the last batch that arrived was made. */
  readonly #since: { wall: number };

  constructor(options: MetricsEncoderOptions) {
    this.#options = options;
    const { before, temporality, startedAt } = options;
    if (before && before.#options.temporality === temporality) {
      this.#baselines = before.#baselines;
      this.#since = before.#since;
    } else {
      this.#baselines = new WeakMap();
      this.#since = { wall: startedAt };
    }
  }

  /** @param now wall-clock milliseconds since the epoch. */
  collect(families: Iterable<Family>, now: number): MetricsBatch {
    const writer = new ProtoWriter();
    const seen: [Series, Baseline][] = [];
    const { envelope, own } = this.#options;
    let count = 0;
    for (const family of families) {
      if (own || SEMCONV_METRICS[family.name] !== undefined) count += this.#metric(writer, family, now, seen);
    }
    return {
      body: envelope.wrap(writer.written()),
      count,
      arrived: () => {
        this.#since.wall = now;
        for (const [series, baseline] of seen) this.#baselines.set(series, baseline);
      },
    };
  }

  #metric(writer: ProtoWriter, family: Family, now: number, seen: [Series, Baseline][]): number {
    const { row } = family;
    const semconv = SEMCONV_METRICS[family.name];
    const attributes = semconv?.attributes ?? {};
    const points: { readonly series: Series; readonly at: Baseline; readonly from: Baseline }[] = [];
    let delta = false;
    for (const series of family.all()) {
      const at = positionOf(series);
      delta = row.type !== "gauge" && this.#isDelta(series);
      const from = delta ? this.#baselines.get(series) ?? NONE : NONE;
      if (Number.isNaN(at.value) || (delta && isSame(at, from))) continue;
      points.push({ series, at, from });
      if (delta) seen.push([series, at]);
    }
    if (points.length === 0) return 0;
    const metric = writer.begin(RECORD, LENGTH);
    writer.string(1, semconv?.name ?? family.name);
    writer.string(2, row.help);
    writer.string(3, semconv?.unit ?? UCUM[row.unit]);
    const data = writer.begin(DATA_FIELDS[row.type], LENGTH);
    const start = delta ? this.#since.wall : this.#options.startedAt;
    for (const { series, at, from } of points) {
      const point = writer.begin(1, 2);
      if (row.type !== "gauge") writer.unixNanos(2, start);
      writer.unixNanos(3, now);
      if (at.counts === null) {
        writer.double(4, at.value - from.value);
        writeLabels(writer, 7, series.labels, attributes);
      } else {
        const counts = difference(at.counts, from.counts);
        writer.fixed64(4, counts.reduce((sum, inBucket) => sum + inBucket, 0));
        writer.double(5, at.value - from.value);
        writer.fixed64s(6, counts);
        writer.doubles(7, row.buckets);
        writeLabels(writer, 9, series.labels, attributes);
      }
      writer.end(point, 2);
    }
    if (row.type !== "gauge") writer.uint(2, delta ? DELTA : CUMULATIVE);
    if (row.type === "counter") writer.bool(3, true);
    writer.end(data, LENGTH);
    writer.end(metric, LENGTH);
    return points.length;
  }

  #isDelta(series: Series): boolean {
    const { temporality } = this.#options;
    return temporality === "delta" || (temporality === "lowmemory" && !(series instanceof ReadSeries));
  }
}

function positionOf(series: Series): Baseline {
  return series instanceof HistogramSeries
    ? { value: series.sum, counts: series.counts.slice() }
    : { value: series.value, counts: null };
}

function isSame(at: Baseline, from: Baseline): boolean {
  if (at.counts === null) return at.value === from.value;
  return difference(at.counts, from.counts).every((inBucket) => inBucket === 0);
}

function difference(counts: Float64Array, from: Float64Array | null): Float64Array {
  return from === null ? counts : counts.map((inBucket, place) => inBucket - (from[place] as number));
}

function writeLabels(
  writer: ProtoWriter,
  field: number,
  labels: Labels,
  names: Readonly<Record<string, string>>,
): void {
  for (const [label, value] of Object.entries(labels)) {
    const key: AttributeKey = attributeKey(names[label] ?? label);
    const number = INTEGER_ATTRIBUTES.has(key.name) ? Number(value) : NaN;
    writeAttribute(writer, field, key, Number.isInteger(number) ? number : value);
  }
}
