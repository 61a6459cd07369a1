import type { Attempt, Exchange, ModelCall, StoreOperation } from "../exchange.ts";
import type { ATTRIBUTES, Fact } from "../names/attributes.ts";
import { OPERATIONS } from "../names/gen_ai.ts";
import { knownMethod } from "../names/methods.ts";
import type { SpanType } from "../names/spans.ts";
import type { AttributeValue } from "./attributes.ts";

/** What a fact is read from, by the span that it belongs to. `index` counts attempts from 0. */
export interface SpanSubjects {
  server: Exchange;
  call: ModelCall;
  attempt: { readonly attempt: Attempt; readonly index: number };
  store: StoreOperation;
}

/** Reads a fact; `NaN`, an empty text and null mean that there is nothing to tell. */
export type Reader<Type extends SpanType> = (subject: SpanSubjects[Type]) => AttributeValue | null;

/** One reader for each row of `names/attributes.ts`. */
export const READERS: { readonly [F in Fact]: Reader<(typeof ATTRIBUTES)[F]["on"]> } = {
  server_kind: () => "CHAIN",
  method: (exchange) => knownMethod(exchange.method, "_OTHER"),
  route: (exchange) => exchange.route === "other" ? null : exchange.route,
  path: (exchange) => exchange.path,
  scheme: (exchange) => exchange.scheme,
  sent_status: (exchange) => positive(exchange.sentStatus),
  request_id: (exchange) => exchange.requestId,
  trace_id: (exchange) => exchange.traceId,
  span_id: (exchange) => exchange.spanId,
  user: (exchange) => exchange.user,
  client_address: (exchange) => exchange.clientAddress,
  user_agent: (exchange) => exchange.userAgent,
  requested_model: (exchange) => exchange.requestedModel,
  processing_time: (exchange) => exchange.endedAt - exchange.startedAt,
  sampling_reason: (exchange) => exchange.samplingReason,
  sampling_weight: (exchange) => exchange.samplingWeight,
  request_error: (exchange) => failed(exchange) ? exchange.errorType || "internal_error" : null,

  call_kind: () => "LLM",
  operation: (call) => OPERATIONS[call.operation].genAi,
  provider: (call) => call.provider,
  provider_system: (call) => call.system || call.provider,
  model: (call) => call.model,
  stream: (call) => OPERATIONS[call.operation].stream,
  call_address: (call) => call.attempts[call.attempts.length - 1]?.serverAddress ?? null,
  call_port: (call) => positive(call.attempts[call.attempts.length - 1]?.serverPort ?? 0),
  response_model: (call) => call.responseModel,
  response_id: (call) => call.responseId,
  finish_reasons: (call) => call.finishReason === "" ? null : [call.finishReason],
  input_tokens: (call) => call.inputTokens,
  output_tokens: (call) => call.outputTokens,
  cached_tokens: (call) => call.cachedTokens,
  cache_creation_tokens: (call) => call.cacheCreationTokens,
  reasoning_tokens: (call) => call.reasoningTokens,
  cost: (call) => call.costUsd,
  chunks: (call) => OPERATIONS[call.operation].stream === true ? call.chunks : null,
  ttfb: (call) =>
    OPERATIONS[call.operation].stream === true ? seconds(call.firstChunkAt - call.startedAt) : null,
  call_error: (call) => call.status === "error" ? call.errorType || "upstream_error" : null,

  attempt_method: ({ attempt }) => attempt.method,
  attempt_address: ({ attempt }) => attempt.serverAddress,
  attempt_port: ({ attempt }) => positive(attempt.serverPort),
  attempt_status: ({ attempt }) => positive(attempt.httpStatus),
  resend_count: ({ index }) => positive(index),
  attempt_error: ({ attempt }) => attempt.status === "error" ? attempt.errorType || "upstream_error" : null,

  conversation_id: (operation) => operation.conversationId,
  conversation_backend: (operation) => operation.backend,
  conversation_messages: (operation) => operation.messageCount,
  conversation_model: (operation) => operation.conversationModel,
  store_error: (operation) => operation.status === "error" ? "conversation_store_unavailable" : null,
};

/** Whether the request failed on this side: a 5xx or a failed upstream, not a 4xx and not a caller's cancel. */
export function failed(exchange: Exchange): boolean {
  return exchange.outcome === "error";
}

function positive(value: number): number | null {
  return value > 0 ? value : null;
}

/** Seconds to the microsecond: what is finer is noise of the clock. */
function seconds(ms: number): number {
  return Math.round(ms * 1000) / 1e6;
}
