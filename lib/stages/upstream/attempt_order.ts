import type { Clock } from "../../clock.ts";
import type { Target } from "../model_table.ts";
import type { AttemptFailure } from "./failure.ts";
import { backoff, type RetryBudget, type RetryOptions } from "./retry_policy.ts";

export interface AttemptOrderOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly retry: RetryOptions;
  readonly budget: RetryBudget;
}

interface Entry {
  readonly target: Target;
  /** When it may be asked, monotonic milliseconds. */
  readonly readyAt: number;
}

/**
 * Which target is asked next, and when. All targets are asked in their order before one is asked again, and that
 * one not before it had time to recover. Asking a provider again draws on the retry budget, because it adds to
 * the load of one in trouble; going on to the next does not.
 */
export class AttemptOrder {
  readonly #options: AttemptOrderOptions;
  #entries: Entry[];
  #current: Entry;
  /** Null until something failed: most requests never need it. */
  #asked: Set<Target["provider"]> | null = null;
  /** Attempts beyond the first. */
  #more = 0;

  /** @param targets at least one. */
  constructor(first: Target, rest: readonly Target[], options: AttemptOrderOptions) {
    this.#options = options;
    this.#current = { target: first, readyAt: 0 };
    this.#entries = rest.map((target) => ({ target, readyAt: 0 }));
    options.budget.request();
  }

  /** The target to ask now. */
  get target(): Target {
    return this.#current.target;
  }

  /**
   * Goes on after a failure. @returns milliseconds to wait before the target that is now the current one is
   * asked; null where there is none any more.
   */
  next(failure: AttemptFailure): number | null {
    const { clock, retry, budget } = this.#options;
    const more = this.#more++;
    if (failure.advice === "never" || more >= retry.attempts) return null;
    // No load for one in trouble: it is the key that has to rest, and it does.
    if (failure.advice === "other_key") return 0;
    const asked = this.#returned(this.target, failure, more);
    const next = this.#soonest();
    if (next === null) return null;
    if (asked.has(next.target.provider) && !budget.retry()) return null;
    this.#entries.splice(this.#entries.indexOf(next), 1);
    this.#current = next;
    return Math.max(0, next.readyAt - clock.now());
  }

  /**
   * Another target to ask while the current one is: one that was not asked yet, and becomes the current one. It is
   * load that no failure asked for, so it draws on the budget. @returns null where there is none, or it may not be.
   */
  rival(): Target | null {
    const { retry, budget } = this.#options;
    const next = this.#entries.find(({ target: { backend }, readyAt }) =>
      readyAt === 0 && backend?.available !== false
    );
    if (next === undefined || this.#more >= retry.attempts || !budget.retry()) return null;
    this.#more++;
    this.#entries.splice(this.#entries.indexOf(next), 1);
    this.#current = next;
    return next.target;
  }

  /** A target failed while another goes on, which is the current one from now on. */
  lost(target: Target, failure: AttemptFailure): void {
    this.#returned(target, failure, this.#more);
  }

  /** The target whose attempt is the one that goes on. */
  follow(target: Target): void {
    if (target !== this.target) this.#current = { target, readyAt: 0 };
  }

  /** A target that failed is asked again once it had time to recover, unless it said otherwise. */
  #returned(target: Target, { advice, error }: AttemptFailure, more: number): Set<Target["provider"]> {
    const { clock, retry, random } = this.#options;
    const { provider } = target;
    if (advice === "elsewhere") {
      this.#entries = this.#entries.filter((entry) => entry.target.provider !== provider);
    } else {
      const wait = backoff(retry, more, error.retryAfter, random);
      if (wait !== null) this.#entries.push({ target, readyAt: clock.now() + wait });
    }
    const asked = this.#asked ??= new Set();
    return asked.add(provider);
  }

  /** Goes on from a target that is not asked. @returns whether there is another one. */
  skip(): boolean {
    const next = this.#soonest();
    if (next === null) return false;
    this.#entries.splice(this.#entries.indexOf(next), 1);
    this.#current = next;
    return true;
  }

  /** Puts other targets in the place of all that are left. @returns whether there are any. */
  replace(targets: readonly Target[]): boolean {
    const [first, ...rest] = targets;
    if (first === undefined) return false;
    this.#more++;
    this.#current = { target: first, readyAt: 0 };
    this.#entries = rest.map((target) => ({ target, readyAt: 0 }));
    return true;
  }

  /** The first of those that may be asked soonest. */
  #soonest(): Entry | null {
    let soonest: Entry | null = null;
    for (const entry of this.#entries) {
      if (soonest === null || entry.readyAt < soonest.readyAt) soonest = entry;
    }
    return soonest;
  }
}
