import type { Attempt, Exchange, ModelCall } from "../exchange.ts";
import type { ClosingEvent } from "./closing_event.ts";
import { overheadMs, wallTime } from "./durations.ts";
import { lastUpstreamRequestId } from "./last_upstream_request_id.ts";
import { writeHead } from "./line_head.ts";
import { LineWriter, token } from "./line_writer.ts";
import { Recall } from "./recall.ts";
import { RequestText, requestTexts } from "./request_texts.ts";
import { isoTime } from "./text.ts";

/** Fields of a line whose values are the request's own. */
const REQUEST_ID = token(',"request_id":');
const RESPONSE_ID = token(',"response_id":');
const TRACE_ID = token(',"trace_id":');
const SPAN_ID = token(',"span_id":');
const OVERHEAD = token(',"overhead_ms":');
const TTFB = token(',"ttfb_ms":');
const MAX_GAP = token(',"max_gap_ms":');
const INPUT_TOKENS = token(',"input_tokens":');
const OUTPUT_TOKENS = token(',"output_tokens":');
const CACHED_TOKENS = token(',"cached_tokens":');
const COST = token(',"cost_usd":');
const ATTEMPTS = token(',"attempts":');
const FINISH_REASON = token(',"finish_reason":');
const ERROR_TYPE = token(',"error_type":');
const ERROR = token(',"error":');
const KEY = token(',"key":');
const USER = token(',"user":');
const METADATA = token(',"metadata":');
const CACHE = token(',"cache":');
const CATEGORY = token(',"category":');
const SECURITY_ACTION = token(',"security_action":');
const UPSTREAM_REQUEST_ID = token(',"upstream_request_id":');
const CLIENT_ADDRESS = token(',"client_address":');
const USAGE_ESTIMATED = token(',"usage_estimated":true');
const END = token("}");

/** Runs of fields that come again: whatever differs from request to request stands between them. */
const asked = new Recall<Uint8Array>();
const answered = new Recall<Uint8Array>();
const programs = new Recall<Uint8Array>();

const line = new LineWriter();
const decoder = new TextDecoder();

/**
 * The closing line of a request as one JSON object: the fields of `names/log_fields.ts` in order, those without
 * a value left out. Written by hand as bytes: making an object and serialising it takes five times as long.
 * @param more what was said, where it is to be told.
 * @returns valid until the next line is made.
 */
export function closingBytes(
  exchange: Exchange,
  closing: ClosingEvent,
  more: Readonly<Record<string, string>> | null = null,
): Uint8Array {
  const { call, principal, startedAt } = exchange;
  const { method, path, status } = exchange;
  line.reset();
  writeHead(line, closing, wallTime(exchange, exchange.endedAt));
  const texts = requestTexts.find(exchange);
  id(REQUEST_ID, exchange.requestId, texts, RequestText.RequestId);
  if (exchange.traced) {
    id(TRACE_ID, exchange.traceId, texts, RequestText.TraceId);
    id(SPAN_ID, exchange.spanId, texts, RequestText.SpanId);
  }
  line.raw(
    asked.get(path, method, status) ??
      asked.set(
        token(`${name("method", method)}${name("path", path)},"status":${status},"duration_ms":`),
        path,
        method,
        status,
      ),
  );
  line.millis(exchange.endedAt - startedAt);
  line.raw(OVERHEAD);
  line.millis(overheadMs(exchange));
  if (exchange.firstByteAt >= 0) {
    line.raw(TTFB);
    line.millis(exchange.firstByteAt - startedAt);
  }
  if (call !== null && call.longestGapMs >= 0) {
    line.raw(MAX_GAP);
    line.millis(call.longestGapMs);
  }
  if (call === null) {
    line.text(name("requested_model", exchange.requestedModel));
    text(RESPONSE_ID, exchange.runId);
  } else {
    writeCall(exchange, call);
  }
  count(COST, exchange.costUsd);
  if (call !== null) {
    line.raw(ATTEMPTS);
    line.number(call.attempts.length);
    text(FINISH_REASON, call.finishReason);
  }
  text(ERROR_TYPE, exchange.errorType);
  text(ERROR, exchange.errorMessage);
  if (principal !== null) text(KEY, principal.keyTail);
  text(USER, exchange.user);
  if (exchange.metadata !== null) {
    line.raw(METADATA);
    line.text(JSON.stringify(exchange.metadata));
  }
  text(CACHE, exchange.cache);
  text(CATEGORY, exchange.category);
  text(SECURITY_ACTION, exchange.securityAction);
  if (call !== null) {
    id(UPSTREAM_REQUEST_ID, lastUpstreamRequestId(call.attempts), texts, RequestText.UpstreamRequestId);
  }
  text(CLIENT_ADDRESS, exchange.clientAddress);
  const { userAgent } = exchange;
  if (userAgent !== "") {
    line.raw(
      programs.get(userAgent, 0, 0) ?? programs.set(token(name("user_agent", userAgent)), userAgent, 0, 0),
    );
  }
  if (call !== null) {
    line.text(attemptErrors(call.attempts));
    if (call.usageEstimated) line.raw(USAGE_ESTIMATED);
  }
  if (more !== null) { for (const [field, said] of Object.entries(more)) line.text(name(field, said)); }
  line.raw(END);
  return line.written;
}

