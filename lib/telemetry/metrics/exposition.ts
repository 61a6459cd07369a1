import type { Registry as PromRegistry } from "prom-client";
import type { MetricName } from "../names/metrics.ts";
import type { Family } from "./family.ts";
import type { Registry } from "./registry.ts";
import { HistogramSeries, type Labels } from "./series.ts";

/** Longest time that rendering may hold the event loop before others get their turn, milliseconds. */
const SLICE_MS = 5;

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** A line as prom-client prints it; it remembers the text of `sharedLabels` by identity. */
interface Line {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly sharedLabels: Labels;
  readonly value: number;
}

const NO_LABELS = {};

/** Renders the registry as text. prom-client prints; it is loaded at the first scrape. */
export class Renderer {
  readonly #registry: Registry;
  readonly #now: () => number;
  readonly #names: readonly MetricName[];
  #printer: Promise<PromRegistry> | null = null;

  /** @param now monotonic milliseconds. */
  constructor(registry: Registry, now: () => number) {
    this.#registry = registry;
    this.#now = now;
    this.#names = [...registry.families.keys()];
  }

  /** Prometheus text format 0.0.4. A long text is made in slices, so that requests go on meanwhile. */
  async render(): Promise<Exposition> {
    this.#printer ??= this.#load();
    const printer = await this.#printer;
    const parts: string[] = [];
    let sliceStart = this.#now();
    for (const name of this.#names) {
      parts.push(await printer.getSingleMetricAsString(name));
      if (this.#now() - sliceStart > SLICE_MS) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        sliceStart = this.#now();
      }
    }
    return { contentType: printer.contentType, text: `${parts.join("\n\n")}\n` };
  }

  async #load(): Promise<PromRegistry> {
    const { Registry: Printer } = await import("prom-client");
    const printer = new Printer();
    for (const family of this.#registry.families.values()) {
      const { name, row: { help, type } } = family;
      const metric = {
        name,
        help,
        type,
        aggregator: "sum",
        get: () => ({ name, help, type, values: lines(family) }),
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
    });
  });
  lines.push({ metricName: `${name}_sum`, labels: NO_LABELS, sharedLabels, value: series.sum });
  lines.push({ metricName: `${name}_count`, labels: NO_LABELS, sharedLabels, value: count });
}
