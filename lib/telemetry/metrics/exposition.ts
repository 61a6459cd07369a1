import type { OpenMetricsContentType, PrometheusContentType, Registry } from "prom-client";
import type { MetricName } from "../names/metrics.ts";
import type { Family } from "./family.ts";
import type { Registry as MetricRegistry } from "./registry.ts";
import { HistogramSeries, type Labels } from "./series.ts";

/** Time after which rendering lets others have their turn, milliseconds; with one more metric it stays below 5. */
const SLICE_MS = 2;

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** What a scraper can read: Prometheus' text format, or OpenMetrics, which has exemplars. */
export type ExpositionFormat = "prometheus" | "openmetrics";

const COUNTER_SUFFIX = /_total$/;

type PromRegistry = Registry<PrometheusContentType | OpenMetricsContentType>;

/** A line as prom-client prints it; it remembers the text of `sharedLabels` by identity. */
interface Line {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly sharedLabels: Labels;
  readonly value: number;
  readonly exemplar?: {
    readonly labelSet: Readonly<Record<string, string>>;
    readonly value: number;
    /** Seconds since the epoch. */
    readonly timestamp: number;
  };
}

const NO_LABELS = {};

/** Renders the registry as text. prom-client prints; it is loaded at the first scrape. */
export class Renderer {
  readonly #registry: MetricRegistry;
  readonly #now: () => number;
  readonly #names: readonly MetricName[];
  readonly #printers: Partial<Record<ExpositionFormat, Promise<PromRegistry>>> = {};

  /** @param now monotonic milliseconds. */
  constructor(registry: MetricRegistry, now: () => number) {
    this.#registry = registry;
    this.#now = now;
    this.#names = [...registry.families.keys()];
  }

  /** A long text is made in slices, so that requests go on meanwhile. */
  async render(format: ExpositionFormat = "prometheus"): Promise<Exposition> {
    const printer = await (this.#printers[format] ??= this.#load(format));
    const parts: string[] = [];
    let sliceStart = this.#now();
    for (const name of this.#names) {
      parts.push(await printer.getSingleMetricAsString(name));
      if (this.#now() - sliceStart > SLICE_MS) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        sliceStart = this.#now();
      }
    }
    const text = format === "openmetrics" ? `${parts.join("\n")}\n# EOF\n` : `${parts.join("\n\n")}\n`;
    return { contentType: printer.contentType, text };
  }

  async #load(format: ExpositionFormat): Promise<PromRegistry> {
    // By `default`: bundled, what is loaded of CommonJS has no other name.
    const { default: { Registry: Printer } } = await import("prom-client");
    const printer = new Printer<PrometheusContentType | OpenMetricsContentType>();
    if (format === "openmetrics") printer.setContentType(Printer.OPENMETRICS_CONTENT_TYPE);
    for (const family of this.#registry.families.values()) {
      const { name, row: { help, type } } = family;
      // In OpenMetrics a counter's name goes without the suffix, which the printer puts to each line.
      const shown = format === "openmetrics" && type === "counter" ? name.replace(COUNTER_SUFFIX, "") : name;
      const metric = {
        name,
        help,
        type,
        aggregator: "sum",
        get: () => ({ name: shown, help, type, values: lines(family) }),
      };
      // The printer asks no more of a metric than this; its types ask for one of its own classes.
      printer.registerMetric(metric as unknown as Parameters<PromRegistry["registerMetric"]>[0]);
    }
    return printer;
  }
}

function lines(family: Family): Line[] {
  const lines: Line[] = [];
  for (const series of family.all()) {
    if (series instanceof HistogramSeries) {
      histogramLines(family, series, lines);
    } else {
      const { labels: sharedLabels, value } = series;
      if (!Number.isNaN(value)) lines.push({ labels: NO_LABELS, sharedLabels, value });
    }
  }
  return lines;
}

function histogramLines(family: Family, series: HistogramSeries, lines: Line[]): void {
  const { name, row: { buckets } } = family;
  const { labels: sharedLabels } = series;
  let count = 0;
  series.counts.forEach((inBucket, place) => {
    count += inBucket;
    lines.push({
      metricName: `${name}_bucket`,
      labels: { le: buckets[place] ?? "+Inf" },
      sharedLabels,
      value: count,
      ...exemplarOf(series, place),
    });
  });
  lines.push({ metricName: `${name}_sum`, labels: NO_LABELS, sharedLabels, value: series.sum });
  lines.push({ metricName: `${name}_count`, labels: NO_LABELS, sharedLabels, value: count });
}

function exemplarOf({ exemplars }: HistogramSeries, place: number): Pick<Line, "exemplar"> {
  const traceId = exemplars?.traceIds[place] ?? "";
  if (exemplars === null || traceId === "") return {};
  const value = exemplars.values[place] ?? NaN;
  const timestamp = Math.round(exemplars.times[place] ?? 0) / 1000;
  return { exemplar: { labelSet: { trace_id: traceId }, value, timestamp } };
}
