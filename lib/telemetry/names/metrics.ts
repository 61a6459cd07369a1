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

/** Groups that can be switched on and off, each as a whole. */
export const METRIC_GROUPS = ["token_usage", "requests", "performance", "health", "system"] as const;

export type MetricGroup = (typeof METRIC_GROUPS)[number];

/**
 * Sets of metrics: the gateway's own; LiteLLM's by its names, so that dashboards survive a move; and those that
 * OpenTelemetry's conventions are about to have, which may still change.
 */
export const METRIC_PROFILES = ["gateway", "litellm", "gen_ai_next"] as const;

export type MetricProfile = (typeof METRIC_PROFILES)[number];

export type Unit = "1" | "seconds" | "bytes" | "tokens" | "usd";

interface Row<Type extends string> {
  readonly type: Type;
  readonly group: MetricGroup;
  readonly profile: MetricProfile;
  readonly unit: Unit;
  /** Label names, in the order in which they are shown. */
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds of the buckets of a histogram, else empty. */
  readonly buckets: readonly number[];
  /** What the values of several processes make together. Of processes that ended, only what is no gauge counts. */
  readonly merge: Merge;
}

export type Merge = "sum" | "max" | "min";

export type MetricRow = Row<"counter"> | Row<"histogram"> | Row<"gauge">;

function counter(
  group: MetricGroup,
  labels: readonly string[],
  help: string,
  unit: Unit = "1",
): Row<"counter"> {
  return { type: "counter", group, profile: "gateway", unit, labels, help, buckets: [], merge: "sum" };
}

function gauge(
  group: MetricGroup,
  labels: readonly string[],
  help: string,
  unit: Unit = "1",
  merge: Merge = "sum",
): Row<"gauge"> {
  return { type: "gauge", group, profile: "gateway", unit, labels, help, buckets: [], merge };
}

function histogram(
  group: MetricGroup,
  labels: readonly string[],
  buckets: readonly number[],
  help: string,
  unit: Unit = "seconds",
): Row<"histogram"> {
  return { type: "histogram", group, profile: "gateway", unit, labels, help, buckets, merge: "sum" };
}

/** A row of LiteLLM's. */
function litellm<Type extends MetricRow>(row: Type): Type {
  return { ...row, profile: "litellm" };
}

/** A row of the conventions to come. */
function next<Type extends MetricRow>(row: Type): Type {
  return { ...row, profile: "gen_ai_next" };
}

/** Labels that LiteLLM has and the gateway has values for. */
const LITELLM = ["api_key_alias", "end_user", "model", "requested_model"] as const;
const LITELLM_DEPLOYMENT = [
  "litellm_model_name",
  "api_provider",
  "requested_model",
  "api_key_alias",
] as const;

