import type { LimitAmounts, LimitRefusal, LimitRule } from "../limit_store.ts";

/** How much of a rule a request needs. Of a budget `NaN` where its price is unknown. */
export function amountOf({ kind }: LimitRule, { tokens, nanoUsd }: LimitAmounts): number {
  if (kind === "tokens") return tokens;
  return kind === "budget" ? nanoUsd : 1;
}

/**
 * Whether a request fits. What needs nothing always does (a model without a price is not refused for a spent budget);
 * what costs nobody knows how much does as long as anything is left.
 */
export function fits(limit: number, used: number, amount: number): boolean {
  if (amount === 0) return true;
  return Number.isNaN(amount) ? used < limit : used + amount <= limit;
}

/** Until a request that has to wait for others to end may ask again, milliseconds. */
export const PARALLEL_WAIT_MS = 1_000;

/** The refusal that lasts longer. */
export function longer(one: LimitRefusal | null, other: LimitRefusal): LimitRefusal {
  return one !== null && one.waitMs >= other.waitMs ? one : other;
}
