import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Attempt, type Exchange, StageRun } from "../../../lib/telemetry/exchange.ts";
import { Registry } from "../../../lib/telemetry/metrics/registry.ts";
import { HistogramSeries } from "../../../lib/telemetry/metrics/series.ts";
import { MetricsProjection } from "../../../lib/telemetry/projections/metrics.ts";
import { answered, answeredAttempt, answeredCall, arrived, end, storeOperation } from "../exchanges.ts";
import { scrape } from "../metrics/scrape.ts";

async function metricsOf(...exchanges: Exchange[]): Promise<Map<string, number>> {
  const registry = new Registry();
  const projection = new MetricsProjection(registry);
  for (const exchange of exchanges) projection.project(exchange);
  return await scrape(registry);
}

const MODEL = 'provider="openai",model="gpt-4o-mini-2024-07-18"';
const GEN_AI = 'gen_ai_operation_name="chat",gen_ai_provider_name="openai",' +
  'gen_ai_request_model="gpt-4o-mini-2024-07-18",server_address="api.openai.com",server_port="443"';

Deno.test("MetricsProjection counts an answered request once in each metric", async () => {
  const metrics = await metricsOf(answered());
  const expected: Record<string, number> = {
    'http_requests_total{method="POST",path="/v1/responses",status="200"}': 1,
    'http_request_duration_seconds_count{method="POST",path="/v1/responses",status="200"}': 1,
    'http_request_duration_seconds_sum{method="POST",path="/v1/responses",status="200"}': 0.104,
    'http_request_size_bytes_sum{method="POST",path="/v1/responses"}': 57,
    'http_response_size_bytes_sum{method="POST",path="/v1/responses"}': 812,
    [`provider_requests_total{${MODEL},operation="generate",status="success"}`]: 1,
    [`provider_requests_total{${MODEL},operation="generate",status="error"}`]: 0,
    [`provider_request_duration_seconds_sum{${MODEL},operation="generate"}`]: 0.1,
    [`provider_tokens_total{${MODEL},type="input"}`]: 23,
    [`provider_tokens_total{${MODEL},type="output"}`]: 156,
    [`gen_ai_client_token_usage_sum{${GEN_AI},gen_ai_token_type="input"}`]: 23,
    [`gen_ai_client_token_usage_count{${GEN_AI},gen_ai_token_type="output"}`]: 1,
    [`gen_ai_client_operation_duration_seconds_sum{${GEN_AI}}`]: 0.1,
    'gateway_phase_duration_seconds_count{phase="parse"}': 1,
    'gateway_phase_duration_seconds_count{phase="classify"}': 0,
    "gateway_overhead_seconds_count": 1,
    "gateway_overhead_seconds_sum": 0.004,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertAlmostEquals(metrics.get(name) ?? NaN, value, 1e-9, name);
  }
  assertEquals([...metrics.keys()].some((name) => name.startsWith("provider_stream_")), false);
  assertEquals([...metrics.keys()].some((name) => name.startsWith("gateway_errors_total")), false);
});

Deno.test("MetricsProjection counts a run in the background as a run and its call once, and no request", async () => {
  const exchange = arrived();
  exchange.runId = "resp_1";
  answeredCall(exchange);
  const metrics = await metricsOf(end(exchange, "success", 200));
  assertEquals(metrics.get('gateway_background_runs_total{outcome="success"}'), 1);
  assertEquals(metrics.get('gateway_background_run_duration_seconds_sum{outcome="success"}'), 0.104);
  assertEquals(metrics.get(`provider_tokens_total{${MODEL},type="input"}`), 23);
  assertEquals(metrics.get("gateway_overhead_seconds_count"), 0);
  assertEquals([...metrics.keys()].filter((name) => name.startsWith("http_")), []);
});

Deno.test("MetricsProjection tells a stream's chunks and times", async () => {
  const exchange = arrived();
  answeredCall(exchange, "generate_stream");
  const metrics = await metricsOf(end(exchange, "success", 200));
  const expected: Record<string, number> = {
    [`provider_requests_total{${MODEL},operation="generate_stream",status="success"}`]: 1,
    [`provider_stream_chunks_total{${MODEL}}`]: 5,
    [`provider_stream_ttfb_seconds_sum{${MODEL}}`]: 0.04,
    [`provider_stream_duration_seconds_sum{${MODEL}}`]: 0.1,
    [`gen_ai_client_operation_time_to_first_chunk_seconds_sum{${GEN_AI}}`]: 0.04,
    [`gen_ai_client_operation_time_per_output_chunk_seconds_sum{${GEN_AI}}`]: 0.058,
    [`gen_ai_client_operation_time_per_output_chunk_seconds_count{${GEN_AI}}`]: 4,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertAlmostEquals(metrics.get(name) ?? NaN, value, 1e-9, name);
  }
});

