import type { BudgetPeriod } from "./limits/budget_windows.ts";

/** What a limit is about. */
export type LimitScope = "key" | "team" | "user" | "model";

/** What is counted: requests and tokens in a minute, requests at a time, what is spent in a period. */
export type LimitKind = "requests" | "tokens" | "parallel" | "budget";

/** One limit: what is counted, of whom, and how much of it there may be. */
export interface LimitRule {
  /** Names its counter, alike in all processes: `key:3f…:requests`. */
  readonly id: string;
  readonly kind: LimitKind;
  readonly scope: LimitScope;
  /** Whose it is: the id of the key, team or user, the name of the model. */
  readonly of: string;
  /** The same for people. */
  readonly name: string;
  /** Requests, tokens, or billionths of a US dollar. */
  readonly limit: number;
  /** Of a budget; null for all else. */
  readonly period: BudgetPeriod | null;
}

/** What a request needs. Each counts as one request besides. */
export interface LimitAmounts {
  readonly tokens: number;
  /** Billionths of a US dollar; 0: it costs nothing, however much is spent; `NaN`: nobody knows. */
  readonly nanoUsd: number;
}

/** Why a request is refused. */
export interface LimitRefusal {
  readonly rule: LimitRule;
  /** Milliseconds until it could pass; `Infinity`: never, as it asks for more than the limit. */
  readonly waitMs: number;
}

export interface LimitDecision {
  /** What was taken; null: nothing at all, since a limit refuses. */
  readonly hold: LimitHold | null;
  /** The limit that refuses; of several, the one that does so for longest. */
  readonly refusal: LimitRefusal | null;
  /** What each rule counts, in the rules' order; where the request was let in, with it. */
  readonly used: readonly number[];
  /** Milliseconds until the counters of a minute are empty again, should nothing come. */
  readonly resetMs: number;
  /** The store that all share could not be asked: these are this process's own counts. */
  readonly degraded: boolean;
}

/** What a request has taken, until it ends. */
export interface LimitHold {
  /**
   * Gives back what was not used and takes what was used beyond it. Only the first call counts. Never rejects.
   * @returns what is spent now of the budgets among the rules, by their places; `NaN` where nobody knows.
   */
  settle(used: LimitAmounts): Promise<readonly number[]>;
}

/**
 * Counts for limits. One decision is one step for all limits of a request: where one refuses, nothing is taken of
 * any. Minutes are sliding: at no time have more than `limit` been let in within the last 60 s. Budgets are of
 * calendar days, weeks and months, UTC.
 */
export interface LimitStore {
  readonly backend: string;
  /** @throws where it cannot be asked. */
  take(rules: readonly LimitRule[], needed: LimitAmounts): LimitDecision | Promise<LimitDecision>;
  /** What each rule counts now, in the rules' order; takes nothing. @throws where it cannot be asked. */
  peek(rules: readonly LimitRule[]): readonly number[] | Promise<readonly number[]>;
  /**
   * Tells it what is spent of a budget in its present period by other accounts: at least that much is.
   * @param nanoUsd billionths of a US dollar.
   */
  learn(rule: LimitRule, nanoUsd: number): void | Promise<void>;
  /** Why it cannot be asked; null while it can. */
  failure(): string | null;
  close(): void | Promise<void>;
}
