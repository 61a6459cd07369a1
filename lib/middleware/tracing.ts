import type { Exchange } from "../telemetry/exchange.ts";
import {
  calleesTraceparent,
  freshTrace,
  keptTrace,
  ownTraceparent,
  spanIdIn,
  traceIdIn,
} from "../telemetry/fresh_traces.ts";
import { newSpanId } from "../telemetry/ids.ts";
import { validBaggage } from "../telemetry/propagation/baggage.ts";
import type { RemoteParent } from "../telemetry/propagation/propagator.ts";
import type { Propagators } from "../telemetry/propagation/propagators.ts";
import type { Sampler } from "../telemetry/sampling/sampler.ts";
import type { Middleware } from "./middleware.ts";

export interface TracingOptions {
  readonly sampler: Sampler;
  /** Attributes whose values are headers: `[attribute, header]`. */
  readonly headers: readonly (readonly [attribute: string, header: string])[];
  /** Whether rules at the end may keep what the sampler let go. */
  readonly rules: boolean;
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

function begin(exchange: Exchange, options: TracingOptions): void {
  const { propagators, trusts } = options;
  const headers = exchange.request?.headers;
  if (headers !== undefined) {
    const parent = propagators.extract(headers);
    const baggage = propagators.baggage ? headers.get("baggage") : null;
    if ((parent !== null || baggage !== null) && trusts(exchange)) {
      if (baggage !== null) exchange.baggage = validBaggage(baggage);
      return join(exchange, options, parent);
    }
  }
  join(exchange, options, null);
}

function join(
  exchange: Exchange,
  { sampler, rules, headers }: TracingOptions,
  parent: RemoteParent | null,
): void {
  exchange.traced = true;
  const fresh = parent === null ? freshTrace() : "";
  const traceId = exchange.traceId = parent === null ? traceIdIn(fresh) : parent.traceId;
  exchange.spanId = parent === null ? spanIdIn(fresh) : newSpanId();
  const sampled = exchange.sampled = sampler.shouldSample(parent, traceId);
  if (parent !== null) {
    exchange.parentSpanId = parent.spanId;
    exchange.traceRandom = parent.random;
    exchange.unsampledParent = parent.sampled === false;
    exchange.traceState = parent.traceState;
  } else {
    const told = sampled ? keptTrace() : fresh;
    exchange.ownTraceparent = ownTraceparent(told);
    exchange.calleesTraceparent = calleesTraceparent(told);
  }
  if (headers.length > 0) exchange.headerAttributes = headerAttributes(exchange, headers);
  exchange.detailed = sampled || (rules && !exchange.unsampledParent);
  if (sampler.traceState !== undefined) exchange.traceState = sampler.traceState(parent, sampled);
}

/** Characters of a header that are kept. */
const MAX_VALUE = 512;

function headerAttributes(exchange: Exchange, headers: TracingOptions["headers"]): string[] {
  const pairs: string[] = [];
  for (const [attribute, header] of headers) {
    const value = exchange.request?.headers.get(header) ?? null;
    if (value !== null && value !== "") pairs.push(attribute, value.slice(0, MAX_VALUE));
  }
  return pairs;
}
