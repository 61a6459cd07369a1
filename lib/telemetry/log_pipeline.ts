import { type BatchLimits, BatchProcessor } from "./exporters/batch_processor.ts";
import type { ExporterOptions } from "./exporters/create_exporter.ts";
import type { Resource } from "./exporters/exporter.ts";
import { LogEncoder } from "./exporters/log_encoder.ts";
import { Outlets } from "./outlets.ts";
import { envelopeOf, type OnFailure, type PipelineSurroundings, type Prepared } from "./pipeline.ts";
import type { LogConsumer, LogRecord } from "./projections/log_record.ts";

export interface LogExportOptions {
  /** Where lines go besides the log itself. */
  readonly exporters: readonly ExporterOptions[];
  readonly batch?: BatchLimits | undefined;
}

/** `OTEL_BLRP_SCHEDULE_DELAY` is by default a fifth of its sibling for spans. */
const DELAY_MS = 1_000;

/** Log records on their way to collectors. */
export class LogPipeline {
  readonly outlets: Outlets<BatchProcessor<LogRecord>>;
  readonly #around: PipelineSurroundings;

  constructor(around: PipelineSurroundings) {
    this.#around = around;
    this.outlets = new Outlets("logs", around);
  }

  prepare(
    { exporters, batch }: LogExportOptions,
    resource: Resource,
    failed: OnFailure,
  ): Prepared<readonly LogConsumer[]> {
    const around = this.#around;
    return this.outlets.prepare({
      exporters,
      settings: [batch, resource],
      make: (exporter) =>
        new BatchProcessor({
          ...around,
          delay: DELAY_MS,
          ...batch,
          signal: "logs",
          encoder: new LogEncoder(envelopeOf(resource, around)),
          exporter,
        }),
    }, failed);
  }
}
