import type { Attempt, Exchange, ModelCall, Phase, StageRun, StoreOperation } from "../exchange.ts";
import type { Profile } from "../names/profiles.ts";
import { closingEvent } from "./closing_event.ts";
import { closingLine } from "./log_line.ts";
import type { RequestRecord } from "./record_fields.ts";
import { millis, type RequestRow, requestRow } from "./request_row.ts";
import { type RequestSpan, requestSpans } from "./request_spans.ts";

export interface DetailOptions {
  readonly slowMs: number;
  readonly profiles: readonly Profile[];
}

type HeaderList = readonly (readonly [name: string, value: string])[];

/** The whole story of a request (docs/console_api.md). `…_ms` that are moments count from the request's start. */
export interface RequestDetail {
  readonly attempts: readonly ReturnType<typeof attemptOf>[];
  readonly stages: readonly ReturnType<typeof stageOf>[];
  readonly store_operations: readonly ReturnType<typeof operationOf>[];
  readonly inner_calls: readonly ReturnType<typeof innerCallOf>[];
  readonly phases: Readonly<Partial<Record<Phase, number>>>;
  readonly gaps: { readonly count: number; readonly mean_ms: number; readonly max_ms: number | null } | null;
  readonly parameters: Exchange["parameters"];
  readonly metadata: Exchange["metadata"];
  readonly tags: Readonly<Record<string, string>>;
  /** As the client sent them, keys masked; null: they were not kept. */
  readonly request_headers: HeaderList | null;
  /** As they went out; where they were not kept, those that the gateway itself added to the answer. */
  readonly response_headers: HeaderList;
  readonly log: Readonly<Record<string, unknown>>;
  readonly spans: readonly RequestSpan[];
  readonly request: string | null;
  readonly response: string | null;
}

export function requestDetail(
  { exchange, said }: RequestRecord,
  options: DetailOptions,
): { readonly row: RequestRow; readonly detail: RequestDetail } {
  const { call, principal, phases, startedAt: start } = exchange;
  const line = closingLine(exchange, closingEvent(exchange, options.slowMs), said);
  return {
    row: requestRow(exchange, options.slowMs),
    detail: {
      attempts: call === null ? [] : call.attempts.map((attempt) => attemptOf(attempt, start)),
      stages: exchange.stageRuns.map((run) => stageOf(run, start)),
      store_operations: exchange.storeOperations.map((operation) => operationOf(operation, start)),
      inner_calls: exchange.innerCalls.map((inner) => innerCallOf(inner, start)),
      phases: Object.fromEntries(Object.entries(phases).filter(([, ms]) => ms >= 0)),
      gaps: gapsOf(call),
      parameters: exchange.parameters,
      metadata: exchange.metadata,
      tags: principal?.tags ?? {},
      request_headers: exchange.requestHeaders === null ? null : pairs(exchange.requestHeaders),
      response_headers: pairs(exchange.responseHeaders ?? exchange.answerHeaders ?? []),
      log: JSON.parse(line),
      spans: requestSpans(exchange, options.profiles),
      request: said?.request_body ?? said?.query ?? null,
      response: said?.response_body ?? null,
    },
  };
}

function attemptOf(attempt: Attempt, start: number) {
  return {
    provider: attempt.provider,
    model: attempt.model,
    url: attempt.url || null,
    endpoint: attempt.serverPort > 0
      ? `${attempt.serverAddress}:${attempt.serverPort}`
      : attempt.serverAddress,
    status: attempt.status,
    http_status: attempt.httpStatus === 0 ? null : attempt.httpStatus,
    error_type: attempt.errorType || null,
    started_ms: moment(attempt.startedAt, start),
    queued_ms: moment(attempt.queuedMs, 0),
    headers_ms: moment(attempt.headersAt, start),
    first_chunk_ms: moment(attempt.firstChunkAt, start),
    ended_ms: moment(attempt.endedAt, start),
    hedge: attempt.hedge,
    continues: attempt.continues,
    upstream_request_id: attempt.upstreamRequestId || null,
  };
}

function stageOf({ stage, startedAt, endedAt, errorType, facts }: StageRun, start: number) {
  return {
    stage,
    started_ms: moment(startedAt, start),
    ended_ms: moment(endedAt, start),
    error_type: errorType || null,
    facts,
  };
}

function operationOf(it: StoreOperation, start: number) {
  return {
    store: it.store,
    backend: it.backend,
    operation: it.operation,
    status: it.status,
    started_ms: moment(it.startedAt, start),
    ended_ms: moment(it.endedAt, start),
  };
}

function innerCallOf(call: ModelCall, start: number) {
  return {
    operation: call.operation,
    provider: call.provider,
    model: call.model,
    status: call.status,
    error_type: call.errorType || null,
    started_ms: moment(call.startedAt, start),
    ended_ms: moment(call.endedAt, start),
    input_tokens: call.inputTokens >= 0 ? call.inputTokens : null,
    output_tokens: call.outputTokens >= 0 ? call.outputTokens : null,
    cost_usd: call.costUsd >= 0 ? call.costUsd : null,
    attempts: call.attempts.map((attempt) => attemptOf(attempt, start)),
  };
}

/** The record has the first chunk, the last, how many there were, and the longest gap between two of them. */
function gapsOf(call: ModelCall | null): RequestDetail["gaps"] {
  if (call === null || call.chunks < 2 || !(call.lastChunkAt >= call.firstChunkAt)) return null;
  const { firstChunkAt, lastChunkAt, longestGapMs } = call;
  const count = call.chunks - 1;
  return {
    count,
    mean_ms: millis((lastChunkAt - firstChunkAt) / count),
    // What was kept before there was such a field has none.
    max_ms: longestGapMs >= 0 ? millis(longestGapMs) : null,
  };
}

function pairs(list: readonly string[]): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < list.length; i += 2) found.push([list[i] ?? "", list[i + 1] ?? ""]);
  return found;
}

function moment(at: number, start: number): number | null {
  return at >= 0 ? millis(at - start) : null;
}
