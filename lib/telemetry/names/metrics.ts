/**
 * Every metric: one row each. Names, labels and bounds are public interface, since dashboards and alerts are
 * built on them.
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
 */
import {
  GEN_AI_DURATION,
  HTTP_DURATION,
  PHASES,
  SIZES,
  TIME_PER_OUTPUT,
  TIME_TO_FIRST,
  TOKENS,
} from "./buckets.ts";

/** Groups that can be switched on and off together. */
export type MetricGroup = "token_usage" | "requests" | "performance" | "health" | "system";

export type Unit = "1" | "seconds" | "bytes" | "tokens" | "usd";

interface Row<Type extends string> {
  readonly type: Type;
  readonly group: MetricGroup;
  readonly unit: Unit;
  /** Label names, in the order in which they are shown. */
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds of the buckets of a histogram, else empty. */
  readonly buckets: readonly number[];
}

export type MetricRow = Row<"counter"> | Row<"histogram"> | Row<"gauge">;

function counter(
  group: MetricGroup,
  labels: readonly string[],
  help: string,
  unit: Unit = "1",
): Row<"counter"> {
  return { type: "counter", group, unit, labels, help, buckets: [] };
}

function gauge(group: MetricGroup, labels: readonly string[], help: string, unit: Unit = "1"): Row<"gauge"> {
  return { type: "gauge", group, unit, labels, help, buckets: [] };
}

function histogram(
  group: MetricGroup,
  labels: readonly string[],
  buckets: readonly number[],
  help: string,
  unit: Unit = "seconds",
): Row<"histogram"> {
  return { type: "histogram", group, unit, labels, help, buckets };
}

const GEN_AI = [
  "gen_ai_operation_name",
  "gen_ai_provider_name",
  "gen_ai_request_model",
  "server_address",
  "server_port",
] as const;

