import type { Clock } from "../clock.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import { overheadMs } from "../telemetry/projections/durations.ts";
import { traceparent } from "../telemetry/propagation/trace_context.ts";
import { printable } from "./printable.ts";
import { setSemanticRouterHeaders } from "./semantic_router_headers.ts";

/** Which response headers go out; the keys of `server.headers`. */
export interface AnswerHeaderOptions {
  readonly traceresponse: boolean;
  readonly traceparent: boolean;
  readonly server_timing: boolean;
  readonly overhead: boolean;
  readonly model: boolean;
  readonly provider: boolean;
  readonly attempts: boolean;
  readonly dropped_params: boolean;
  readonly cache: boolean;
  readonly semantic_router: boolean;
}

/** Writes the gateway's own headers into an answer, from what its record holds by now. */
export function setAnswerHeaders(
  { headers, status }: Response,
  exchange: Exchange,
  options: AnswerHeaderOptions,
  clock: Clock,
): void {
  headers.set("x-request-id", exchange.requestId);
  // Anthropic's own name for it, which its SDKs read.
  if (exchange.dialect === "anthropic") headers.set("request-id", exchange.requestId);
  if (exchange.traced && exchange.traceId !== "") {
    const context = exchange.ownTraceparent !== ""
      ? exchange.ownTraceparent
      : traceparent(exchange.traceId, exchange.spanId, exchange.sampled, exchange.traceRandom);
    if (options.traceresponse) headers.set("traceresponse", context);
    if (options.traceparent) headers.set("traceparent", context);
  }
  if (exchange.call !== null) setCallHeaders(headers, exchange, options);
  if (options.cache && exchange.cache !== "") headers.set("x-gateway-cache", exchange.cache);
  if (options.semantic_router) setSemanticRouterHeaders(headers, exchange, status);
  if (options.overhead && exchange.finished && !exchange.background) {
    headers.set("x-gateway-overhead-ms", milliseconds(overheadMs(exchange)));
  }
  if (options.server_timing) {
    headers.set("server-timing", serverTiming(exchange, exchange.finished ? exchange.endedAt : clock.now()));
  }
  if (exchange.deferred) {
    // What may be transformed is compressed, and so delayed, by Deno 2.6 and by proxies; nginx holds a stream
    // back until its buffer is full.
    headers.set("cache-control", "no-cache, no-transform");
    headers.set("x-accel-buffering", "no");
  }
  const { answerHeaders } = exchange;
  if (answerHeaders === null) return;
  for (let i = 0; i + 1 < answerHeaders.length; i += 2) {
    headers.set(answerHeaders[i] ?? "", answerHeaders[i + 1] ?? "");
  }
}

function setCallHeaders(headers: Headers, exchange: Exchange, options: AnswerHeaderOptions): void {
  const { call } = exchange;
  if (call === null) return;
  if (options.model && call.model !== "") headers.set("x-gateway-model", printable(call.model));
  if (options.provider && call.provider !== "") headers.set("x-gateway-provider", printable(call.provider));
  const last = call.attempts[call.attempts.length - 1];
  if (last !== undefined) {
    if (options.attempts && call.attempts.length > 1) {
      headers.set("x-gateway-attempts", String(call.attempts.length));
    }
    if (last.upstreamRequestId !== "") {
      headers.set("x-gateway-upstream-request-id", printable(last.upstreamRequestId));
    }
  }
  if (options.dropped_params && exchange.droppedParams !== "") {
    headers.set("x-gateway-dropped-params", printable(exchange.droppedParams));
  }
}

/**
 * The phases that took place, in `Server-Timing`'s syntax: `parse;dur=0.12, overhead;dur=0.3, total;dur=5.3`. The
 * headers of a stream hold what is known by then, the gateway's own time so far.
 */
function serverTiming(exchange: Exchange, now: number): string {
  const entries: string[] = [];
  for (const [phase, ms] of Object.entries(exchange.phases)) {
    if (ms >= 0) entries.push(`${phase};dur=${milliseconds(ms)}`);
  }
  entries.push(`overhead;dur=${milliseconds(overheadMs(exchange, now))}`);
  if (exchange.finished) entries.push(`total;dur=${milliseconds(now - exchange.startedAt)}`);
  return entries.join(", ");
}

function milliseconds(ms: number): string {
  return String(Math.round(ms * 1000) / 1000);
}
