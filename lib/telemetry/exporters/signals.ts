import { type MessageType, OTLP_REQUESTS } from "./otlp_schema.ts";

/** The signals of OpenTelemetry that the gateway exports. */
export type OtlpSignal = "traces" | "metrics" | "logs";

export interface OtlpSignalRow {
  /** Where it is posted to, below a collector's endpoint. */
  readonly path: string;
  /** Its method over gRPC. */
  readonly method: string;
  /** How a partial success in JSON counts what was refused. */
  readonly rejected: string;
  /** What is sent, for its form in JSON. */
  readonly request: MessageType;
  /** What its items are called in a message: `Failed to export spans: …`. */
  readonly items: string;
}

/** @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-request */
export const OTLP_SIGNALS: Readonly<Record<OtlpSignal, OtlpSignalRow>> = {
  traces: {
    path: "/v1/traces",
    request: OTLP_REQUESTS.traces,
    method: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    rejected: "rejectedSpans",
    items: "spans",
  },
  metrics: {
    path: "/v1/metrics",
    request: OTLP_REQUESTS.metrics,
    method: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    rejected: "rejectedDataPoints",
    items: "metrics",
  },
  logs: {
    path: "/v1/logs",
    request: OTLP_REQUESTS.logs,
    method: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    rejected: "rejectedLogRecords",
    items: "logs",
  },
};
