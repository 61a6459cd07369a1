import type { Clock } from "../clock.ts";
import { GatewayError } from "../errors.ts";
import { addHeader } from "../endpoints/response_headers.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { ApiKey, ApiKeys } from "./api_keys.ts";
import type { Handler, Middleware } from "./middleware.ts";
import { type LimitDecision, type RequestLimit, RequestLimiter } from "./request_limiter.ts";

export interface RateLimitOptions {
  readonly clock: Clock;
  readonly perAddress: RequestLimit | null;
  readonly perKey: RequestLimit | null;
  /** Null: there are no keys, all are limited by address. */
  readonly keys: ApiKeys | null;
}

/**
 * The first limiter, before authentication. A known key has a bucket of its own, by its digest; whoever presents
 * no key or an unknown one is counted with its address, so that guessing keys gets nobody new buckets.
 */
export function rateLimit(options: RateLimitOptions): Middleware {
  const { clock, keys } = options;
  const perAddress = options.perAddress === null ? null : new RequestLimiter(options.perAddress, clock);
  const perKey = options.perKey === null ? perAddress : new RequestLimiter(options.perKey, clock);
  return function rateLimit(exchange, next) {
    if (exchange.background) return next(exchange);
    const key = keys?.identify(exchange)?.key ?? null;
    if (key === null) {
      return limited(perAddress, "address", addressBucket(exchange.clientAddress), exchange, next);
    }
    if (key.limit !== null) return next(exchange);
    return limited(perKey, "key", key.digest, exchange, next);
  };
}

/** Limits of single keys, after authentication. */
export function keyLimit(options: { readonly clock: Clock; readonly keys: ApiKeys }): Middleware {
  const limiters = new Map<ApiKey, RequestLimiter>();
  return function keyLimit(exchange, next) {
    const key = options.keys.identify(exchange)?.key ?? null;
    if (key === null || key.limit === null) return next(exchange);
    let limiter = limiters.get(key);
    if (limiter === undefined) limiters.set(key, limiter = new RequestLimiter(key.limit, options.clock));
    return limited(limiter, "key", key.digest, exchange, next);
  };
}

function limited(
  limiter: RequestLimiter | null,
  name: string,
  bucket: string,
  exchange: Exchange,
  next: Handler,
): Promise<Response> {
  if (limiter === null) return next(exchange);
  const decision = limiter.take(bucket);
  addLimitHeaders(exchange, name, limiter.limit, decision);
  if (decision.allowed) return next(exchange);
  exchange.rateLimit = name;
  const { requests, per } = limiter.limit;
  const retryAfter = Math.ceil(decision.retryMs / 1000);
  return Promise.reject(
    new GatewayError(
      "rate_limit_exceeded",
      `Rate limit reached for this ${name}: ${requests} requests per ${duration(per)}. ` +
        `Please try again in ${duration(decision.retryMs)}.`,
      { retryAfter },
    ),
  );
}

/**
 * OpenAI's headers, which its SDKs and their users know, and the IETF's draft.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
function addLimitHeaders(
  exchange: Exchange,
  name: string,
  limit: RequestLimit,
  decision: LimitDecision,
): void {
  const { remaining, resetMs } = decision;
  addHeader(exchange, "x-ratelimit-limit-requests", String(limit.requests));
  addHeader(exchange, "x-ratelimit-remaining-requests", String(remaining));
  addHeader(exchange, "x-ratelimit-reset-requests", duration(resetMs));
  addHeader(exchange, "ratelimit-policy", `"${name}";q=${limit.requests};w=${Math.ceil(limit.per / 1000)}`);
  addHeader(exchange, "ratelimit", `"${name}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`);
}

/** As OpenAI writes them: `120ms`, `1s`, `6m0s`, `1h0m0s`. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${seconds % 60}s`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds % 60}s`;
}

/** An IPv4 address, or the 64-bit network of an IPv6 address: one customer's network is one caller. */
function addressBucket(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const after = tail === "" ? 0 : tail.split(":").length;
    while (groups.length + after < 8) groups.push("0");
  }
  return groups.slice(0, 4).join(":");
}
