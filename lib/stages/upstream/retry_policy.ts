import type { Clock } from "../../clock.ts";

/**
 * Bounds retries to a share of the requests of the last ten seconds, so that a provider in trouble is not
 * given more load by those who wait for it. A few are always allowed, or a quiet gateway could never retry.
 */
export class RetryBudget {
  static readonly #WINDOW = 10_000;
  static readonly #MINIMUM = 3;
  readonly #share: number;
  readonly #clock: Clock;
  #windowStart: number;
  #requests = 0;
  #retries = 0;
  #lastRequests = 0;
  #lastRetries = 0;

  /** @param share retries allowed per request, 0.2 for 20 %. */
  constructor(share: number, clock: Clock) {
    this.#share = share;
    this.#clock = clock;
    this.#windowStart = clock.now();
  }

  request(): void {
    this.#roll();
    this.#requests++;
  }

  /** Takes one retry out of the budget. @returns whether there was one left. */
  retry(): boolean {
    this.#roll();
    const requests = this.#requests + this.#lastRequests;
    const retries = this.#retries + this.#lastRetries;
    if (retries >= Math.max(RetryBudget.#MINIMUM, requests * this.#share)) return false;
    this.#retries++;
    return true;
  }

  #roll(): void {
    const age = this.#clock.now() - this.#windowStart;
    if (age < RetryBudget.#WINDOW) return;
    const adjacent = age < 2 * RetryBudget.#WINDOW;
    this.#lastRequests = adjacent ? this.#requests : 0;
    this.#lastRetries = adjacent ? this.#retries : 0;
    this.#requests = 0;
    this.#retries = 0;
    this.#windowStart = this.#clock.now();
  }
}

export interface RetryOptions {
  /** Attempts beyond the first. */
  readonly attempts: number;
  /** First back-off, milliseconds; doubled each time. */
  readonly baseDelay: number;
  readonly maxDelay: number;
  /** The longest `Retry-After` that is waited for, milliseconds; a longer one means no retry here. */
  readonly maxRetryAfter: number;
}

/**
 * How long to wait before the next attempt, milliseconds; null: not at all any more.
 * Exponential with full jitter; a provider's `Retry-After` is the least that is waited.
 * @param retried attempts beyond the first so far. @param retryAfter seconds, where the provider gave them.
 */
export function backoff(
  options: RetryOptions,
  retried: number,
  retryAfter: number | null,
  random: () => number,
): number | null {
  const jittered = random() * Math.min(options.maxDelay, options.baseDelay * 2 ** retried);
  if (retryAfter === null) return jittered;
  const asked = retryAfter * 1000;
  if (!(asked >= 0) || asked > options.maxRetryAfter) return null;
  return Math.max(asked, jittered);
}
