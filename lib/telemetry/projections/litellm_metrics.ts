import type { Attempt, Exchange, ModelCall } from "../exchange.ts";
import { OPERATIONS } from "../names/gen_ai.ts";
import { overheadMs } from "./durations.ts";
import type { SeriesSource } from "./metrics.ts";

/** LiteLLM's metrics of the same Exchange, by the names under which LiteLLM's proxy shows them. */
export class LitellmMetricsProjection {
  readonly #source: SeriesSource;
  #requestedModels: ReadonlySet<string>;

  /** @param models names that may be a label; any other model that was asked for is `other`. */
  constructor(source: SeriesSource, models: ReadonlySet<string>) {
    this.#source = source;
    this.#requestedModels = models;
  }

  setModels(models: ReadonlySet<string>): void {
    this.#requestedModels = models;
  }

  project(exchange: Exchange): void {
    if (exchange.background) return;
    const source = this.#source;
    const { call } = exchange;
    const requested = this.#bounded(exchange.requestedModel);
    const alias = exchange.principal?.name ?? "";
    // Who the end user is the client says, so that it is no label.
    const labels = [alias, "", call?.model ?? "", requested];
    const status = String(exchange.status);
    source.counter("litellm_proxy_total_requests_metric_total", [...labels, exchange.route, status]).add(1);
    if (exchange.outcome !== "success") {
      const failure = [...labels, exchange.route, status, exchange.errorType || exchange.outcome];
      source.counter("litellm_proxy_failed_requests_metric_total", failure).add(1);
    }
    const seconds = (exchange.endedAt - exchange.startedAt) / 1000;
    source.histogram("litellm_request_total_latency_metric", labels).observe(seconds);
    const overhead = overheadMs(exchange) / 1000;
    source.histogram("litellm_overhead_latency_metric", labels).observe(overhead);
    source.histogram("litellm_self_latency", ["gateway"]).observe(overhead);
    if (call !== null) this.#addCall(call, labels, requested, alias);
  }

  #addCall(call: ModelCall, labels: readonly string[], requested: string, alias: string): void {
    const source = this.#source;
    for (const attempt of call.attempts) {
      this.#addAttempt(attempt, [attempt.model, attempt.provider, requested, alias]);
    }
    source.histogram("litellm_llm_api_latency_metric", labels).observe(
      (call.endedAt - call.startedAt) / 1000,
    );
    if (OPERATIONS[call.operation].stream === true) {
      source.histogram("litellm_llm_api_time_to_first_token_metric", labels)
        .observe((call.firstChunkAt - call.startedAt) / 1000);
    }
    const input = counted(call.inputTokens);
    const output = counted(call.outputTokens);
    source.counter("litellm_input_tokens_metric_total", labels).add(input);
    source.counter("litellm_output_tokens_metric_total", labels).add(output);
    source.counter("litellm_total_tokens_metric_total", labels).add(input + output);
    source.counter("litellm_spend_metric_total", labels).add(counted(call.costUsd));
  }

  #addAttempt(attempt: Attempt, labels: readonly string[]): void {
    if (attempt.status === "success") {
      this.#source.counter("litellm_deployment_success_responses_total", labels).add(1);
    } else if (attempt.status === "error") {
      const status = attempt.httpStatus === 0 ? "" : String(attempt.httpStatus);
      this.#source.counter("litellm_deployment_failure_responses_total", [
        ...labels,
        status,
        attempt.errorType || "unknown",
      ]).add(1);
    }
  }

  #bounded(model: string): string {
    return model === "" || this.#requestedModels.has(model) ? model : "other";
  }
}

function counted(amount: number): number {
  return amount > 0 ? amount : 0;
}
