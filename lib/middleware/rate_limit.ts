import { addressBucket } from "../address.ts";
import { GatewayError } from "../errors.ts";
import { addHeader } from "../stages/add_header.ts";
import { spokenDuration } from "../stages/limits/spoken_duration.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { ApiKey, ApiKeys } from "./api_keys.ts";
import type { Limiters } from "./limiters.ts";
import type { Handler, Middleware } from "./middleware.ts";
import type { LimitDecision, RequestLimit, RequestLimiter } from "./request_limiter.ts";

export interface RateLimitOptions {
  readonly limiters: Limiters;
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
  const { limiters, keys } = options;
  const gate = (name: string, limit: RequestLimit | null) =>
    limit === null ? null : new Gate(name, limiters.of(name, limit));
  const perAddress = gate("address", options.perAddress);
  const perKey = gate("key", options.perKey ?? options.perAddress);
  return function rateLimit(exchange, next) {
    if (exchange.background) return next(exchange);
    const key = keys?.identify(exchange)?.key ?? null;
    if (key === null) {
      return perAddress?.pass(addressBucket(exchange.clientAddress), exchange, next) ?? next(exchange);
    }
    // A key with a limit of its own is judged by that, once it is let in.
    if (key.limit !== null) return next(exchange);
    return perKey?.pass(key.digest, exchange, next) ?? next(exchange);
  };
}

/** Limits of single keys, after authentication. */
export function keyLimit(options: { readonly limiters: Limiters; readonly keys: ApiKeys }): Middleware {
  const gates = new Map<ApiKey, Gate>();
  for (const key of options.keys.all()) {
    if (key.limit === null) continue;
    gates.set(key, new Gate("key", options.limiters.of(`key ${key.digest}`, key.limit)));
  }
  return function keyLimit(exchange, next) {
    const key = options.keys.identify(exchange)?.key ?? null;
    if (key === null) return next(exchange);
    return gates.get(key)?.pass(key.digest, exchange, next) ?? next(exchange);
  };
}

/** A limiter with a name, which says in headers what is left, and refuses in words. */
class Gate {
  readonly #name: string;
  readonly #limit: RequestLimit;
  readonly #limiter: RequestLimiter;
  readonly #requests: string;
  readonly #policy: string;

  constructor(name: string, limiter: RequestLimiter) {
    const { limit } = limiter;
    this.#name = name;
    this.#limit = limit;
    this.#limiter = limiter;
    this.#requests = String(limit.requests);
    this.#policy = `"${name}";q=${limit.requests};w=${Math.ceil(limit.per / 1000)}`;
  }

  pass(bucket: string, exchange: Exchange, next: Handler): Promise<Response> {
    const decision = this.#limiter.take(bucket);
    this.#tell(exchange, decision);
    if (decision.allowed) return next(exchange);
    exchange.rateLimit = this.#name;
    const { requests, per } = this.#limit;
    const message =
      `Rate limit reached for this ${this.#name}: ${requests} requests per ${spokenDuration(per)}. ` +
      `Please try again in ${spokenDuration(decision.retryMs)}.`;
    const retryAfter = Math.ceil(decision.retryMs / 1000);
    return Promise.reject(new GatewayError("rate_limit_exceeded", message, { retryAfter }));
  }

  /**
   * OpenAI's headers, which its SDKs and their users know, and the IETF's draft.
   * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
   */
  #tell(exchange: Exchange, decision: LimitDecision): void {
    const { remaining, resetMs } = decision;
    addHeader(exchange, "x-ratelimit-limit-requests", this.#requests);
    addHeader(exchange, "x-ratelimit-remaining-requests", String(remaining));
    addHeader(exchange, "x-ratelimit-reset-requests", spokenDuration(resetMs));
    addHeader(exchange, "ratelimit-policy", this.#policy);
    addHeader(exchange, "ratelimit", `"${this.#name}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`);
  }
}
