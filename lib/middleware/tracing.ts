import type { Exchange } from "../telemetry/exchange.ts";
import { newSpanId, newTraceId } from "../telemetry/ids.ts";
import { extractTraceContext } from "../telemetry/propagation.ts";
import type { Sampler } from "../telemetry/sampling.ts";
import type { Middleware } from "./middleware.ts";

export interface TracingOptions {
  readonly sampler: Sampler;
  /** Whether callers' `traceparent` and `tracestate` are read (`tracecontext` among the propagators). */
  readonly propagate: boolean;
}

/** Joins the caller's trace or begins one, and decides at once whether it is kept. Health and metrics are never traced. */
export function tracing(options: TracingOptions): Middleware {
  return function tracing(exchange, next) {
    if (!exchange.background) begin(exchange, options);
    return next(exchange);
  };
}

function begin(exchange: Exchange, options: TracingOptions): void {
  const headers = options.propagate ? exchange.request?.headers : undefined;
  const given = headers?.get("traceparent") ?? null;
  const parent = given === null ? null : extractTraceContext(given, headers?.get("tracestate") ?? null);
  exchange.traced = true;
  exchange.traceId = parent?.traceId ?? newTraceId();
  exchange.spanId = newSpanId();
  exchange.parentSpanId = parent?.spanId ?? "";
  exchange.traceRandom = parent?.random ?? false;
  exchange.traceState = parent?.traceState ?? "";
  exchange.sampled = options.sampler.shouldSample(parent, exchange.traceId);
}
