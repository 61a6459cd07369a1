import type { Attempt, Exchange, ModelCall, StageName, StageRun, StoreOperation } from "../exchange.ts";
import type { ATTRIBUTES, Fact } from "../names/attributes.ts";
import { OPERATIONS } from "../names/gen_ai.ts";
import { knownMethod } from "../names/methods.ts";
import type { SpanType } from "../names/spans.ts";
import { overheadMs } from "./durations.ts";
import { Recall } from "./recall.ts";
import { RequestText } from "./request_texts.ts";

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

/** What is neither text nor number: flags and lists of texts. */
export type OtherFact = boolean | readonly string[] | null;

/**
 * Something of each fact of one kind of spans, by what facts are: V8 keeps and compares numbers as such only where they
 * are among themselves.
 */
export interface ByForm<Text, Number, Other> {
  readonly texts: readonly Text[];
  readonly numbers: readonly Number[];
  readonly others: readonly Other[];
}

/** Facts of one span; an empty text, `NaN` and null mean that there is nothing to tell. */
export type FactValues = ByForm<string, number, OtherFact>;

/** What there is to tell of one kind of spans. */
export interface SpanFacts<Type extends SpanType> {
  /** Rows of `names/attributes.ts`, all of this kind. */
  readonly names: ByForm<Fact, Fact, Fact>;
  /**
   * Their values, in the same order: all at once, since a function for each takes V8 longer to call than to run, and a
   * processor that did other things meanwhile longer still to fetch.
   */
  readonly read: (subject: SpanSubjects[Type], asked: Asked) => FactValues;
}

type FactsOn<Type extends SpanType> = {
  [F in Fact]: (typeof ATTRIBUTES)[F]["on"] extends Type ? F : never;
}[Fact];

