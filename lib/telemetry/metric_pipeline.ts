import type { ExporterOptions } from "./exporters/create_exporter.ts";
import type { Resource } from "./exporters/exporter.ts";
import { MetricsEncoder, type Temporality } from "./exporters/metrics_encoder.ts";
import { PeriodicReader } from "./exporters/periodic_reader.ts";
import type { Registry } from "./metrics/registry.ts";
import { DEFAULT_PROFILES, type Profile } from "./names/profiles.ts";
import { Outlets } from "./outlets.ts";
import { envelopeOf, type OnFailure, type PipelineSurroundings, type Prepared } from "./pipeline.ts";

export interface MetricsPushOptions {
  readonly exporters: readonly ExporterOptions[];
  /** Milliseconds between two pushes; default 60,000. */
  readonly interval?: number | undefined;
  /** Default `cumulative`. */
  readonly temporality?: Temporality | undefined;
}

type Surroundings = PipelineSurroundings & { readonly registry: Registry; readonly before: () => void };

/** Pushes the registry's metrics. Each exporter has its own account of what is new, since one may lag behind. */
export class MetricPipeline {
  readonly outlets: Outlets<PeriodicReader>;
  readonly #around: Surroundings;
  readonly #startedAt: number;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#startedAt = around.clock.wall();
    this.outlets = new Outlets("metrics", around);
  }

  prepare(
    { exporters, interval, temporality = "cumulative" }: MetricsPushOptions,
    conventions: readonly Profile[] | undefined,
    resource: Resource,
    failed: OnFailure,
  ): Prepared {
    const around = this.#around;
    const own = (conventions ?? DEFAULT_PROFILES).includes("gateway");
    const { commit, abort } = this.outlets.prepare({
      exporters,
      settings: [interval, temporality, own, resource],
      make: (exporter, leaving) =>
        new PeriodicReader({
          ...around,
          interval,
          exporter,
          encoder: new MetricsEncoder({
            envelope: envelopeOf(resource, around),
            temporality,
            own,
            startedAt: this.#startedAt,
            // What has not arrived by the old way goes by the new one, and what has does not go twice.
            before: leaving?.outlet.encoder ?? null,
          }),
          after: leaving?.done,
        }),
    }, failed);
    return { commit: () => void commit(), abort };
  }
}
