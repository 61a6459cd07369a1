import type { Clock } from "../../clock.ts";
import type {
  LimitAmounts,
  LimitDecision,
  LimitHold,
  LimitRefusal,
  LimitRule,
  LimitStore,
} from "../limit_store.ts";
import { type BudgetWindow, BudgetWindows } from "./budget_windows.ts";
import { amountOf, fits, longer, PARALLEL_WAIT_MS } from "./judge.ts";
import { leavesIn, sliceAt, SlidingCount } from "./sliding_count.ts";

/** What is spent of a budget, and what requests under way may yet spend, billionths of a US dollar. */
class BudgetCount {
  spent = 0;
  held = 0;
  constructor(readonly window: BudgetWindow) {}
}

/** Requests at a time. */
class ParallelCount {
  held = 0;
}

type Count = SlidingCount | ParallelCount | BudgetCount;

const MAX_COUNTS = 100_000;
/** Time between two searches for counters that say nothing, while there are too many, milliseconds. */
const SWEEP_INTERVAL_MS = 1_000;

/** Counts of this process alone. Decides at once. */
export class MemoryLimitStore implements LimitStore {
  readonly backend = "memory";
  readonly #clock: Clock;
  readonly #maxCounts: number;
  readonly #counts = new Map<string, Count>();
  readonly #windows = new BudgetWindows();
  #sweptAt = -Infinity;

  constructor(clock: Clock, maxCounts = MAX_COUNTS) {
    this.#clock = clock;
    this.#maxCounts = maxCounts;
  }

  /** Counters that are kept now. */
  get size(): number {
    return this.#counts.size;
  }

  take(rules: readonly LimitRule[], needed: LimitAmounts): LimitDecision {
    const now = this.#clock.now();
    const slice = sliceAt(now);
    const counts: Count[] = [];
    const used: number[] = [];
    let refusal: LimitRefusal | null = null;
    for (const rule of rules) {
      const count = this.#countOf(rule, slice);
      const before = usedOf(count, slice);
      const amount = amountOf(rule, needed);
      counts.push(count);
      used.push(before);
      if (fits(rule.limit, before, amount)) continue;
      refusal = longer(refusal, { rule, waitMs: this.#waitOf(count, rule.limit, before, amount, now) });
    }
    const resetMs = leavesIn(slice, now);
    if (refusal !== null) return { hold: null, refusal, used, resetMs, degraded: false };
    for (let i = 0; i < rules.length; i++) {
      const amount = known(amountOf(rules[i] as LimitRule, needed));
      const count = counts[i] as Count;
      used[i] = (used[i] ?? 0) + amount;
      if (count instanceof SlidingCount) count.add(slice, amount);
      else count.held += amount;
    }
    return {
      hold: new Hold(rules, counts, needed, slice, this.#clock),
      refusal,
      used,
      resetMs,
      degraded: false,
    };
  }

  peek(rules: readonly LimitRule[]): number[] {
    const slice = sliceAt(this.#clock.now());
    return rules.map(({ id, period }) => {
      const count = this.#counts.get(id);
      if (count === undefined) return 0;
      const past = count instanceof BudgetCount && period !== null &&
        count.window.firstDay !== this.#windows.at(period, this.#clock.wall()).firstDay;
      return past ? 0 : usedOf(count, slice);
    });
  }

  learn(rule: LimitRule, nanoUsd: number): void {
    const count = this.#countOf(rule, sliceAt(this.#clock.now()));
    if (count instanceof BudgetCount) count.spent = Math.max(count.spent, nanoUsd);
  }

  failure(): null {
    return null;
  }

  close(): void {}

  #countOf(rule: LimitRule, slice: number): Count {
    const known = this.#counts.get(rule.id);
    if (rule.kind !== "budget" || rule.period === null) {
      if (known !== undefined) return known;
      return this.#add(rule.id, rule.kind === "parallel" ? new ParallelCount() : new SlidingCount(slice));
    }
    const window = this.#windows.at(rule.period, this.#clock.wall());
    if (known instanceof BudgetCount && known.window.firstDay === window.firstDay) return known;
    // Requests under way keep the count of the period in which they came.
    return this.#add(rule.id, new BudgetCount(window));
  }

  #add<T extends Count>(id: string, count: T): T {
    if (this.#counts.size >= this.#maxCounts) this.#makeRoom();
    this.#counts.set(id, count);
    return count;
  }

  #waitOf(count: Count, limit: number, used: number, amount: number, now: number): number {
    if (amount > limit) return Infinity;
    if (count instanceof SlidingCount) return count.freesIn(used + amount - limit, now);
    return count instanceof BudgetCount ? count.window.endsAt - this.#clock.wall() : PARALLEL_WAIT_MS;
  }

  /** Drops what says nothing, and where that is not enough the oldest: memory is bounded whoever calls. */
  #makeRoom(): void {
    const now = this.#clock.now();
    if (now - this.#sweptAt >= SWEEP_INTERVAL_MS) {
      this.#sweptAt = now;
      const slice = sliceAt(now);
      for (const [id, count] of this.#counts) if (usedOf(count, slice) === 0) this.#counts.delete(id);
    }
    if (this.#counts.size < this.#maxCounts) return;
    const [oldest] = this.#counts.keys();
    if (oldest !== undefined) this.#counts.delete(oldest);
  }
}

class Hold implements LimitHold {
  #settled = false;

  constructor(
    readonly rules: readonly LimitRule[],
    readonly counts: readonly Count[],
    readonly taken: LimitAmounts,
    readonly slice: number,
    readonly clock: Clock,
  ) {}

  settle(used: LimitAmounts): Promise<readonly number[]> {
    if (this.#settled) return Promise.resolve([]);
    this.#settled = true;
    const slice = sliceAt(this.clock.now());
    const spent = this.rules.map((rule, i) => {
      const count = this.counts[i] as Count;
      const taken = known(amountOf(rule, this.taken));
      if (count instanceof SlidingCount) {
        const more = known(amountOf(rule, used)) - taken;
        // What was not used comes free when it would have; what was used besides is used now.
        if (more !== 0) count.add(more < 0 ? this.slice : slice, more);
        return NaN;
      }
      count.held = Math.max(0, count.held - taken);
      if (!(count instanceof BudgetCount)) return NaN;
      return count.spent += known(amountOf(rule, used));
    });
    return Promise.resolve(spent);
  }
}

function usedOf(count: Count, slice: number): number {
  if (count instanceof SlidingCount) return count.at(slice);
  return count instanceof BudgetCount ? count.spent + count.held : count.held;
}

function known(amount: number): number {
  return Number.isNaN(amount) ? 0 : amount;
}