export const SPAN_FACTS: { readonly [Type in SpanType]: SpanFacts<Type> } = {
  server: told(
    {
      texts: [
        "server_kind",
        "method",
        "route",
        "path",
        "scheme",
        "request_id",
        "trace_id",
        "span_id",
        "user",
        "session_id",
        "client_address",
        "user_agent",
        "requested_model",
        "sampling_reason",
        "request_error",
      ],
      numbers: [
        "sent_status",
        "processing_time",
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
      ],
      others: [],
    },
    (exchange, asked) => {
      const { phases } = exchange;
      return {
        texts: [
          "CHAIN",
          knownMethod(exchange.method, "_OTHER"),
          exchange.route === "other" ? "" : exchange.route,
          exchange.path,
          exchange.scheme,
          exchange.requestId,
          exchange.traceId,
          exchange.spanId,
          exchange.user,
          exchange.sessionId,
          exchange.clientAddress,
          exchange.userAgent,
          exchange.requestedModel,
          exchange.samplingReason,
          failed(exchange) ? exchange.errorType || "internal_error" : "",
        ],
        numbers: [
          positive(exchange.sentStatus),
          exchange.endedAt - exchange.startedAt,
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
          asked.overhead ? micros(overheadMs(exchange)) : NaN,
        ],
        others: [],
      };
    },
  ),
  run: told(
    {
      texts: ["run_kind", "run_response", "run_request_id", "run_error"],
      numbers: [],
      others: [],
    },
    (exchange) => ({
      texts: [
        "CHAIN",
        exchange.runId,
        exchange.requestId,
        failed(exchange) ? exchange.errorType || "internal_error" : "",
      ],
      numbers: [],
      others: [],
    }),
  ),
  call: told(
    {
      texts: [
        "call_kind",
        "operation",
        "provider",
        "provider_system",
        "model",
        "call_address",
        "response_model",
        "response_id",
        "output_type",
        "invocation_parameters",
        "call_error",
      ],
      numbers: [
        "call_port",
        "temperature",
        "top_p",
        "top_k",
        "max_tokens",
        "frequency_penalty",
        "presence_penalty",
        "seed",
        "choice_count",
        "input_tokens",
        "output_tokens",
        "cached_tokens",
        "cache_creation_tokens",
        "reasoning_tokens",
        "cost",
        "chunks",
        "ttfb",
      ],
      others: ["stream", "stop_sequences", "finish_reasons"],
    },
    (call, asked) => {
      const { attempts, parameters, finishReason } = call;
      const { genAi, stream } = OPERATIONS[call.operation];
      const last = attempts[attempts.length - 1];
      return {
        texts: [
          "LLM",
          genAi,
          call.provider,
          call.system || call.provider,
          call.model,
          last === undefined ? "" : last.serverAddress,
          call.responseModel,
          call.responseId,
          parameters?.output_type ?? "",
          asked.invocation_parameters && parameters !== null ? JSON.stringify(parameters) : "",
          call.status === "error" ? call.errorType || "upstream_error" : "",
        ],
        numbers: [
          last === undefined ? NaN : positive(last.serverPort),
          parameters?.temperature ?? NaN,
          parameters?.top_p ?? NaN,
          parameters?.top_k ?? NaN,
          parameters?.max_tokens ?? NaN,
          parameters?.frequency_penalty ?? NaN,
          parameters?.presence_penalty ?? NaN,
          parameters?.seed ?? NaN,
          parameters?.choice_count === 1 ? NaN : parameters?.choice_count ?? NaN,
          call.inputTokens,
          call.outputTokens,
          call.cachedTokens,
          call.cacheCreationTokens,
          call.reasoningTokens,
          call.costUsd,
          stream === true ? call.chunks : NaN,
          stream === true ? seconds(call.firstChunkAt - call.startedAt) : NaN,
        ],
        others: [
          stream,
          parameters?.stop_sequences ?? null,
          finishReason === "" ? null : listOf(finishReason),
        ],
      };
    },
  ),
  attempt: told(
    {
      texts: ["attempt_method", "attempt_address", "attempt_url", "attempt_error"],
      numbers: ["attempt_port", "attempt_status", "resend_count"],
      others: ["attempt_hedge", "attempt_continues"],
    },
    ({ attempt, index }) => ({
      texts: [
        attempt.method,
        attempt.serverAddress,
        attempt.url,
        attempt.status === "error" ? attempt.errorType || "upstream_error" : "",
      ],
      numbers: [positive(attempt.serverPort), positive(attempt.httpStatus), positive(index)],
      others: [attempt.hedge ? true : null, attempt.continues ? true : null],
    }),
  ),
  store: told(
    {
      texts: ["conversation_id", "conversation_backend", "conversation_model", "store_error"],
      numbers: ["conversation_messages"],
      others: [],
    },
    (operation) => ({
      texts: [
        operation.conversationId,
        operation.backend,
        operation.conversationModel,
        operation.status === "error" ? "conversation_store_unavailable" : "",
      ],
      numbers: [operation.messageCount],
      others: [],
    }),
  ),
  database: told(
    {
      texts: ["database_system", "database_operation", "database_error"],
      numbers: [],
      others: [],
    },
    ({ backend, operation, status, store }) => ({
      texts: [
        DATABASES[backend] ?? backend,
        operation.toUpperCase(),
        status === "error" ? `${store}_unavailable` : "",
      ],
      numbers: [],
      others: [],
    }),
  ),
  classification: told(
    {
      texts: ["category", "classifier", "classification_error"],
      numbers: ["classification_time"],
      others: [],
    },
    (run) => {
      const { facts, errorType } = run;
      return {
        texts: [facts?.category ?? "", facts?.classifier ?? "", errorType],
        numbers: [elapsed(run)],
        others: [],
      };
    },
  ),
  pii_detection: told(
    {
      texts: ["pii_action", "pii_error"],
      numbers: [],
      others: ["pii_detected", "pii_types"],
    },
    ({ facts, errorType }) => ({
      texts: [facts?.action ?? "", errorType],
      numbers: [],
      others: [facts?.detected ?? null, facts === null || facts.types.length === 0 ? null : facts.types],
    }),
  ),
  jailbreak_detection: told(
    {
      texts: [
        "jailbreak_action",
        "jailbreak_type",
        "jailbreak_detector",
        "jailbreak_source",
        "jailbreak_error",
      ],
      numbers: ["jailbreak_score"],
      others: ["jailbreak_detected"],
    },
    ({ facts, errorType }) => ({
      texts: [facts?.action ?? "", facts?.type ?? "", facts?.detector ?? "", facts?.by ?? "", errorType],
      numbers: [facts?.score ?? NaN],
      others: [facts?.detected ?? null],
    }),
  ),
  cache_lookup: told(
    {
      texts: ["cache_key", "cache_kind", "cache_error"],
      numbers: ["cache_lookup_time"],
      others: ["cache_hit"],
    },
    (run) => {
      const { facts, errorType } = run;
      return {
        texts: [facts?.key.slice(0, CACHE_KEY_LENGTH) ?? "", facts?.kind ?? "", errorType],
        numbers: [elapsed(run)],
        others: [facts?.hit ?? null],
      };
    },
  ),
  routing_decision: told(
    {
      texts: [
        "routing_strategy",
        "routing_reason",
        "routing_original_model",
        "routing_selected_model",
        "reasoning_effort",
        "routing_error",
      ],
      numbers: ["routing_model_count", "routing_latency"],
      others: ["reasoning_enabled"],
    },
    (run) => {
      const { facts, errorType } = run;
      return {
        texts: [
          facts?.strategy ?? "",
          facts?.reason ?? "",
          facts?.requestedModel ?? "",
          facts?.selectedModel ?? "",
          facts?.reasoningEffort ?? "",
          errorType,
        ],
        numbers: [facts?.modelCount ?? NaN, elapsed(run)],
        others: [facts?.reasoningEnabled ?? null],
      };
    },
  ),
  backend_selection: told(
    {
      texts: ["backend_endpoint", "backend_policy", "backend_error"],
      numbers: ["backend_candidates"],
      others: [],
    },
    ({ facts, errorType }) => ({
      texts: [facts?.endpoint ?? "", facts?.policy ?? "", errorType],
      numbers: [facts?.candidates ?? NaN],
      others: [],
    }),
  ),
  system_prompt_injection: told(
    {
      texts: ["prompt_category", "prompt_mode", "prompt_error"],
      numbers: [],
      others: [],
    },
    ({ facts, errorType }) => ({
      texts: [facts?.category ?? "", facts?.mode ?? "", errorType],
      numbers: [],
      others: [],
    }),
  ),
};