const GEN_AI = [
  "gen_ai_operation_name",
  "gen_ai_provider_name",
  "gen_ai_request_model",
  "server_address",
  "server_port",
] as const;
/** No provider tells of usage by modality in a way that all could be compared by: `unknown`. */
const GEN_AI_MODALITY = [...GEN_AI, "gen_ai_token_modality"] as const;

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
  conversation_active_count: gauge("requests", ["backend"], "Number of active conversations", "1", "max"),

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
  gateway_stream_queue_bytes: gauge(
    "requests",
    [],
    "Bytes of streamed answers that wait in the gateway for their clients: 64 KiB and a piece a stream at most",
  ),
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
  gateway_fallbacks_total: counter(
    "health",
    ["provider", "model", "reason"],
    "Attempts at another provider or model than the one before, by the error of that one",
  ),
  gateway_hedges_total: counter(
    "health",
    ["provider", "model", "result"],
    "Attempts beside one that took long: `won`, `lost` or `failed`",
  ),
  gateway_continuations_total: counter(
    "health",
    ["provider", "model"],
    "Attempts that went on with a stream that had broken off",
  ),
  gateway_backend_health: gauge(
    "health",
    ["provider", "model", "endpoint"],
    "1 healthy, 0.5 tried again after a failure, 0 not asked",
    "1",
    "min",
  ),
  gateway_guardrail_total: counter(
    "requests",
    ["stage", "action", "type"],
    "What guardrails looked at, by what they did and what they found",
  ),
  gateway_cache_total: counter("requests", ["kind", "result"], "Look-ups in the cache of answers"),
  gateway_budget_limit_usd: gauge(
    "token_usage",
    ["scope", "name", "window"],
    "Budgets as configured, in US dollars",
    "usd",
    "max",
  ),
  gateway_budget_spent_usd: gauge(
    "token_usage",
    ["scope", "name", "window"],
    "What is spent of budgets, in US dollars",
    "usd",
    "max",
  ),
  gateway_rate_limited_total: counter("requests", ["limit"], "Requests refused by a limit"),
  gateway_limits_degraded: gauge(
    "health",
    [],
    "1 while limits cannot be counted together with other processes",
    "1",
    "max",
  ),
  gateway_limits_degraded_requests_total: counter(
    "requests",
    [],
    "Requests whose limits were judged by one process's own counts",
  ),
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
    "1",
    "min",
  ),
  gateway_telemetry_queue_length: gauge("system", ["signal"], "Items of telemetry that wait to be exported"),
  gateway_metric_series_folded_total: counter(
    "system",
    ["metric"],
    "Samples whose labels were replaced by other, since the metric had too many series",
  ),
  gateway_config_reloads_total: counter("system", ["result"], "Configurations that were read anew"),
  gateway_event_loop_lag_seconds: gauge(
    "system",
    [],
    "Longest wait of a timer or an operation that was ready, within the last 15 seconds",
    "seconds",
    "max",
  ),
  gateway_build_info: gauge(
    "system",
    ["version", "runtime"],
    "1, with the version of gateway and runtime",
    "1",
    "max",
  ),
  process_cpu_seconds_total: counter("system", [], "User and system CPU time spent in seconds", "seconds"),
  process_resident_memory_bytes: gauge("system", [], "Resident memory size in bytes", "bytes"),
  process_open_fds: gauge("system", [], "Number of open file descriptors"),

  gen_ai_client_inference_duration_seconds: next(histogram(
    "performance",
    [...GEN_AI, "error_type"],
    GEN_AI_DURATION,
    "Time of a call of a model for text, with all its attempts",
  )),
  gen_ai_client_inference_time_to_first_chunk_seconds: next(histogram(
    "performance",
    [...GEN_AI, "error_type"],
    TIME_TO_FIRST,
    "Time to the first chunk of a streamed answer",
  )),
  gen_ai_client_inference_time_per_output_chunk_seconds: next(histogram(
    "performance",
    [...GEN_AI, "error_type"],
    TIME_PER_OUTPUT,
    "Time between two chunks of a streamed answer",
  )),
  gen_ai_client_inference_usage_input_tokens_total: next(counter(
    "token_usage",
    GEN_AI_MODALITY,
    "Input tokens, cached ones included",
    "tokens",
  )),
  gen_ai_client_inference_usage_output_tokens_total: next(counter(
    "token_usage",
    GEN_AI_MODALITY,
    "Output tokens, reasoning included",
    "tokens",
  )),
  gen_ai_client_inference_usage_cache_read_input_tokens_total: next(counter(
    "token_usage",
    GEN_AI,
    "Input tokens read from the provider's cache; part of all input",
    "tokens",
  )),
  gen_ai_client_inference_usage_cache_write_input_tokens_total: next(counter(
    "token_usage",
    GEN_AI,
    "Input tokens written to the provider's cache; part of all input",
    "tokens",
  )),
  gen_ai_client_inference_usage_reasoning_output_tokens_total: next(counter(
    "token_usage",
    GEN_AI,
    "Output tokens spent on reasoning; part of all output",
    "tokens",
  )),
  gen_ai_client_inference_operation_input_tokens: next(histogram(
    "token_usage",
    GEN_AI,
    TOKENS,
    "Input tokens of a call",
    "tokens",
  )),
  gen_ai_client_inference_operation_output_tokens: next(histogram(
    "token_usage",
    GEN_AI,
    TOKENS,
    "Output tokens of a call",
    "tokens",
  )),

  litellm_proxy_total_requests_metric_total: litellm(counter(
    "requests",
    [...LITELLM, "route", "status_code"],
    "Requests to the proxy (LiteLLM's name)",
  )),
  litellm_proxy_failed_requests_metric_total: litellm(counter(
    "requests",
    [...LITELLM, "route", "exception_status", "exception_class"],
    "Requests to the proxy that failed (LiteLLM's name)",
  )),
  litellm_total_tokens_metric_total: litellm(
    counter("token_usage", LITELLM, "Tokens (LiteLLM's name)", "tokens"),
  ),
  litellm_input_tokens_metric_total: litellm(
    counter("token_usage", LITELLM, "Input tokens (LiteLLM's name)", "tokens"),
  ),
  litellm_output_tokens_metric_total: litellm(
    counter("token_usage", LITELLM, "Output tokens (LiteLLM's name)", "tokens"),
  ),
  litellm_spend_metric_total: litellm(counter("token_usage", LITELLM, "US dollars (LiteLLM's name)")),
  litellm_deployment_success_responses_total: litellm(
    counter("health", LITELLM_DEPLOYMENT, "Good answers of providers (LiteLLM's name)"),
  ),
  litellm_deployment_failure_responses_total: litellm(
    counter(
      "health",
      [...LITELLM_DEPLOYMENT, "exception_status", "exception_class"],
      "Failed ones (LiteLLM's name)",
    ),
  ),
  litellm_deployment_state: litellm(
    gauge(
      "health",
      ["litellm_model_name", "api_provider", "api_base"],
      "0 healthy, 1 partly, 2 out (LiteLLM's name)",
      "1",
      "max",
    ),
  ),
  litellm_request_total_latency_metric: litellm(
    histogram("performance", LITELLM, HTTP_DURATION, "Time of a request (LiteLLM's name)"),
  ),
  litellm_llm_api_latency_metric: litellm(
    histogram("performance", LITELLM, HTTP_DURATION, "Time of a provider's call (LiteLLM's name)"),
  ),
  litellm_llm_api_time_to_first_token_metric: litellm(
    histogram("performance", LITELLM, TIME_TO_FIRST, "Time to a stream's first token (LiteLLM's name)"),
  ),
  litellm_overhead_latency_metric: litellm(
    histogram("performance", LITELLM, PHASES, "The gateway's own time (LiteLLM's name)"),
  ),
  litellm_redis_latency: litellm(
    histogram("system", ["redis"], PHASES, "Time of Redis's commands (LiteLLM's name)"),
  ),
  litellm_redis_total_requests_total: litellm(
    counter("system", ["redis"], "Commands to Redis (LiteLLM's name)"),
  ),
  litellm_redis_failed_requests_total: litellm(
    counter("system", ["redis", "error_class"], "Commands to Redis that failed (LiteLLM's name)"),
  ),
  litellm_self_latency: litellm(
    histogram("system", ["self"], PHASES, "The gateway's own time (LiteLLM's name)"),
  ),
} as const satisfies Record<string, MetricRow>;

export type MetricName = keyof typeof METRICS;

type NamesOf<Type extends MetricRow["type"]> = {
  [Name in MetricName]: (typeof METRICS)[Name]["type"] extends Type ? Name : never;
}[MetricName];

export type CounterName = NamesOf<"counter">;
export type HistogramName = NamesOf<"histogram">;
export type GaugeName = NamesOf<"gauge">;

export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];
