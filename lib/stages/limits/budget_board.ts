import type { Clock } from "../../clock.ts";
import { BudgetWindows } from "../../stores/limits/budget_windows.ts";
import type { LimitRule } from "../../stores/limit_store.ts";
import { NANO_USD } from "./limit_rules.ts";

/** A budget of which something was spent, or a request refused. */
export interface BudgetAlert {
  readonly rule: LimitRule;
  /** Percent that were reached. */
  readonly threshold: number;
  /** The period's first day. */
  readonly firstDay: string;
  /** Wall-clock milliseconds at which the next period begins. */
  readonly renewsAt: number;
  readonly spentUsd: number;
  readonly limitUsd: number;
}

export interface BudgetBoardOptions {
  readonly clock: Clock;
  /** Percent, ascending. */
  readonly thresholds: readonly number[];
  readonly onThreshold: (alert: BudgetAlert) => void;
  /** Called once for a budget that was not on the board before. */
  readonly onNew: (rule: LimitRule, read: { limit: () => number; spent: () => number }) => void;
}

interface Line {
  rule: LimitRule;
  firstDay: string;
  /** Billionths of a US dollar. */
  spent: number;
  /** The highest threshold that was told of in the period. */
  told: number;
}

/** Budgets that are shown at most: those of the configuration come first, for they are there first. */
const MAX_LINES = 1_000;

/** What is spent of each budget, as far as this process knows, and who has to hear of it. */
export class BudgetBoard {
  readonly #options: BudgetBoardOptions;
  readonly #windows = new BudgetWindows();
  readonly #lines = new Map<string, Line>();

  constructor(options: BudgetBoardOptions) {
    this.#options = options;
  }

  /** Puts a budget on the board. */
  watch(rule: LimitRule): void {
    this.#lineOf(rule);
  }

  /** @param nanoUsd what is spent in the present period. */
  readonly spent = (rule: LimitRule, nanoUsd: number): void => {
    const line = this.#lineOf(rule);
    if (line === null) return;
    line.spent = Math.max(line.spent, nanoUsd);
    this.#tell(line, line.spent / rule.limit * 100);
  };

  /** A request was refused: there is not enough left. */
  readonly refused = (rule: LimitRule): void => {
    const line = this.#lineOf(rule);
    if (line !== null) this.#tell(line, 100);
  };

  #tell(line: Line, percent: number): void {
    const { thresholds, onThreshold } = this.#options;
    const threshold = thresholds.findLast((it) => it <= percent + 1e-9);
    if (threshold === undefined || threshold <= line.told) return;
    line.told = threshold;
    const { rule, firstDay, spent } = line;
    onThreshold({
      rule,
      threshold,
      firstDay,
      renewsAt: this.#windowOf(rule)?.endsAt ?? NaN,
      spentUsd: spent / NANO_USD,
      limitUsd: rule.limit / NANO_USD,
    });
  }

  #lineOf(rule: LimitRule): Line | null {
    const firstDay = this.#windowOf(rule)?.firstDay;
    if (firstDay === undefined) return null;
    let line = this.#lines.get(rule.id);
    if (line === undefined) {
      if (this.#lines.size >= MAX_LINES) return null;
      const added: Line = line = { rule, firstDay, spent: 0, told: 0 };
      this.#lines.set(rule.id, line);
      this.#options.onNew(rule, {
        limit: () => added.rule.limit / NANO_USD,
        spent: () => this.#windowOf(added.rule)?.firstDay === added.firstDay ? added.spent / NANO_USD : 0,
      });
    }
    if (line.firstDay !== firstDay) {
      line.firstDay = firstDay;
      line.spent = 0;
      line.told = 0;
    }
    line.rule = rule;
    return line;
  }

  #windowOf({ period }: LimitRule) {
    return period === null ? null : this.#windows.at(period, this.#options.clock.wall());
  }
}
