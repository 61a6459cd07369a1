import { type BatchLimits, BatchProcessor } from "./exporters/batch_processor.ts";
import type { ExporterOptions } from "./exporters/create_exporter.ts";
import { LogEncoder } from "./exporters/log_encoder.ts";
import {
  createExporters,
  envelopeOf,
  type PipelineSurroundings,
  type SignalPipeline,
  together,
} from "./pipeline.ts";
import type { LogConsumer } from "./projections/log_record.ts";

export interface LogExportOptions {
  /** Where lines go besides the log itself. */
  readonly exporters: readonly ExporterOptions[];
  readonly batch?: BatchLimits | undefined;
}

export interface LogPipeline extends SignalPipeline {
  readonly consumers: readonly LogConsumer[];
}

/** `OTEL_BLRP_SCHEDULE_DELAY` is by default a fifth of its sibling for spans. */
const DELAY_MS = 1_000;

export function createLogPipeline(options: LogExportOptions, around: PipelineSurroundings): LogPipeline {
  const processors = createExporters(options.exporters, "logs", around).map((exporter) =>
    new BatchProcessor({
      ...around,
      delay: DELAY_MS,
      ...options.batch,
      signal: "logs",
      encoder: new LogEncoder(envelopeOf(around)),
      exporter,
    })
  );
  return { ...together(processors), consumers: processors };
}
