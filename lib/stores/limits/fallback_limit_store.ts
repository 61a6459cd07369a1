import { GatewayError } from "../../errors.ts";
import type { LimitAmounts, LimitDecision, LimitRule, LimitStore } from "../limit_store.ts";

export interface FallbackLimitOptions {
  /** What all processes count in. */
  readonly shared: LimitStore;
  /** This process's own, with its share of each limit. */
  readonly local: LimitStore;
  /** How many processes count for themselves meanwhile. */
  readonly processes: number;
  /** Refuse all, in place of counting here. */
  readonly closed: boolean;
}

/** What all count in and, while that does not answer, what this process counts alone, or nothing at all. */
export class FallbackLimitStore implements LimitStore {
  readonly #options: FallbackLimitOptions;
  /** Rules with this process's share of their limits. */
  readonly #shares = new WeakMap<LimitRule, LimitRule>();

  constructor(options: FallbackLimitOptions) {
    this.#options = options;
  }

  get backend(): string {
    return this.#options.shared.backend;
  }

  async take(rules: readonly LimitRule[], needed: LimitAmounts): Promise<LimitDecision> {
    const { shared, local, closed } = this.#options;
    try {
      return await shared.take(rules, needed);
    } catch (cause) {
      if (closed) {
        throw new GatewayError("limits_unavailable", "Limits cannot be checked now; try again shortly.", {
          retryAfter: 1,
          cause,
        });
      }
      const shares = rules.map((rule) => this.#shareOf(rule));
      const decision = await local.take(shares, needed);
      const { refusal } = decision;
      if (refusal === null) return { ...decision, degraded: true };
      const rule = rules[shares.indexOf(refusal.rule)] ?? refusal.rule;
      return { ...decision, refusal: { ...refusal, rule }, degraded: true };
    }
  }

  async peek(rules: readonly LimitRule[]): Promise<readonly number[]> {
    const { shared, local } = this.#options;
    try {
      return await shared.peek(rules);
    } catch {
      return await local.peek(rules);
    }
  }

  async learn(rule: LimitRule, nanoUsd: number): Promise<void> {
    const { shared, local } = this.#options;
    await local.learn(rule, nanoUsd);
    await shared.learn(rule, nanoUsd);
  }

  failure(): string | null {
    return this.#options.shared.failure();
  }

  async close(): Promise<void> {
    await this.#options.shared.close();
    await this.#options.local.close();
  }

  /** Of money each process has the whole: what is spent it learns from the account of all. */
  #shareOf(rule: LimitRule): LimitRule {
    const { processes } = this.#options;
    if (processes === 1 || rule.kind === "budget") return rule;
    let share = this.#shares.get(rule);
    if (share === undefined) {
      this.#shares.set(rule, share = { ...rule, limit: Math.ceil(rule.limit / processes) });
    }
    return share;
  }
}
