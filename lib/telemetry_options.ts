import type { Clock } from "./clock.ts";
import type { Config, ExporterConfig } from "./config/config.ts";
import { buildPrices } from "./prices.ts";
import type { ExporterOptions } from "./telemetry/exporters/create_exporter.ts";
import type { LogWriter } from "./telemetry/log_sink.ts";
import type { TelemetryOptions } from "./telemetry/telemetry.ts";

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
  const { tracing, metrics, logs } = observability;
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
    prices: buildPrices(config),
    metrics: metrics.enabled,
    resource: observability.resource,
    conventions: observability.conventions,
    logExport: { exporters: logs.exporters.map(exporterOptions), batch: batchOf(logs.batch) },
    metricsPush: { ...metrics.push, exporters: metrics.push.exporters.map(exporterOptions) },
    tracing: !tracing.enabled ? null : {
      sampler: tracing.sampler,
      attributes: tracing.attributes,
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
      exporters: tracing.exporters.map(exporterOptions),
      batch: batchOf(tracing.batch),
      limits: {
        attributeCount: tracing.limits.attribute_count,
        attributeLength: tracing.limits.attribute_length ?? undefined,
      },
    },
  };
}

function batchOf(batch: Config["observability"]["logs"]["batch"]) {
  return { maxQueue: batch.max_queue, maxSize: batch.max_size, delay: batch.delay };
}

function exporterOptions(exporter: ExporterConfig): ExporterOptions {
  if (exporter.type !== "otlp") return exporter;
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
