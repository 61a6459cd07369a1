import type { Attempt, Exchange, ModelCall, Outcome } from "../exchange.ts";
import { overheadMs } from "./durations.ts";
import type { RequestRecord } from "./record_fields.ts";

/** A finished request as one row (docs/console_api.md); null: there is nothing to tell. */
export interface RequestRow {
  /** When it arrived, Unix milliseconds. */
  readonly time: number;
  readonly request_id: string;
  readonly trace_id: string | null;
  readonly method: string;
  readonly route: string;
  readonly path: string;
  readonly model: string | null;
  readonly requested_model: string | null;
  readonly provider: string | null;
  readonly key_id: string | null;
  readonly key_name: string | null;
  readonly key_tail: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly owner: string | null;
  readonly client_address: string | null;
  readonly user_agent: string | null;
  readonly status: number;
  readonly outcome: Outcome;
  readonly error_type: string | null;
  readonly error: string | null;
  readonly stream: boolean;
  /** Where its client's leaving caught it. */
  readonly cancel_stage: string | null;
  readonly duration_ms: number;
  /** To the first byte of the answer's content on its way to the client. */
  readonly ttft_ms: number | null;
  readonly overhead_ms: number;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cached_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly usage_estimated: boolean;
  readonly cost_usd: number | null;
  readonly cache: string | null;
  readonly category: string | null;
  readonly security_action: string | null;
  /** More than one provider or model was asked. */
  readonly fallback: boolean;
  readonly attempts: number;
  readonly finish_reason: string | null;
  /** Events of a stream. */
  readonly chunks: number | null;
  /** The longest time between two of them. */
  readonly max_gap_ms: number | null;
  /** It succeeded, and took longer than `logging.slow_request_threshold`. */
  readonly slow: boolean;
  /** Not a request, but a response that was made in the background. */
  readonly run: boolean;
}

/** Characters of what a search looks through. */
const SEARCHED = 400;

/** @param slowMs as in the log, so that both call a request slow. */
export function requestRow(exchange: Exchange, slowMs: number): RequestRow {
  const { call, principal } = exchange;
  return {
    time: exchange.wallStart,
    request_id: exchange.requestId,
    trace_id: exchange.traced ? exchange.traceId : null,
    method: exchange.method,
    route: exchange.route,
    path: exchange.path,
    model: text(call?.model),
    requested_model: text(exchange.requestedModel),
    provider: text(call?.provider),
    key_id: text(principal?.keyId),
    key_name: text(principal?.name),
    key_tail: text(principal?.keyTail),
    team: text(principal?.team),
    user: text(exchange.user),
    owner: text(principal?.owner),
    client_address: text(exchange.clientAddress),
    user_agent: text(exchange.userAgent),
    status: exchange.status,
    outcome: outcomeOf(exchange),
    error_type: text(exchange.errorType),
    error: text(exchange.errorMessage),
    stream: exchange.stream,
    cancel_stage: text(exchange.cancelStage),
    duration_ms: millis(exchange.endedAt - exchange.startedAt),
    ttft_ms: ttftMs(exchange),
    overhead_ms: millis(overheadMs(exchange)),
    input_tokens: count(call?.inputTokens),
    output_tokens: count(call?.outputTokens),
    cached_tokens: count(call?.cachedTokens),
    reasoning_tokens: count(call?.reasoningTokens),
    usage_estimated: call?.usageEstimated ?? false,
    cost_usd: count(exchange.costUsd),
    cache: text(exchange.cache),
    category: text(exchange.category),
    security_action: text(exchange.securityAction),
    fallback: call !== null && isFallback(call),
    attempts: call?.attempts.length ?? 0,
    finish_reason: text(call?.finishReason),
    chunks: call === null || call.chunks === 0 ? null : call.chunks,
    max_gap_ms: call !== null && call.longestGapMs >= 0 ? millis(call.longestGapMs) : null,
    slow: isSlow(exchange, slowMs),
    run: exchange.runId !== "",
  };
}

export function outcomeOf({ outcome }: Exchange): Outcome {
  return outcome === "" ? "success" : outcome;
}

export function isSlow({ outcome, runId, startedAt, endedAt }: Exchange, slowMs: number): boolean {
  return outcome === "success" && runId === "" && slowMs > 0 && endedAt - startedAt > slowMs;
}

export function isFallback({ attempts }: ModelCall): boolean {
  const [first] = attempts;
  return first !== undefined && attempts.some((attempt) => differs(attempt, first));
}

/** Milliseconds to the first byte of the answer's content; null: there was none. */
function ttftMs({ firstByteAt, startedAt }: Exchange): number | null {
  return firstByteAt >= 0 ? millis(firstByteAt - startedAt) : null;
}

/** What a search for text looks through, in lower case. */
export function searchedText({ exchange, said }: RequestRecord): string {
  const { path, route, errorMessage, user, metadata } = exchange;
  let text = errorMessage;
  if (path !== route) text += ` ${path}`;
  if (user !== "") text += ` ${user}`;
  if (metadata !== null) text += ` ${Object.values(metadata).join(" ")}`;
  // Of most requests there is nothing to be searched.
  if (said === null) return text === "" ? "" : text.slice(0, SEARCHED).toLowerCase();
  const asked = (said.query ?? said.request_body ?? "").slice(0, SEARCHED / 2);
  return `${asked} ${text}`.slice(0, SEARCHED).toLowerCase();
}

function differs(attempt: Attempt, first: Attempt): boolean {
  return attempt.provider !== first.provider || attempt.model !== first.model;
}

function text(value = ""): string | null {
  return value === "" ? null : value;
}

function count(value = NaN): number | null {
  return value >= 0 ? value : null;
}

/** Milliseconds to the microsecond, as in the line. */
export function millis(ms: number): number {
  return ms > 0 && ms < 1e12 ? Math.round(ms * 1000) / 1000 : 0;
}
