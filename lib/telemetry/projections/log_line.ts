import type { Attempt, Exchange } from "../exchange.ts";
import type { ClosingEvent } from "./closing_event.ts";
import { overheadMs, wallTime } from "./durations.ts";
import { decimalMs, isoTime, quoted } from "./text.ts";

/**
 * The closing line of a request as one JSON object: the fields of `names/log_fields.ts` in order, those without
 * a value left out. Written by hand, since making an object first and serialising it takes twice as long; only
 * what others chose the text of goes through `JSON.stringify`.
 * @param more what was said, where it is to be told.
 */
export function closingLine(
  exchange: Exchange,
  closing: ClosingEvent,
  more: Readonly<Record<string, string>> | null = null,
): string {
  const { call, principal } = exchange;
  const time = isoTime(wallTime(exchange, exchange.endedAt));
  let line = `{"time":"${time}","timestamp":"${time}","level":"${closing.level}","msg":"${closing.message}"` +
    `,"message":"${closing.message}","event":"${closing.event}"`;
  line += text("request_id", exchange.requestId) + traceFields(exchange);
  line += `${name("method", exchange.method)}${name("path", exchange.path)},"status":${exchange.status}` +
    `,"duration_ms":${decimalMs(exchange.endedAt - exchange.startedAt)}` +
    `,"overhead_ms":${decimalMs(overheadMs(exchange))}`;
  if (exchange.firstByteAt >= 0) {
    line += `,"ttfb_ms":${decimalMs(exchange.firstByteAt - exchange.startedAt)}`;
  }
  if (call !== null) line += name("provider", call.provider) + name("model", call.model);
  line += name("requested_model", exchange.requestedModel) + text("response_id", exchange.runId);
  if (call !== null) {
    line += name("endpoint", endpointOf(call.attempts[call.attempts.length - 1]));
    line += exchange.stream ? ',"stream":true' : ',"stream":false';
    line += count("input_tokens", call.inputTokens) + count("output_tokens", call.outputTokens) +
      count("cached_tokens", call.cachedTokens);
  }
  line += count("cost_usd", exchange.costUsd);
  if (call !== null) {
    line += `,"attempts":${call.attempts.length}${name("finish_reason", call.finishReason)}`;
  }
  line += name("error_type", exchange.errorType) + text("error", exchange.errorMessage);
  if (principal !== null) line += name("key", principal.keyTail);
  line += text("user", exchange.user);
  if (exchange.metadata !== null) line += `,"metadata":${JSON.stringify(exchange.metadata)}`;
  line += name("cache", exchange.cache) + name("category", exchange.category) +
    name("security_action", exchange.securityAction);
  if (call !== null) line += text("upstream_request_id", lastUpstreamRequestId(call.attempts));
  line += name("client_address", exchange.clientAddress) + name("user_agent", exchange.userAgent);
  if (call !== null) {
    line += attemptErrors(call.attempts);
    if (call.usageEstimated) line += ',"usage_estimated":true';
  }
  if (more !== null) line += Object.entries(more).map(([name, said]) => text(name, said)).join("");
  return `${line}}`;
}

/** The line at a request's start; no closing line, so nothing is counted by it. */
export function startLine(exchange: Exchange, level: "DEBUG" | "INFO"): string {
  const time = isoTime(exchange.wallStart);
  return `{"time":"${time}","timestamp":"${time}","level":"${level}","msg":"request received"` +
    `,"message":"request received","event":"request.start"` +
    text("request_id", exchange.requestId) + traceFields(exchange) + name("method", exchange.method) +
    name("path", exchange.path) + name("client_address", exchange.clientAddress) +
    `${name("user_agent", exchange.userAgent)}}`;
}

/** Host and port that an attempt went to, or the empty string. */
export function endpointOf(attempt: Attempt | undefined): string {
  if (attempt === undefined || attempt.serverAddress === "") return "";
  return attempt.serverPort > 0 ? `${attempt.serverAddress}:${attempt.serverPort}` : attempt.serverAddress;
}

function traceFields(exchange: Exchange): string {
  return exchange.traced ? `,"trace_id":"${exchange.traceId}","span_id":"${exchange.spanId}"` : "";
}

/** A text that others have had before: one of few. */
function name(field: string, value: string): string {
  return value === "" ? "" : `,"${field}":${quoted(value)}`;
}

function text(name: string, value: string): string {
  return value === "" ? "" : `,"${name}":${JSON.stringify(value)}`;
}

function count(name: string, value: number): string {
  return value >= 0 ? `,"${name}":${value}` : "";
}

/** The id that the last attempt to have one was given by its provider, or the empty string. */
export function lastUpstreamRequestId(attempts: readonly Attempt[]): string {
  for (let i = attempts.length - 1; i >= 0; i--) {
    const id = attempts[i]?.upstreamRequestId ?? "";
    if (id !== "") return id;
  }
  return "";
}

function attemptErrors(attempts: readonly Attempt[]): string {
  let list = "";
  for (const attempt of attempts) {
    if (attempt.status !== "error") continue;
    list += `${list === "" ? "" : ","}{"provider":${JSON.stringify(attempt.provider)}` +
      `${text("model", attempt.model)}${attempt.httpStatus > 0 ? `,"status":${attempt.httpStatus}` : ""}` +
      `${text("error_type", attempt.errorType)}}`;
  }
  return list === "" ? "" : `,"attempt_errors":[${list}]`;
}
