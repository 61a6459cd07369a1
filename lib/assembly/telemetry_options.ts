import type { Clock } from "../clock.ts";
import type { Config, ExporterConfig } from "../config/config.ts";
import { buildPrices } from "./prices.ts";
import type { ExporterOptions } from "../telemetry/exporters/create_exporter.ts";
import type { LogWriter } from "../telemetry/log_sink.ts";
import type { TelemetryOptions } from "../telemetry/telemetry.ts";

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
  const proxied = config.proxies.http.reveal() !== "";
  const exporter = (options: ExporterConfig) => exporterOptions(options, proxied);
  const person = terminal && logging.log_file === null;
  const pretty = logging.format === "pretty" || (logging.format === "auto" && person);
  return {
    clock,
    version,
    writer,
    log: {
      level: logging.level,
      format: { type: pretty ? "pretty" : "json", colour: person },
      slowMs: logging.slow_request_threshold,
      requests: logging.log_requests,
      redact: logging.redact,
      content: contentOf(logging),
      file: fileOf(logging),
    },
    prices: buildPrices(config),
    metrics: metrics.enabled,
    metricSet: {
      profiles: metrics.profiles,
      groups: metrics.groups,
      models: new Set([
        ...Object.entries(config.models).flatMap(([name, { aliases }]) => [name, ...aliases]),
        ...(config.routing?.auto_models ?? []),
      ]),
    },
    resource: observability.resource,
    conventions: observability.conventions,
    logExport: { exporters: logs.exporters.map(exporter), batch: batchOf(logs.batch) },
    metricsPush: { ...metrics.push, exporters: metrics.push.exporters.map(exporter) },
    tracing: !tracing.enabled ? null : {
      sampler: tracing.sampler,
      attributes: tracing.attributes,
      content: observability.content ?? undefined,
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
      exporters: tracing.exporters.map(exporter),
      batch: batchOf(tracing.batch),
      limits: {
        attributeCount: tracing.limits.attribute_count,
        attributeLength: tracing.limits.attribute_length ?? undefined,
      },
    },
  };
}

function contentOf(logging: Config["logging"]): TelemetryOptions["log"]["content"] {
  const { log_requests: requests, log_responses: responses, log_queries: queries } = logging;
  if (!requests && !responses && !queries) return undefined;
  return { requests, responses, queries, maxLength: logging.max_body_length };
}

function fileOf({ log_file: path, rotation }: Config["logging"]): TelemetryOptions["log"]["file"] {
  if (path === null) return undefined;
  const { max_size: maxSize, daily, keep, compress } = rotation;
  return { path, maxSize, daily, keep, compress };
}

function batchOf(batch: Config["observability"]["logs"]["batch"]) {
  return { maxQueue: batch.max_queue, maxSize: batch.max_size, delay: batch.delay };
}

/** @param proxied the environment has a proxy for `http:`. */
function exporterOptions(exporter: ExporterConfig, proxied: boolean): ExporterOptions {
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
    proxied,
    tls: tls === null ? undefined : { ...tls, key: tls.key?.reveal() ?? null },
  };
}