Deno.test("MetricsProjection counts each attempt, and retries by the error before them", async () => {
  const exchange = arrived();
  const call = answeredCall(exchange);
  const failed = answeredAttempt(exchange);
  failed.status = "error";
  failed.errorType = "rate_limit_exceeded";
  call.attempts.unshift(failed);
  const metrics = await metricsOf(end(exchange, "success", 200));
  assertEquals(metrics.get(`provider_requests_total{${MODEL},operation="generate",status="error"}`), 1);
  assertEquals(metrics.get(`provider_requests_total{${MODEL},operation="generate",status="success"}`), 1);
  assertEquals(metrics.get(`gateway_retries_total{${MODEL},reason="rate_limit_exceeded"}`), 1);
  assertEquals(metrics.get(`gen_ai_client_operation_duration_seconds_count{${GEN_AI}}`), 1);
});

Deno.test("MetricsProjection counts operations on the conversation store under both names", async () => {
  const exchange = arrived();
  storeOperation(exchange, "get").status = "not_found";
  storeOperation(exchange, "create");
  const metrics = await metricsOf(end(exchange, "success", 200));
  const expected: Record<string, number> = {
    'conversation_operations_total{operation="get",backend="memory",status="not_found"}': 1,
    'conversation_operations_total{operation="create",backend="memory",status="success"}': 1,
    'conversation_operation_duration_seconds_sum{operation="create",backend="memory"}': 0.0005,
    'gateway_store_operations_total{store="conversation",backend="memory",operation="create",status="success"}':
      1,
    'gateway_store_duration_seconds_count{store="conversation",backend="memory",operation="get",status="not_found"}':
      1,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertAlmostEquals(metrics.get(name) ?? NaN, value, 1e-9, name);
  }
});

Deno.test("MetricsProjection counts a failure by provider, model and error", async () => {
  const exchange = arrived();
  const call = answeredCall(exchange);
  call.status = "error";
  call.errorType = "upstream_timeout";
  call.inputTokens = call.outputTokens = NaN;
  exchange.errorType = "upstream_timeout";
  const metrics = await metricsOf(end(exchange, "error", 504));
  assertEquals(metrics.get(`gateway_errors_total{${MODEL},error_type="upstream_timeout"}`), 1);
  assertEquals(
    metrics.get(`gen_ai_client_operation_duration_seconds_count{${GEN_AI},error_type="upstream_timeout"}`),
    1,
  );
  assertEquals(metrics.has(`provider_tokens_total{${MODEL},type="input"}`), false);
});

Deno.test("MetricsProjection counts what a limit refused", async () => {
  const exchange = arrived();
  exchange.errorType = "rate_limit_exceeded";
  exchange.rateLimit = "address";
  const metrics = await metricsOf(end(exchange, "rejected", 429));
  assertEquals(metrics.get('gateway_rate_limited_total{limit="address"}'), 1);
  assertEquals(
    metrics.get('gateway_errors_total{provider="none",model="none",error_type="rate_limit_exceeded"}'),
    1,
  );
});

Deno.test("MetricsProjection counts a cancel by its stage, as 499 and not as an error", async () => {
  const exchange = arrived();
  const call = answeredCall(exchange, "generate_stream");
  const [attempt] = call.attempts;
  if (attempt !== undefined) attempt.status = "cancelled";
  exchange.cancelStage = "streaming";
  const metrics = await metricsOf(end(exchange, "cancelled", 499));
  assertEquals(metrics.get('gateway_cancelled_total{stage="streaming"}'), 1);
  assertEquals(metrics.get('http_requests_total{method="POST",path="/v1/responses",status="499"}'), 1);
  assertEquals(
    metrics.get(`provider_requests_total{${MODEL},operation="generate_stream",status="cancelled"}`),
    1,
  );
  assertEquals([...metrics.keys()].some((name) => name.startsWith("gateway_errors_total")), false);
});

Deno.test("MetricsProjection takes no time of what was left open", async () => {
  const exchange = arrived();
  const call = answeredCall(exchange);
  call.endedAt = NaN;
  call.attempts.splice(0, 1, new Attempt("openai", "gpt-4o-mini-2024-07-18"));
  const metrics = await metricsOf(end(exchange, "cancelled", 499));
  for (const [name, value] of metrics) assertEquals(Number.isNaN(value), false, name);
  assertEquals(metrics.get(`provider_requests_total{${MODEL},operation="generate",status="cancelled"}`), 1);
});

