import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Attempt } from "../../../lib/telemetry/exchange.ts";
import { Registry } from "../../../lib/telemetry/metrics/registry.ts";
import { LitellmMetricsProjection } from "../../../lib/telemetry/projections/litellm_metrics.ts";
import { answeredCall, arrived, end } from "../exchanges.ts";
import { scrape } from "../metrics/scrape.ts";
import { principal } from "../../principal.ts";

const LABELS = 'api_key_alias="web",model="gpt-4o-mini-2024-07-18",requested_model="gpt-4o-mini"';

Deno.test("LitellmMetricsProjection shows a request under LiteLLM's names, with the same numbers", async () => {
  const registry = new Registry(undefined, ({ profile }) => profile === "litellm");
  const exchange = arrived();
  exchange.principal = principal({ keyTail: "1234", name: "web" });
  const call = answeredCall(exchange, "generate_stream");
  call.costUsd = 0.25;
  call.attempts.unshift(
    Object.assign(new Attempt("azure", "gpt"), { status: "error", httpStatus: 500, errorType: "500" }),
  );
  new LitellmMetricsProjection(registry, new Set(["gpt-4o-mini"])).project(end(exchange, "success", 200));
  const metrics = await scrape(registry);
  const expected: Record<string, number> = {
    [`litellm_proxy_total_requests_metric_total{${LABELS},route="/v1/responses",status_code="200"}`]: 1,
    [`litellm_input_tokens_metric_total{${LABELS}}`]: 23,
    [`litellm_output_tokens_metric_total{${LABELS}}`]: 156,
    [`litellm_total_tokens_metric_total{${LABELS}}`]: 179,
    [`litellm_spend_metric_total{${LABELS}}`]: 0.25,
    [`litellm_request_total_latency_metric_sum{${LABELS}}`]: 0.104,
    [`litellm_llm_api_latency_metric_sum{${LABELS}}`]: 0.1,
    [`litellm_llm_api_time_to_first_token_metric_sum{${LABELS}}`]: 0.04,
    [`litellm_overhead_latency_metric_count{${LABELS}}`]: 1,
    'litellm_deployment_success_responses_total{litellm_model_name="gpt-4o-mini-2024-07-18",api_provider="openai",requested_model="gpt-4o-mini",api_key_alias="web"}':
      1,
    'litellm_deployment_failure_responses_total{litellm_model_name="gpt",api_provider="azure",requested_model="gpt-4o-mini",api_key_alias="web",exception_status="500",exception_class="500"}':
      1,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertAlmostEquals(metrics.get(name) ?? NaN, value, 1e-9, name);
  }
  assertEquals([...metrics.keys()].every((name) => name.startsWith("litellm_")), true);
});

Deno.test("LitellmMetricsProjection counts failures, and a model that nobody configured as other", async () => {
  const registry = new Registry(undefined, ({ profile }) => profile === "litellm");
  const exchange = arrived();
  exchange.requestedModel = "whatever the client said";
  exchange.errorType = "model_not_found";
  new LitellmMetricsProjection(registry, new Set()).project(end(exchange, "rejected", 404));
  const metrics = await scrape(registry);
  assertEquals(
    metrics.get(
      'litellm_proxy_failed_requests_metric_total{requested_model="other",route="/v1/responses",exception_status="404",exception_class="model_not_found"}',
    ),
    1,
  );
});