function told<
  Type extends SpanType,
  const Texts extends readonly FactsOn<Type>[],
  const Numbers extends readonly FactsOn<Type>[],
  const Others extends readonly FactsOn<Type>[],
>(
  names:
    & { readonly texts: Texts; readonly numbers: Numbers; readonly others: Others }
    & (FactsOn<Type> extends (Texts | Numbers | Others)[number] ? unknown : never),
  read: (subject: SpanSubjects[Type], asked: Asked) => {
    readonly texts: { readonly [Place in keyof Texts]: string };
    readonly numbers: { readonly [Place in keyof Numbers]: number };
    readonly others: { readonly [Place in keyof Others]: OtherFact };
  },
): SpanFacts<Type> {
  return { names, read };
}

/** Facts that no two requests share. */
export const UNIQUE: ReadonlyMap<Fact, RequestText> = new Map<Fact, RequestText>([
  ["request_id", RequestText.RequestId],
  ["trace_id", RequestText.TraceId],
  ["span_id", RequestText.SpanId],
  ["response_id", RequestText.ResponseId],
]);

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

function positive(value: number): number {
  return value > 0 ? value : NaN;
}

/** Seconds to the microsecond: what is finer is noise of the clock. */
function seconds(ms: number): number {
  return Math.round(ms * 1000) / 1e6;
}
