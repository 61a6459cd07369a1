import type { Clock } from "../clock.ts";
import { type BatchLimits, BatchProcessor } from "./exporters/batch_processor.ts";
import { createExporter, type ExporterOptions } from "./exporters/create_exporter.ts";
import type { Delivery } from "./exporters/delivery.ts";
import type { Resource, Scope } from "./exporters/exporter.ts";
import { OtlpEnvelope } from "./exporters/otlp_envelope.ts";
import { SpanEncoder } from "./exporters/span_encoder.ts";
import { StdoutSpans } from "./exporters/stdout.ts";
import type { Logger } from "./logger.ts";
import { DEFAULT_PROFILES, type Profile } from "./names/profiles.ts";
import type { SpanConsumer, SpanRecord } from "./projections/span.ts";
import { SpanProjection } from "./projections/spans.ts";
import type { Projection } from "./recorder.ts";
import type { SamplerOptions } from "./sampling.ts";
import type { SignalStats } from "./self.ts";

export interface TracingOptions {
  readonly sampler: SamplerOptions;
  /** Default `gateway`, `gen_ai`. */
  readonly conventions?: readonly Profile[] | undefined;
  /** Empty: ids are made, logged and passed on, and spans go nowhere. */
  readonly exporters: readonly (ExporterOptions | { readonly type: "stdout" })[];
  readonly batch?: BatchLimits | undefined;
  /** Limits of a span; default 128 attributes of any length. */
  readonly limits?: {
    readonly attributeCount?: number | undefined;
    readonly attributeLength?: number | undefined;
  } | undefined;
}

/** What every signal's way out is made with. */
export interface PipelineSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stats: SignalStats;
  readonly resource: Resource;
  readonly scope: Scope;
  /** Takes a line for standard output; returns whether it will be written. */
  readonly print: (line: string) => boolean;
}

/** A signal's way out. */
export interface SignalPipeline {
  readonly deliveries: readonly Delivery[];
  /** Brings out what waits, for `ms` milliseconds at most. */
  shutdown(ms: number): Promise<void>;
}

export interface TracePipeline extends SignalPipeline {
  /** Null where spans go nowhere, so that none is made. */
  readonly projection: Projection | null;
}

/** An exporter that cannot be made is told of and left out: the gateway serves without it. */
export function createTracePipeline(options: TracingOptions, around: PipelineSurroundings): TracePipeline {
  const consumers: SpanConsumer[] = [];
  const processors: BatchProcessor<SpanRecord>[] = [];
  for (const exporter of options.exporters) {
    if (exporter.type === "stdout") {
      consumers.push(new StdoutSpans(around.print, around.resource, around.stats));
      continue;
    }
    try {
      const processor = new BatchProcessor({
        ...around,
        ...options.batch,
        signal: "traces",
        encoder: new SpanEncoder(new OtlpEnvelope(around.resource, around.scope)),
        exporter: createExporter(exporter, "traces", `${around.scope.name}/${around.scope.version}`),
      });
      processors.push(processor);
      consumers.push(processor);
    } catch (error) {
      around.logger.error(`Failed to initialise tracing: ${error instanceof Error ? error.message : error}`);
    }
  }
  return {
    projection: consumers.length === 0 ? null : new SpanProjection({
      profiles: options.conventions ?? DEFAULT_PROFILES,
      maxAttributes: options.limits?.attributeCount ?? 128,
      maxLength: options.limits?.attributeLength ?? Infinity,
    }, consumers),
    deliveries: processors.map(({ delivery }) => delivery),
    async shutdown(ms) {
      await Promise.all(processors.map((processor) => processor.shutdown(ms)));
    },
  };
}
