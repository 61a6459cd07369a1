import type { Attempt, Exchange } from "../exchange.ts";
import { type AttributeKey, attributeKey } from "../names/attribute_key.ts";
import { LOG_FIELDS, type LogField } from "../names/log_fields.ts";
import type { Attributes, AttributeValue } from "./attributes.ts";
import type { ClosingEvent } from "./closing_event.ts";
import { overheadMs, wallTime } from "./durations.ts";
import { lastUpstreamRequestId } from "./last_upstream_request_id.ts";
import { endpointOf } from "./log_line.ts";
import type { LogRecord } from "./log_record.ts";

const KEYS = Object.fromEntries(
  Object.keys(LOG_FIELDS).map((name) => [name, attributeKey(name)]),
) as unknown as Readonly<Record<LogField, AttributeKey>>;

/** Fills a record with what the closing line says, under the same names; a test holds both together. */
export function closingRecord(record: LogRecord, exchange: Exchange, closing: ClosingEvent): void {
  const { attributes } = record;
  const { call, principal } = exchange;
  record.time = wallTime(exchange, exchange.endedAt);
  record.level = closing.level;
  record.body = closing.message;
  record.event = closing.event;
  record.traceId = exchange.traced ? exchange.traceId : "";
  record.spanId = exchange.traced ? exchange.spanId : "";
  record.sampled = exchange.sampled;
  attributes.clear();
  text(attributes, "request_id", exchange.requestId);
  text(attributes, "method", exchange.method);
  text(attributes, "path", exchange.path);
  attributes.add(KEYS.status, exchange.status);
  attributes.add(KEYS.duration_ms, micros(exchange.endedAt - exchange.startedAt));
  attributes.add(KEYS.overhead_ms, micros(overheadMs(exchange)));
  if (exchange.firstByteAt >= 0) {
    attributes.add(KEYS.ttfb_ms, micros(exchange.firstByteAt - exchange.startedAt));
  }
  if (call !== null && call.longestGapMs >= 0) attributes.add(KEYS.max_gap_ms, micros(call.longestGapMs));
  text(attributes, "requested_model", exchange.requestedModel);
  if (call !== null) {
    text(attributes, "provider", call.provider);
    text(attributes, "model", call.model);
    text(attributes, "endpoint", endpointOf(call.attempts[call.attempts.length - 1]));
    attributes.add(KEYS.stream, exchange.stream);
    count(attributes, "input_tokens", call.inputTokens);
    count(attributes, "output_tokens", call.outputTokens);
    count(attributes, "cached_tokens", call.cachedTokens);
    attributes.add(KEYS.attempts, call.attempts.length);
    text(attributes, "finish_reason", call.finishReason);
    text(attributes, "upstream_request_id", lastUpstreamRequestId(call.attempts));
    const errors = call.attempts.filter(({ status }) => status === "error").map(attemptError);
    if (errors.length > 0) attributes.add(KEYS.attempt_errors, errors);
    if (call.usageEstimated) attributes.add(KEYS.usage_estimated, true);
  }
  count(attributes, "cost_usd", exchange.costUsd);
  text(attributes, "error_type", exchange.errorType);
  text(attributes, "error", exchange.errorMessage);
  if (principal !== null) text(attributes, "key", principal.keyTail);
  text(attributes, "user", exchange.user);
  if (exchange.metadata !== null) attributes.add(KEYS.metadata, exchange.metadata);
  text(attributes, "cache", exchange.cache);
  text(attributes, "category", exchange.category);
  text(attributes, "security_action", exchange.securityAction);
  text(attributes, "client_address", exchange.clientAddress);
  text(attributes, "user_agent", exchange.userAgent);
}

function attemptError(attempt: Attempt): AttributeValue {
  return {
    provider: attempt.provider,
    ...(attempt.model === "" ? {} : { model: attempt.model }),
    ...(attempt.httpStatus > 0 ? { status: attempt.httpStatus } : {}),
    ...(attempt.errorType === "" ? {} : { error_type: attempt.errorType }),
  };
}

function text(attributes: Attributes, name: LogField, value: string): void {
  if (value !== "") attributes.add(KEYS[name], value);
}

function count(attributes: Attributes, name: LogField, value: number): void {
  if (value >= 0) attributes.add(KEYS[name], value);
}

/** Milliseconds to the microsecond, as in the line. */
function micros(ms: number): number {
  return ms > 0 && ms < 1e12 ? Math.round(ms * 1000) / 1000 : 0;
}
