import type { Attempt, Exchange, ModelCall, StageName, StageRun, StoreOperation } from "../exchange.ts";
import type { ATTRIBUTES, Fact } from "../names/attributes.ts";
import { OPERATIONS } from "../names/gen_ai.ts";
import { knownMethod } from "../names/methods.ts";
import type { SpanType } from "../names/spans.ts";
import type { AttributeValue } from "./attributes.ts";
import { overheadMs } from "./durations.ts";
import { Recall } from "./recall.ts";

/** What a fact is read from, by the span that it belongs to. `index` counts attempts from 0. */
export type SpanSubjects =
  & {
    server: Exchange;
    run: Exchange;
    call: ModelCall;
    attempt: { readonly attempt: Attempt; readonly index: number };
    store: StoreOperation;
    database: StoreOperation;
  }
  & { [Name in StageName]: StageRun<Name> };

/** Backends of stores that are asked over the network → what OpenTelemetry calls them (`db.system.name`). */
export const DATABASES: Readonly<Record<string, string>> = { redis: "redis", postgres: "postgresql" };

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
  session_id: (exchange) => exchange.sessionId,
  client_address: (exchange) => exchange.clientAddress,
  user_agent: (exchange) => exchange.userAgent,
  requested_model: (exchange) => exchange.requestedModel,
  processing_time: (exchange) => exchange.endedAt - exchange.startedAt,
  sampling_reason: (exchange) => exchange.samplingReason,
  sampling_weight: (exchange) => exchange.samplingWeight,
  phase_parse: ({ phases }) => micros(phases.parse),
  phase_auth: ({ phases }) => micros(phases.auth),
  phase_classify: ({ phases }) => micros(phases.classify),
  phase_guard: ({ phases }) => micros(phases.guard),
  phase_cache: ({ phases }) => micros(phases.cache),
  phase_route: ({ phases }) => micros(phases.route),
  phase_select: ({ phases }) => micros(phases.select),
  phase_inject: ({ phases }) => micros(phases.inject),
  phase_queue: ({ phases }) => micros(phases.queue),
  phase_connect: ({ phases }) => micros(phases.connect),
  phase_ttft: ({ phases }) => micros(phases.ttft),
  phase_relay: ({ phases }) => micros(phases.relay),
  phase_serialise: ({ phases }) => micros(phases.serialise),
  overhead: (exchange) => micros(overheadMs(exchange)),
  request_error: (exchange) => failed(exchange) ? exchange.errorType || "internal_error" : null,

  run_kind: () => "CHAIN",
  run_response: (exchange) => exchange.runId,
  run_request_id: (exchange) => exchange.requestId,
  run_error: (exchange) => failed(exchange) ? exchange.errorType || "internal_error" : null,

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
  temperature: ({ parameters }) => parameters?.temperature ?? null,
  top_p: ({ parameters }) => parameters?.top_p ?? null,
  top_k: ({ parameters }) => parameters?.top_k ?? null,
  max_tokens: ({ parameters }) => parameters?.max_tokens ?? null,
  frequency_penalty: ({ parameters }) => parameters?.frequency_penalty ?? null,
  presence_penalty: ({ parameters }) => parameters?.presence_penalty ?? null,
  seed: ({ parameters }) => parameters?.seed ?? null,
  choice_count: ({ parameters }) => parameters?.choice_count === 1 ? null : parameters?.choice_count ?? null,
  stop_sequences: ({ parameters }) => parameters?.stop_sequences ?? null,
  output_type: ({ parameters }) => parameters?.output_type ?? null,
  invocation_parameters: ({ parameters }) => parameters === null ? null : JSON.stringify(parameters),
  finish_reasons: ({ finishReason }) => finishReason === "" ? null : listOf(finishReason),
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
  attempt_url: ({ attempt }) => attempt.url,
  attempt_status: ({ attempt }) => positive(attempt.httpStatus),
  resend_count: ({ index }) => positive(index),
  attempt_hedge: ({ attempt }) => attempt.hedge ? true : null,
  attempt_continues: ({ attempt }) => attempt.continues ? true : null,
  attempt_error: ({ attempt }) => attempt.status === "error" ? attempt.errorType || "upstream_error" : null,

  conversation_id: (operation) => operation.conversationId,
  conversation_backend: (operation) => operation.backend,
  conversation_messages: (operation) => operation.messageCount,
  conversation_model: (operation) => operation.conversationModel,
  store_error: (operation) => operation.status === "error" ? "conversation_store_unavailable" : null,

  database_system: ({ backend }) => DATABASES[backend] ?? backend,
  database_operation: ({ operation }) => operation.toUpperCase(),
  database_error: ({ status, store }) => status === "error" ? `${store}_unavailable` : null,

  category: ({ facts }) => facts?.category ?? null,
  classifier: ({ facts }) => facts?.classifier ?? null,
  classification_time: elapsed,
  classification_error: ({ errorType }) => errorType,
  pii_detected: ({ facts }) => facts?.detected ?? null,
  pii_types: ({ facts }) => facts === null || facts.types.length === 0 ? null : facts.types,
  pii_action: ({ facts }) => facts?.action ?? null,
  pii_error: ({ errorType }) => errorType,
  jailbreak_detected: ({ facts }) => facts?.detected ?? null,
  jailbreak_action: ({ facts }) => facts?.action ?? null,
  jailbreak_type: ({ facts }) => facts?.type ?? null,
  jailbreak_detector: ({ facts }) => facts?.detector ?? null,
  jailbreak_score: ({ facts }) => facts?.score ?? null,
  jailbreak_source: ({ facts }) => facts?.by ?? null,
  jailbreak_error: ({ errorType }) => errorType,
  cache_hit: ({ facts }) => facts?.hit ?? null,
  cache_lookup_time: elapsed,
  cache_key: ({ facts }) => facts?.key.slice(0, CACHE_KEY_LENGTH) ?? null,
  cache_kind: ({ facts }) => facts?.kind ?? null,
  cache_error: ({ errorType }) => errorType,
  routing_strategy: ({ facts }) => facts?.strategy ?? null,
  routing_reason: ({ facts }) => facts?.reason ?? null,
  routing_original_model: ({ facts }) => facts?.requestedModel ?? null,
  routing_selected_model: ({ facts }) => facts?.selectedModel ?? null,
  routing_model_count: ({ facts }) => facts?.modelCount ?? null,
  routing_latency: elapsed,
  reasoning_enabled: ({ facts }) => facts?.reasoningEnabled ?? null,
  reasoning_effort: ({ facts }) => facts?.reasoningEffort ?? null,
  routing_error: ({ errorType }) => errorType,
  backend_endpoint: ({ facts }) => facts?.endpoint ?? null,
  backend_policy: ({ facts }) => facts?.policy ?? null,
  backend_candidates: ({ facts }) => facts?.candidates ?? null,
  backend_error: ({ errorType }) => errorType,
  prompt_category: ({ facts }) => facts?.category ?? null,
  prompt_mode: ({ facts }) => facts?.mode ?? null,
  prompt_error: ({ errorType }) => errorType,
};

/** Whether the request failed on this side: a 5xx or a failed upstream, not a 4xx and not a caller's cancel. */
export function failed(exchange: Exchange): boolean {
  return exchange.outcome === "error";
}

/** The same list for the same text: an encoder sees then that it has not changed. */
function listOf(text: string): readonly string[] {
  return lists.get(text, 0, 0) ?? lists.set([text], text, 0, 0);
}

const lists = new Recall<readonly string[]>();

/** Of a cache's key as much is shown as guide 001 shows. */
const CACHE_KEY_LENGTH = 50;

/** Milliseconds to the microsecond. */
function elapsed({ startedAt, endedAt }: { readonly startedAt: number; readonly endedAt: number }): number {
  return micros(endedAt - startedAt);
}

/** What is finer is noise of the clock. */
function micros(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function positive(value: number): number | null {
  return value > 0 ? value : null;
}

/** Seconds to the microsecond: what is finer is noise of the clock. */
function seconds(ms: number): number {
  return Math.round(ms * 1000) / 1e6;
}
