import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { ModelCall, Operation } from "../../../lib/telemetry/exchange.ts";
import { Registry } from "../../../lib/telemetry/metrics/registry.ts";
import { SEMCONV_METRICS } from "../../../lib/telemetry/names/otlp_metrics.ts";
import { METRIC_NAMES, type MetricName, METRICS } from "../../../lib/telemetry/names/metrics.ts";
import { GenAiNextMetricsProjection } from "../../../lib/telemetry/projections/gen_ai_next_metrics.ts";
import { answeredCall, arrived, end } from "../exchanges.ts";
import { scrape } from "../metrics/scrape.ts";

const LABELS = 'gen_ai_operation_name="chat",gen_ai_provider_name="openai",' +
  'gen_ai_request_model="gpt-4o-mini-2024-07-18",server_address="api.openai.com",server_port="443"';

function recorded(operation: Operation, change: (call: ModelCall) => void = () => {}) {
  const registry = new Registry(undefined, ({ profile }) => profile === "gen_ai_next");
  const exchange = arrived();
  change(answeredCall(exchange, operation));
  new GenAiNextMetricsProjection(registry).project(end(exchange, "success", 200));
  return scrape(registry);
}

Deno.test("GenAiNextMetricsProjection counts a streamed call under the names to come", async () => {
  const metrics = await recorded("generate_stream", (call) => {
    call.cachedTokens = 8;
    call.cacheCreationTokens = 4;
    call.reasoningTokens = 64;
  });
  const at = "gen_ai_client_inference";
  const expected: Record<string, number> = {
    [`${at}_duration_seconds_sum{${LABELS}}`]: 0.1,
    [`${at}_duration_seconds_count{${LABELS}}`]: 1,
    [`${at}_time_to_first_chunk_seconds_sum{${LABELS}}`]: 0.04,
    [`${at}_time_per_output_chunk_seconds_sum{${LABELS}}`]: 0.058,
    [`${at}_time_per_output_chunk_seconds_count{${LABELS}}`]: 4,
    [`${at}_usage_input_tokens_total{${LABELS},gen_ai_token_modality="unknown"}`]: 23,
    [`${at}_usage_output_tokens_total{${LABELS},gen_ai_token_modality="unknown"}`]: 156,
    [`${at}_usage_cache_read_input_tokens_total{${LABELS}}`]: 8,
    [`${at}_usage_cache_write_input_tokens_total{${LABELS}}`]: 4,
    [`${at}_usage_reasoning_output_tokens_total{${LABELS}}`]: 64,
    [`${at}_operation_input_tokens_sum{${LABELS}}`]: 23,
    [`${at}_operation_output_tokens_sum{${LABELS}}`]: 156,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertAlmostEquals(metrics.get(name) ?? NaN, value, 1e-9, name);
  }
});

Deno.test("GenAiNextMetricsProjection says nothing of what is unknown, and of what is no inference", async () => {
  const unknown = await recorded("generate", (call) => {
    call.inputTokens = NaN;
    call.outputTokens = NaN;
    call.errorType = "upstream_timeout";
  });
  const counted = [...unknown.keys()].filter((name) => /_count|_total/.test(name));
  assertEquals(counted, [
    `gen_ai_client_inference_duration_seconds_count{${LABELS},error_type="upstream_timeout"}`,
  ]);
  assertEquals((await recorded("embed")).size, 0);
});

Deno.test("every metric of the conventions to come is pushed under OpenTelemetry's own name", () => {
  const names = METRIC_NAMES.filter((name: MetricName) => METRICS[name].profile === "gen_ai_next");
  assertEquals(names.length, 10);
  assertEquals(names.map((name) => SEMCONV_METRICS[name]?.name), [
    "gen_ai.client.inference.duration",
    "gen_ai.client.inference.time_to_first_chunk",
    "gen_ai.client.inference.time_per_output_chunk",
    "gen_ai.client.inference.usage.input_tokens",
    "gen_ai.client.inference.usage.output_tokens",
    "gen_ai.client.inference.usage.cache_read.input_tokens",
    "gen_ai.client.inference.usage.cache_write.input_tokens",
    "gen_ai.client.inference.usage.reasoning.output_tokens",
    "gen_ai.client.inference.operation.input_tokens",
    "gen_ai.client.inference.operation.output_tokens",
  ]);
});
