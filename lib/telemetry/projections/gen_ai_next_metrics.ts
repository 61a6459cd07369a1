import type { Exchange, ModelCall } from "../exchange.ts";
import { OPERATIONS } from "../names/gen_ai.ts";
import type { CounterName, HistogramName } from "../names/metrics.ts";
import { genAiLabels, type SeriesSource } from "./metrics.ts";

/** The same calls under the names that OpenTelemetry's conventions are about to have; off unless asked for. */
export class GenAiNextMetricsProjection {
  readonly #source: SeriesSource;

  constructor(source: SeriesSource) {
    this.#source = source;
  }

  project(exchange: Exchange): void {
    if (exchange.call !== null) this.#addCall(exchange.call);
    for (const call of exchange.innerCalls) this.#addCall(call);
  }

  #addCall(call: ModelCall): void {
    const { genAi, stream } = OPERATIONS[call.operation];
    const last = call.attempts[call.attempts.length - 1];
    // Only what has a pace is inference: embeddings and the like keep the other names.
    if (last === undefined || stream === null) return;
    const labels = genAiLabels(genAi, call, last);
    const timed = [...labels, call.errorType];
    this.#observe("gen_ai_client_inference_duration_seconds", timed, call.endedAt - call.startedAt);
    if (stream && call.firstChunkAt >= 0) {
      const first = call.firstChunkAt - call.startedAt;
      this.#observe("gen_ai_client_inference_time_to_first_chunk_seconds", timed, first);
      const gaps = call.chunks - 1;
      if (gaps > 0) {
        const gap = (call.lastChunkAt - call.firstChunkAt) / gaps;
        this.#observe("gen_ai_client_inference_time_per_output_chunk_seconds", timed, gap, gaps);
      }
    }
    const all = [...labels, "unknown"];
    this.#count("gen_ai_client_inference_usage_input_tokens_total", all, call.inputTokens);
    this.#count("gen_ai_client_inference_usage_output_tokens_total", all, call.outputTokens);
    this.#count("gen_ai_client_inference_usage_cache_read_input_tokens_total", labels, call.cachedTokens);
    this.#count(
      "gen_ai_client_inference_usage_cache_write_input_tokens_total",
      labels,
      call.cacheCreationTokens,
    );
    this.#count("gen_ai_client_inference_usage_reasoning_output_tokens_total", labels, call.reasoningTokens);
    if (call.inputTokens >= 0) {
      this.#source.histogram("gen_ai_client_inference_operation_input_tokens", labels).observe(
        call.inputTokens,
      );
    }
    if (call.outputTokens >= 0) {
      this.#source.histogram("gen_ai_client_inference_operation_output_tokens", labels).observe(
        call.outputTokens,
      );
    }
  }

  #observe(name: HistogramName, labels: readonly string[], ms: number, times = 1): void {
    this.#source.histogram(name, labels).observe(ms / 1000, times);
  }

  /** Nothing where it is none, or unknown. */
  #count(name: CounterName, labels: readonly string[], tokens: number): void {
    if (tokens > 0) this.#source.counter(name, labels).add(tokens);
  }
}
