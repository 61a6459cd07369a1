import type { Clock } from "./clock.ts";
import type { Config, ExporterConfig } from "./config/config.ts";
import { buildPrices } from "./prices.ts";
import type { LogWriter } from "./telemetry/log_sink.ts";
import type { ExporterOptions, TelemetryOptions } from "./telemetry/telemetry.ts";

/** Telemetry's options as the configuration has them. */
export function telemetryOptions(
  config: Config,
  surroundings: {
    readonly version: string;
    readonly writer: LogWriter;
    readonly terminal: boolean;
    readonly clock: Clock;
  },
): TelemetryOptions {
  const { version, writer, terminal, clock } = surroundings;
  const { logging, observability } = config;
  const { tracing } = observability;
  const pretty = logging.format === "pretty" || (logging.format === "auto" && terminal);
  return {
    clock,
    version,
    writer,
    log: {
      level: logging.level,
      format: { type: pretty ? "pretty" : "json", colour: terminal },
      slowMs: logging.slow_request_threshold,
      requests: logging.log_requests,
    },
    metrics: observability.metrics.enabled,
    prices: buildPrices(config),
    tracing: !tracing.enabled ? null : {
      sampler: tracing.sampler,
      tail: tracing.tail === null ? undefined : {
        errors: tracing.tail.errors,
        blocked: tracing.tail.blocked,
        fallback: tracing.tail.fallback,
        slowerThan: tracing.tail.slower_than,
        ttftOver: tracing.tail.ttft_over,
        costOver: tracing.tail.cost_over,
        models: tracing.tail.models,
        keys: tracing.tail.keys,
      },
      conventions: observability.conventions,
      exporters: tracing.exporters.map(exporterOptions),
      resource: tracing.resource,
      batch: {
        maxQueue: tracing.batch.max_queue,
        maxSize: tracing.batch.max_size,
        delay: tracing.batch.delay,
      },
      limits: {
        attributeCount: tracing.limits.attribute_count,
        attributeLength: tracing.limits.attribute_length ?? undefined,
      },
    },
  };
}

function exporterOptions(exporter: ExporterConfig): ExporterOptions {
  if (exporter.type === "stdout") return exporter;
  const { protocol, url, timeout, compression, tls } = exporter;
  return {
    type: "otlp",
    protocol,
    url,
    timeout,
    compression,
    headers: Object.fromEntries(
      Object.entries(exporter.headers).map(([name, value]) => [name, value.reveal()]),
    ),
    tls: tls === null ? undefined : { ...tls, key: tls.key?.reveal() ?? null },
  };
}