/** The same as text. */
export function closingLine(
  exchange: Exchange,
  closing: ClosingEvent,
  more: Readonly<Record<string, string>> | null = null,
): string {
  return decoder.decode(closingBytes(exchange, closing, more));
}

/** From the provider to the tokens. */
function writeCall({ requestedModel, runId, stream }: Exchange, call: ModelCall): void {
  const { provider, model } = call;
  const last = call.attempts[call.attempts.length - 1];
  const address = last === undefined ? "" : last.serverAddress;
  const port = last === undefined ? 0 : last.serverPort;
  const known = runId === ""
    ? answered.get(requestedModel, provider, model, address, port, stream)
    : undefined;
  if (known !== undefined) line.raw(known);
  else {
    const run = token(
      `${name("provider", provider)}${name("model", model)}${name("requested_model", requestedModel)}` +
        `${name("response_id", runId)}${name("endpoint", endpointOf(last))},"stream":${stream}`,
    );
    line.raw(run);
    if (runId === "") answered.set(run, requestedModel, provider, model, address, port, stream);
  }
  count(INPUT_TOKENS, call.inputTokens);
  count(OUTPUT_TOKENS, call.outputTokens);
  count(CACHED_TOKENS, call.cachedTokens);
}

/** The line at a request's start; no closing line, so nothing is counted by it. */
export function startLine(exchange: Exchange, level: "DEBUG" | "INFO"): string {
  const time = isoTime(exchange.wallStart);
  return `{"time":"${time}","timestamp":"${time}","level":"${level}","msg":"request received"` +
    `,"message":"request received","event":"request.start"` +
    name("request_id", exchange.requestId) + traceFields(exchange) + name("method", exchange.method) +
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

function name(field: string, value: string): string {
  return value === "" ? "" : `,"${field}":${JSON.stringify(value)}`;
}

function text(field: Uint8Array, value: string): void {
  if (value === "") return;
  line.raw(field);
  line.quoted(value);
}

/** @param texts what `requestTexts` has of the request. */
function id(field: Uint8Array, value: string, texts: number, which: RequestText): void {
  if (value === "") return;
  line.raw(field);
  const at = requestTexts.place(texts, which);
  if (at < 0 || !line.quotedBytes(requestTexts.bytes, at, value.length)) line.quoted(value);
}

function count(field: Uint8Array, value: number): void {
  if (!(value >= 0)) return;
  line.raw(field);
  line.number(value);
}

function attemptErrors(attempts: readonly Attempt[]): string {
  let list = "";
  for (const attempt of attempts) {
    if (attempt.status !== "error") continue;
    list += `${list === "" ? "" : ","}{"provider":${JSON.stringify(attempt.provider)}` +
      `${name("model", attempt.model)}${attempt.httpStatus > 0 ? `,"status":${attempt.httpStatus}` : ""}` +
      `${name("error_type", attempt.errorType)}}`;
  }
  return list === "" ? "" : `,"attempt_errors":[${list}]`;
}
