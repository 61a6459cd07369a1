import type { Exchange } from "../telemetry/exchange.ts";
import { newSpanId, newTraceId } from "../telemetry/ids.ts";
import { validBaggage } from "../telemetry/propagation/baggage.ts";
import type { RemoteParent } from "../telemetry/propagation/propagator.ts";
import type { Propagators } from "../telemetry/propagation/propagators.ts";
import type { Sampler } from "../telemetry/sampling/sampler.ts";
import type { Middleware } from "./middleware.ts";

export interface TracingOptions {
  readonly sampler: Sampler;
  readonly propagators: Propagators;
  /** Whether this caller may say which trace a request belongs to and whether that is kept. */
  readonly trusts: (exchange: Exchange) => boolean;
}

/** Joins the caller's trace or begins one, and decides at once whether it is kept. Health and metrics are never traced. */
export function tracing(options: TracingOptions): Middleware {
  return function tracing(exchange, next) {
    if (!exchange.background) begin(exchange, options);
    return next(exchange);
  };
}

function begin(exchange: Exchange, { sampler, propagators, trusts }: TracingOptions): void {
  const headers = exchange.request?.headers;
  if (headers !== undefined) {
    const parent = propagators.extract(headers);
    const baggage = propagators.baggage ? headers.get("baggage") : null;
    if ((parent !== null || baggage !== null) && trusts(exchange)) {
      if (baggage !== null) exchange.baggage = validBaggage(baggage);
      return join(exchange, sampler, parent);
    }
  }
  join(exchange, sampler, null);
}

function join(exchange: Exchange, sampler: Sampler, parent: RemoteParent | null): void {
  exchange.traced = true;
  exchange.traceId = parent?.traceId ?? newTraceId();
  exchange.spanId = newSpanId();
  exchange.parentSpanId = parent?.spanId ?? "";
  exchange.traceRandom = parent?.random ?? false;
  exchange.sampled = sampler.shouldSample(parent, exchange.traceId);
  exchange.unsampledParent = parent?.sampled === false;
  exchange.traceState = sampler.traceState?.(parent, exchange.sampled) ?? parent?.traceState ?? "";
}
