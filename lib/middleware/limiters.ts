import type { Clock } from "../clock.ts";
import { type RequestLimit, RequestLimiter } from "./request_limiter.ts";

/**
 * The limiters of one configuration. One that the configuration before had with the same limit is taken over, so
 * that reading a configuration anew gives nobody a full bucket.
 */
export class Limiters {
  readonly #clock: Clock;
  readonly #before: ReadonlyMap<string, RequestLimiter>;
  readonly #limiters = new Map<string, RequestLimiter>();

  constructor(clock: Clock, before: Limiters | null = null) {
    this.#clock = clock;
    this.#before = before === null ? new Map() : before.#limiters;
  }

  /** @param name who is limited: what has one name and one limit has one limiter. */
  of(name: string, limit: RequestLimit): RequestLimiter {
    const known = this.#limiters.get(name) ?? this.#before.get(name);
    const limiter = known !== undefined && equal(known.limit, limit)
      ? known
      : new RequestLimiter(limit, this.#clock);
    this.#limiters.set(name, limiter);
    return limiter;
  }
}

function equal(a: RequestLimit, b: RequestLimit): boolean {
  return a.requests === b.requests && a.per === b.per && a.burst === b.burst;
}
