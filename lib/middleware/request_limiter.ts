import type { Clock } from "../clock.ts";

/** So many requests in so much time. */
export interface RequestLimit {
  readonly requests: number;
  /** Milliseconds. */
  readonly per: number;
  /** How many at once; absent: as many as `requests`. */
  readonly burst?: number | undefined;
}

/** What a limiter says of one request. */
export interface LimitDecision {
  readonly allowed: boolean;
  /** Requests that could follow at once. */
  readonly remaining: number;
  /** Milliseconds until all are available again. */
  readonly resetMs: number;
  /** Milliseconds until one is; 0 where the request was allowed. */
  readonly retryMs: number;
}

const MAX_BUCKETS = 100_000;
/** Time between two searches for buckets that are full again, while there are too many. */
const SWEEP_INTERVAL_MS = 1000;

/**
 * Generic cell rate algorithm: a bucket is one number, the moment at which it will be full again (the theoretical
 * arrival time). A bucket that is full is as good as none, so dropping it changes nothing. Monotonic time.
 * @see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export class RequestLimiter {
  /** Milliseconds that one request costs. */
  readonly #cost: number;
  /** Milliseconds that a bucket holds. */
  readonly #capacity: number;
  readonly #clock: Clock;
  readonly #maxBuckets: number;
  readonly #fullAt = new Map<string, number>();
  #sweptAt = -Infinity;

  constructor(readonly limit: RequestLimit, clock: Clock, maxBuckets = MAX_BUCKETS) {
    this.#cost = limit.per / limit.requests;
    this.#capacity = this.#cost * (limit.burst ?? limit.requests);
    this.#clock = clock;
    this.#maxBuckets = maxBuckets;
  }

  /** Buckets that are kept now. */
  get size(): number {
    return this.#fullAt.size;
  }

  /** Takes one request from a bucket; a request that is refused costs nothing. */
  take(bucket: string): LimitDecision {
    const now = this.#clock.now();
    const known = this.#fullAt.get(bucket);
    const owed = known !== undefined && known > now ? known - now : 0;
    const owing = owed + this.#cost;
    // A hair's breadth for what adding fractions of milliseconds loses.
    if (owing > this.#capacity + 1e-6) {
      return { allowed: false, remaining: 0, resetMs: owed, retryMs: owing - this.#capacity };
    }
    if (known === undefined && this.#fullAt.size >= this.#maxBuckets) this.#makeRoom(now);
    this.#fullAt.set(bucket, now + owing);
    const remaining = Math.floor((this.#capacity - owing) / this.#cost + 1e-6);
    return { allowed: true, remaining, resetMs: owing, retryMs: 0 };
  }

  /** Drops the full buckets, and where that is not enough the oldest: memory is bounded whoever calls. */
  #makeRoom(now: number): void {
    if (now - this.#sweptAt >= SWEEP_INTERVAL_MS) {
      this.#sweptAt = now;
      for (const [bucket, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(bucket);
    }
    if (this.#fullAt.size < this.#maxBuckets) return;
    const [oldest] = this.#fullAt.keys();
    if (oldest !== undefined) this.#fullAt.delete(oldest);
  }
}
