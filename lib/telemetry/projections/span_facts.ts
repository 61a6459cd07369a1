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

/** Facts that cost much to make, and whether some profile names them. */
export interface Asked {
  readonly overhead: boolean;
  readonly invocation_parameters: boolean;
}

/** A fact; `NaN`, an empty text and null mean that there is nothing to tell. */
export type FactValue = AttributeValue | null;

export function isNothing(value: FactValue): value is null {
  if (typeof value === "string") return value === "";
  return value === null || (typeof value === "number" && Number.isNaN(value));
}

/** What there is to tell of one kind of spans. */
export interface SpanFacts<Type extends SpanType> {
  /** Rows of `names/attributes.ts`, all of this kind. */
  readonly names: readonly Fact[];
  /**
   * Their values, in the same order: all at once, since a function for each takes V8 longer to call than to run, and a
   * processor that did other things meanwhile longer still to fetch.
   */
  readonly read: (subject: SpanSubjects[Type], asked: Asked) => readonly FactValue[];
}

type FactsOn<Type extends SpanType> = {
  [F in Fact]: (typeof ATTRIBUTES)[F]["on"] extends Type ? F : never;
}[Fact];

export const SPAN_FACTS: { readonly [Type in SpanType]: SpanFacts<Type> } = {
  server: told(
    [
      "server_kind",
      "method",
      "route",
      "path",
      "scheme",
      "sent_status",
      "request_id",
      "trace_id",
      "span_id",
      "user",
      "session_id",
      "client_address",
      "user_agent",
      "requested_model",
      "processing_time",
      "sampling_reason",
      "sampling_weight",
      "phase_parse",
      "phase_auth",
      "phase_classify",
      "phase_guard",
      "phase_cache",
      "phase_route",
      "phase_select",
      "phase_inject",
      "phase_queue",
      "phase_connect",
      "phase_ttft",
      "phase_relay",
      "phase_serialise",
      "overhead",
      "request_error",
    ],
    (exchange, asked) => {
      const { phases } = exchange;
      return [
        "CHAIN",
        knownMethod(exchange.method, "_OTHER"),
        exchange.route === "other" ? null : exchange.route,
        exchange.path,
        exchange.scheme,
        positive(exchange.sentStatus),
        exchange.requestId,
        exchange.traceId,
        exchange.spanId,
        exchange.user,
        exchange.sessionId,
        exchange.clientAddress,
        exchange.userAgent,
        exchange.requestedModel,
        exchange.endedAt - exchange.startedAt,
        exchange.samplingReason,
        exchange.samplingWeight,
        micros(phases.parse),
        micros(phases.auth),
        micros(phases.classify),
        micros(phases.guard),
        micros(phases.cache),
        micros(phases.route),
        micros(phases.select),
        micros(phases.inject),
        micros(phases.queue),
        micros(phases.connect),
        micros(phases.ttft),
        micros(phases.relay),
        micros(phases.serialise),
        asked.overhead ? micros(overheadMs(exchange)) : null,
        failed(exchange) ? exchange.errorType || "internal_error" : null,
      ];
    },
  ),
  run: told(
    ["run_kind", "run_response", "run_request_id", "run_error"],
    (exchange) => [
      "CHAIN",
      exchange.runId,
      exchange.requestId,
      failed(exchange) ? exchange.errorType || "internal_error" : null,
    ],
  ),
  call: told(
    [
      "call_kind",
      "operation",
      "provider",
      "provider_system",
      "model",
      "stream",
      "call_address",
      "call_port",
      "response_model",
      "response_id",
      "temperature",
      "top_p",
      "top_k",
      "max_tokens",
      "frequency_penalty",
      "presence_penalty",
      "seed",
      "choice_count",
      "stop_sequences",
      "output_type",
      "invocation_parameters",
      "finish_reasons",
      "input_tokens",
      "output_tokens",
      "cached_tokens",
      "cache_creation_tokens",
      "reasoning_tokens",
      "cost",
      "chunks",
      "ttfb",
      "call_error",
    ],
    (call, asked) => {
      const { attempts, parameters, finishReason } = call;
      const { genAi, stream } = OPERATIONS[call.operation];
      const last = attempts[attempts.length - 1];
      return [
        "LLM",
        genAi,
        call.provider,
        call.system || call.provider,
        call.model,
        stream,
        last === undefined ? null : last.serverAddress,
        last === undefined ? null : positive(last.serverPort),
        call.responseModel,
        call.responseId,
        parameters?.temperature ?? null,
        parameters?.top_p ?? null,
        parameters?.top_k ?? null,
        parameters?.max_tokens ?? null,
        parameters?.frequency_penalty ?? null,
        parameters?.presence_penalty ?? null,
        parameters?.seed ?? null,
        parameters?.choice_count === 1 ? null : parameters?.choice_count ?? null,
        parameters?.stop_sequences ?? null,
        parameters?.output_type ?? null,
        asked.invocation_parameters && parameters !== null ? JSON.stringify(parameters) : null,
        finishReason === "" ? null : listOf(finishReason),
        call.inputTokens,
        call.outputTokens,
        call.cachedTokens,
        call.cacheCreationTokens,
        call.reasoningTokens,
        call.costUsd,
        stream === true ? call.chunks : null,
        stream === true ? seconds(call.firstChunkAt - call.startedAt) : null,
        call.status === "error" ? call.errorType || "upstream_error" : null,
      ];
    },
  ),
  attempt: told(
    [
      "attempt_method",
      "attempt_address",
      "attempt_port",
      "attempt_url",
      "attempt_status",
      "resend_count",
      "attempt_hedge",
      "attempt_continues",
      "attempt_error",
    ],
    ({ attempt, index }) => [
      attempt.method,
      attempt.serverAddress,
      positive(attempt.serverPort),
      attempt.url,
      positive(attempt.httpStatus),
      positive(index),
      attempt.hedge ? true : null,
      attempt.continues ? true : null,
      attempt.status === "error" ? attempt.errorType || "upstream_error" : null,
    ],
  ),
  store: told(
    ["conversation_id", "conversation_backend", "conversation_messages", "conversation_model", "store_error"],
    (operation) => [
      operation.conversationId,
      operation.backend,
      operation.messageCount,
      operation.conversationModel,
      operation.status === "error" ? "conversation_store_unavailable" : null,
    ],
  ),
  database: told(
    ["database_system", "database_operation", "database_error"],
    ({ backend, operation, status, store }) => [
      DATABASES[backend] ?? backend,
      operation.toUpperCase(),
      status === "error" ? `${store}_unavailable` : null,
    ],
  ),
  classification: told(
    ["category", "classifier", "classification_time", "classification_error"],
    (run) => {
      const { facts, errorType } = run;
      return [
        facts?.category ?? null,
        facts?.classifier ?? null,
        elapsed(run),
        errorType,
      ];
    },
  ),
  pii_detection: told(
    ["pii_detected", "pii_types", "pii_action", "pii_error"],
    ({ facts, errorType }) => [
      facts?.detected ?? null,
      facts === null || facts.types.length === 0 ? null : facts.types,
      facts?.action ?? null,
      errorType,
    ],
  ),
  jailbreak_detection: told(
    [
      "jailbreak_detected",
      "jailbreak_action",
      "jailbreak_type",
      "jailbreak_detector",
      "jailbreak_score",
      "jailbreak_source",
      "jailbreak_error",
    ],
    ({ facts, errorType }) => [
      facts?.detected ?? null,
      facts?.action ?? null,
      facts?.type ?? null,
      facts?.detector ?? null,
      facts?.score ?? null,
      facts?.by ?? null,
      errorType,
    ],
  ),
  cache_lookup: told(
    ["cache_hit", "cache_lookup_time", "cache_key", "cache_kind", "cache_error"],
    (run) => {
      const { facts, errorType } = run;
      return [
        facts?.hit ?? null,
        elapsed(run),
        facts?.key.slice(0, CACHE_KEY_LENGTH) ?? null,
        facts?.kind ?? null,
        errorType,
      ];
    },
  ),
  routing_decision: told(
    [
      "routing_strategy",
      "routing_reason",
      "routing_original_model",
      "routing_selected_model",
      "routing_model_count",
      "routing_latency",
      "reasoning_enabled",
      "reasoning_effort",
      "routing_error",
    ],
    (run) => {
      const { facts, errorType } = run;
      return [
        facts?.strategy ?? null,
        facts?.reason ?? null,
        facts?.requestedModel ?? null,
        facts?.selectedModel ?? null,
        facts?.modelCount ?? null,
        elapsed(run),
        facts?.reasoningEnabled ?? null,
        facts?.reasoningEffort ?? null,
        errorType,
      ];
    },
  ),
  backend_selection: told(
    ["backend_endpoint", "backend_policy", "backend_candidates", "backend_error"],
    ({ facts, errorType }) => [
      facts?.endpoint ?? null,
      facts?.policy ?? null,
      facts?.candidates ?? null,
      errorType,
    ],
  ),
  system_prompt_injection: told(
    ["prompt_category", "prompt_mode", "prompt_error"],
    ({ facts, errorType }) => [
      facts?.category ?? null,
      facts?.mode ?? null,
      errorType,
    ],
  ),
};

function told<Type extends SpanType, const Names extends readonly FactsOn<Type>[]>(
  names: Names & (FactsOn<Type> extends Names[number] ? unknown : never),
  read: (subject: SpanSubjects[Type], asked: Asked) => { readonly [Place in keyof Names]: FactValue },
): SpanFacts<Type> {
  return { names, read };
}

/** Facts that no two requests share. */
export const UNIQUE: ReadonlySet<Fact> = new Set<Fact>(["request_id", "trace_id", "span_id", "response_id"]);

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
function elapsed(
  { startedAt, endedAt }: { readonly startedAt: number; readonly endedAt: number },
): number | null {
  return micros(endedAt - startedAt);
}

/** What is finer is noise of the clock. What did not happen is nothing: V8 makes an object of each number but whole ones. */
function micros(ms: number): number | null {
  return Number.isNaN(ms) ? null : Math.round(ms * 1000) / 1000;
}

function positive(value: number): number | null {
  return value > 0 ? value : null;
}

/** Seconds to the microsecond: what is finer is noise of the clock. */
function seconds(ms: number): number {
  return Math.round(ms * 1000) / 1e6;
}