Deno.test("MetricsProjection has no label of a client's own words", async () => {
  const exchange = arrived();
  exchange.method = "BREW";
  exchange.path = "/secret";
  exchange.route = "other";
  exchange.requestedModel = "whatever";
  const metrics = await metricsOf(end(exchange, "rejected", 404));
  assertEquals(metrics.get('http_requests_total{method="other",path="other",status="404"}'), 1);
  assertEquals([...metrics.keys()].some((name) => /BREW|secret|whatever/.test(name)), false);
});

Deno.test("MetricsProjection remembers nothing of what a client may call its method", () => {
  let lookups = 0;
  class CountingRegistry extends Registry {
    override counter(...args: Parameters<Registry["counter"]>) {
      if (args[0] === "http_requests_total") lookups++;
      return super.counter(...args);
    }
  }
  const projection = new MetricsProjection(new CountingRegistry());
  const project = (method: string) =>
    projection.project(end(Object.assign(arrived(), { method, route: "other" }), "rejected", 405));
  project("BREW");
  const before = lookups;
  for (let i = 0; i < 1000; i++) project(`BREW${i}`);
  // What is looked up again was remembered under another name.
  assertEquals(lookups, before);
});

Deno.test("MetricsProjection loses no request when labels exceed the budget", async () => {
  const registry = new Registry({ perMetric: 50, total: 20_000 });
  const projection = new MetricsProjection(registry);
  for (let i = 0; i < 500; i++) {
    const exchange = arrived();
    exchange.route = `/${i % 100}`;
    projection.project(end(exchange, "success", 200));
  }
  let total = 0;
  for (const [name, value] of await scrape(registry)) {
    if (name.startsWith("http_requests_total")) total += value;
  }
  assertEquals(total, 500);
  assertEquals((registry.families.get("http_requests_total")?.lines ?? 0) <= 50, true);
});

Deno.test("MetricsProjection counts what guardrails and the cache found", async () => {
  const exchange = arrived();
  const runs: StageRun[] = [
    Object.assign(new StageRun("pii_detection", 0), {
      facts: { detected: true, types: ["email", "iban"], action: "redacted" },
    }),
    Object.assign(new StageRun("jailbreak_detection", 0), { facts: { detected: false, action: "allowed" } }),
    Object.assign(new StageRun("cache_lookup", 0), { facts: { hit: true, kind: "semantic", key: "k" } }),
    Object.assign(new StageRun("cache_lookup", 0), { errorType: "timeout" }),
  ];
  exchange.stageRuns.push(...runs);
  const metrics = await metricsOf(end(exchange, "success", 200));
  for (const type of ["email", "iban"]) {
    assertEquals(
      metrics.get(`gateway_guardrail_total{stage="pii_detection",action="redacted",type="${type}"}`),
      1,
    );
  }
  assertEquals(
    metrics.get('gateway_guardrail_total{stage="jailbreak_detection",action="allowed",type="none"}'),
    1,
  );
  assertEquals(metrics.get('gateway_cache_total{kind="semantic",result="hit"}'), 1);
  assertEquals([...metrics.keys()].filter((name) => name.startsWith("gateway_cache_total")).length, 1);
});

Deno.test("MetricsProjection counts a fallback where another target was asked, and a retry each time", async () => {
  const exchange = arrived();
  const call = answeredCall(exchange);
  const first = Object.assign(new Attempt("other", "m"), { status: "error", errorType: "timeout_connect" });
  call.attempts.unshift(
    first,
    Object.assign(new Attempt("other", "m"), { status: "error", errorType: "reset" }),
  );
  const metrics = await metricsOf(end(exchange, "success", 200));
  assertEquals(metrics.get('gateway_retries_total{provider="other",model="m",reason="timeout_connect"}'), 1);
  assertEquals(metrics.get(`gateway_fallbacks_total{${MODEL},reason="reset"}`), 1);
  assertEquals([...metrics.keys()].filter((name) => name.startsWith("gateway_fallbacks_total")).length, 1);
});

Deno.test("MetricsProjection gives a kept trace as an exemplar, and no other", () => {
  for (const sampled of [true, false]) {
    const registry = new Registry();
    const exchange = answered();
    exchange.sampled = sampled;
    new MetricsProjection(registry).project(exchange);
    const [series] = registry.families.get("http_request_duration_seconds")?.all() ?? [];
    const ids = series instanceof HistogramSeries ? series.exemplars?.traceIds.filter((id) => id !== "") : [];
    assertEquals(ids ?? [], sampled ? [exchange.traceId] : []);
  }
});
