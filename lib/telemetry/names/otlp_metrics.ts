/**
 * Metrics that OpenTelemetry's conventions name too: pushed, they carry that name. What is not here is pushed
 * under its own name, where the profile `gateway` is among the conventions.
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 */
import type { MetricName, Unit } from "./metrics.ts";

export interface SemconvMetric {
  readonly name: string;
  /** In UCUM's spelling. */
  readonly unit: string;
  /** Attributes by the labels of the metric's row. */
  readonly attributes: Readonly<Record<string, string>>;
}

const HTTP = { method: "http.request.method", path: "http.route", status: "http.response.status_code" };

const GEN_AI = {
  gen_ai_operation_name: "gen_ai.operation.name",
  gen_ai_provider_name: "gen_ai.provider.name",
  gen_ai_request_model: "gen_ai.request.model",
  gen_ai_token_type: "gen_ai.token.type",
  gen_ai_token_modality: "gen_ai.token.modality",
  server_address: "server.address",
  server_port: "server.port",
  error_type: "error.type",
};

/** Of the conventions' own repository, which has no release of them yet. */
function inference(name: string, unit: string): SemconvMetric {
  return { name: `gen_ai.client.inference.${name}`, unit, attributes: GEN_AI };
}

export const SEMCONV_METRICS: Readonly<Partial<Record<MetricName, SemconvMetric>>> = {
  http_request_duration_seconds: { name: "http.server.request.duration", unit: "s", attributes: HTTP },
  http_request_size_bytes: { name: "http.server.request.body.size", unit: "By", attributes: HTTP },
  http_response_size_bytes: { name: "http.server.response.body.size", unit: "By", attributes: HTTP },
  gen_ai_client_token_usage: { name: "gen_ai.client.token.usage", unit: "{token}", attributes: GEN_AI },
  gen_ai_client_operation_duration_seconds: {
    name: "gen_ai.client.operation.duration",
    unit: "s",
    attributes: GEN_AI,
  },
  gen_ai_client_operation_time_to_first_chunk_seconds: {
    name: "gen_ai.client.operation.time_to_first_chunk",
    unit: "s",
    attributes: GEN_AI,
  },
  gen_ai_client_operation_time_per_output_chunk_seconds: {
    name: "gen_ai.client.operation.time_per_output_chunk",
    unit: "s",
    attributes: GEN_AI,
  },
  gen_ai_client_inference_duration_seconds: inference("duration", "s"),
  gen_ai_client_inference_time_to_first_chunk_seconds: inference("time_to_first_chunk", "s"),
  gen_ai_client_inference_time_per_output_chunk_seconds: inference("time_per_output_chunk", "s"),
  gen_ai_client_inference_usage_input_tokens_total: inference("usage.input_tokens", "{token}"),
  gen_ai_client_inference_usage_output_tokens_total: inference("usage.output_tokens", "{token}"),
  gen_ai_client_inference_usage_cache_read_input_tokens_total: inference(
    "usage.cache_read.input_tokens",
    "{token}",
  ),
  gen_ai_client_inference_usage_cache_write_input_tokens_total: inference(
    "usage.cache_write.input_tokens",
    "{token}",
  ),
  gen_ai_client_inference_usage_reasoning_output_tokens_total: inference(
    "usage.reasoning.output_tokens",
    "{token}",
  ),
  gen_ai_client_inference_operation_input_tokens: inference("operation.input_tokens", "{token}"),
  gen_ai_client_inference_operation_output_tokens: inference("operation.output_tokens", "{token}"),
};

/** Units in UCUM's spelling. */
export const UCUM: Readonly<Record<Unit, string>> = {
  "1": "1",
  seconds: "s",
  bytes: "By",
  tokens: "{token}",
  usd: "{USD}",
};

/** Attributes that are numbers, whatever their labels are. */
export const INTEGER_ATTRIBUTES: ReadonlySet<string> = new Set(["http.response.status_code", "server.port"]);