export const METRICS = {
  http_requests_total: counter("requests", ["method", "path", "status"], "Total number of HTTP requests"),
  http_request_duration_seconds: histogram(
    "performance",
    ["method", "path", "status"],
    HTTP_DURATION,
    "Time from a request's arrival to the end of its answer",
  ),
  http_request_size_bytes: histogram(
    "requests",
    ["method", "path"],
    SIZES,
    "Size of request bodies",
    "bytes",
  ),
  http_response_size_bytes: histogram(
    "requests",
    ["method", "path"],
    SIZES,
    "Size of response bodies",
    "bytes",
  ),

  provider_requests_total: counter(
    "requests",
    ["provider", "model", "operation", "status"],
    "Requests to providers, one an attempt",
  ),
  provider_request_duration_seconds: histogram(
    "performance",
    ["provider", "model", "operation"],
    HTTP_DURATION,
    "Time from sending a request to a provider to the end of its answer",
  ),
  provider_tokens_total: counter(
    "token_usage",
    ["provider", "model", "type"],
    "Tokens as the provider counts them, cached input included",
    "tokens",
  ),
  provider_stream_ttfb_seconds: histogram(
    "performance",
    ["provider", "model"],
    TIME_TO_FIRST,
    "Time from sending a request to a provider to the first chunk of its stream",
  ),
  provider_stream_duration_seconds: histogram(
    "performance",
    ["provider", "model"],
    HTTP_DURATION,
    "Time from sending a request to a provider to the end of its stream",
  ),
  provider_stream_chunks_total: counter(
    "requests",
    ["provider", "model"],
    "Content chunks of providers' streams",
  ),

  conversation_operations_total: counter(
    "requests",
    ["operation", "backend", "status"],
    "Operations on the conversation store: get, create, update, delete, append, list, get_item, delete_item",
  ),
  conversation_operation_duration_seconds: histogram(
    "performance",
    ["operation", "backend"],
    PHASES,
    "Time of operations on the conversation store",
  ),
  gateway_background_runs: gauge("requests", ["state"], "Responses in the background that wait or run now"),
  gateway_background_runs_total: counter(
    "requests",
    ["outcome"],
    "Responses in the background that ended",
  ),
  gateway_background_run_duration_seconds: histogram(
    "performance",
    ["outcome"],
    HTTP_DURATION,
    "Time from a background response's acceptance to its end",
  ),
  conversation_active_count: gauge("requests", ["backend"], "Number of active conversations"),

  gen_ai_client_token_usage: histogram(
    "token_usage",
    [...GEN_AI, "gen_ai_token_type"],
    TOKENS,
    "Tokens of a call, by type",
    "tokens",
  ),
  gen_ai_client_operation_duration_seconds: histogram(
    "performance",
    [...GEN_AI, "error_type"],
    GEN_AI_DURATION,
    "Time of a call of a model with all its attempts",
  ),
  gen_ai_client_operation_time_to_first_chunk_seconds: histogram(
    "performance",
    [...GEN_AI, "error_type"],
    TIME_TO_FIRST,
    "Time to the first chunk of a streamed answer",
  ),
  gen_ai_client_operation_time_per_output_chunk_seconds: histogram(
    "performance",
    [...GEN_AI, "error_type"],
    TIME_PER_OUTPUT,
    "Time between two chunks of a streamed answer",
  ),

  gateway_errors_total: counter(
    "health",
    ["provider", "model", "error_type"],
    "Requests that ended with an error of the gateway's, a provider's or the client's",
  ),
  gateway_phase_duration_seconds: histogram(
    "performance",
    ["phase"],
    PHASES,
    "Time of each phase of a request",
  ),
  gateway_overhead_seconds: histogram(
    "performance",
    [],
    PHASES,
    "The gateway's own time: all but waiting for providers",
  ),
  gateway_in_flight_requests: gauge("requests", [], "Requests that have not ended"),
  gateway_open_streams: gauge("requests", [], "Streamed answers that have not ended"),
  gateway_cancelled_total: counter("requests", ["stage"], "Requests whose client left, by how far they were"),
  gateway_retries_total: counter(
    "health",
    ["provider", "model", "reason"],
    "Attempts after the first, by the error of the one before",
  ),
  gateway_cost_usd_total: counter(
    "token_usage",
    ["provider", "model"],
    "What providers charge, in US dollars; calls whose price or tokens are unknown add nothing",
  ),
  gateway_rate_limited_total: counter("requests", ["limit"], "Requests refused by a limit"),
  gateway_store_operations_total: counter(
    "requests",
    ["store", "backend", "operation", "status"],
    "Operations on stores",
  ),
  gateway_store_duration_seconds: histogram(
    "performance",
    ["store", "backend", "operation", "status"],
    PHASES,
    "Time of operations on stores",
  ),

  gateway_telemetry_produced_total: counter("system", ["signal"], "Items of telemetry made"),
  gateway_telemetry_exported_total: counter("system", ["signal"], "Items of telemetry that arrived"),
  gateway_telemetry_dropped_total: counter("system", ["signal"], "Items of telemetry that were given up"),
  gateway_telemetry_failed_total: counter("system", ["signal"], "Attempts to export telemetry that failed"),
  gateway_telemetry_exporter_up: gauge(
    "system",
    ["signal"],
    "1 while telemetry arrives at all its exporters, 0 while it does not",
  ),
  gateway_telemetry_queue_length: gauge("system", ["signal"], "Items of telemetry that wait to be exported"),
  gateway_metric_series_folded_total: counter(
    "system",
    ["metric"],
    "Samples whose labels were replaced by other, since the metric had too many series",
  ),
  gateway_event_loop_lag_seconds: gauge(
    "system",
    [],
    "Longest delay of the event loop within the last 15 seconds",
    "seconds",
  ),
  gateway_build_info: gauge("system", ["version", "runtime"], "1, with the version of gateway and runtime"),
  process_cpu_seconds_total: counter("system", [], "User and system CPU time spent in seconds", "seconds"),
  process_resident_memory_bytes: gauge("system", [], "Resident memory size in bytes", "bytes"),
  process_open_fds: gauge("system", [], "Number of open file descriptors"),
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof METRICS;

type NamesOf<Type extends MetricRow["type"]> = {
  [Name in MetricName]: (typeof METRICS)[Name]["type"] extends Type ? Name : never;
}[MetricName];

export type CounterName = NamesOf<"counter">;
export type HistogramName = NamesOf<"histogram">;
export type GaugeName = NamesOf<"gauge">;

export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];
