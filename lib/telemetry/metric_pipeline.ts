import type { ExporterOptions } from "./exporters/create_exporter.ts";
import { MetricsEncoder, type Temporality } from "./exporters/metrics_encoder.ts";
import { PeriodicReader } from "./exporters/periodic_reader.ts";
import type { Registry } from "./metrics/registry.ts";
import { DEFAULT_PROFILES, type Profile } from "./names/profiles.ts";
import {
  createExporters,
  envelopeOf,
  type PipelineSurroundings,
  type SignalPipeline,
  together,
} from "./pipeline.ts";

export interface MetricsPushOptions {
  readonly exporters: readonly ExporterOptions[];
  /** Milliseconds between two pushes; default 60,000. */
  readonly interval?: number | undefined;
  /** Default `cumulative`. */
  readonly temporality?: Temporality | undefined;
}

/** Pushes the registry's metrics. Each exporter has its own account of what is new, since one may lag behind. */
export function createMetricPipeline(
  options: MetricsPushOptions,
  conventions: readonly Profile[] | undefined,
  around: PipelineSurroundings & { readonly registry: Registry; readonly before: () => void },
): SignalPipeline {
  const startedAt = around.clock.wall();
  return together(
    createExporters(options.exporters, "metrics", around).map((exporter) =>
      new PeriodicReader({
        ...around,
        interval: options.interval,
        exporter,
        encoder: new MetricsEncoder({
          envelope: envelopeOf(around),
          temporality: options.temporality ?? "cumulative",
          own: (conventions ?? DEFAULT_PROFILES).includes("gateway"),
          startedAt,
        }),
      })
    ),
  );
}
