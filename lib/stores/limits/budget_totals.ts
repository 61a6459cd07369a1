import type { Clock } from "../../clock.ts";
import type { LimitAmounts, LimitDecision, LimitRule, LimitScope, LimitStore } from "../limit_store.ts";
import type { SpendDimension, SpendStore } from "../spend_store.ts";
import { BudgetWindows, dayOf } from "./budget_windows.ts";

export interface BudgetTotalsOptions {
  readonly clock: Clock;
  readonly store: LimitStore;
  readonly spend: SpendStore;
  /** Whether others write to it too, so that what is spent has to be read again and again. */
  readonly shared: boolean;
  /** Hears what is spent of a budget by the account, billionths of a US dollar. */
  readonly onTotal: (rule: LimitRule, nanoUsd: number) => void;
}

const COLUMN: Readonly<Record<LimitScope, SpendDimension>> = {
  key: "key",
  team: "team",
  user: "user",
  model: "requested_model",
};

/** How often what others spent is read, milliseconds: so late a budget hears of it. */
const REFRESH_MS = 2_000;
/** After a failure, requests are not held up by another try for so long. */
const RETRY_MS = 1_000;
/** Budgets that are read again at a time, and that are remembered. */
const MAX_REFRESHED = 500;
const MAX_KNOWN = 20_000;

interface Known {
  readonly firstDay: string;
  readonly rule: LimitRule;
  /** Asked for since it was read last. */
  used: boolean;
}

/**
 * A limits' store that knows what was spent before it: of each budget the account is asked once a period before the
 * first request, so that budgets outlive the process, and where others write the account too, every two seconds.
 */
export class BudgetTotals implements LimitStore {
  readonly #options: BudgetTotalsOptions;
  readonly #windows = new BudgetWindows();
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<void>>();
  readonly #stop: (() => void) | null;
  #retryAt = -Infinity;
  #refreshing = false;

  constructor(options: BudgetTotalsOptions) {
    this.#options = options;
    this.#stop = options.shared ? options.clock.every(REFRESH_MS, () => void this.refresh()) : null;
  }

  get backend(): string {
    return this.#options.store.backend;
  }

  take(rules: readonly LimitRule[], needed: LimitAmounts): LimitDecision | Promise<LimitDecision> {
    for (const rule of rules) {
      if (rule.period !== null && !this.#isKnown(rule)) {
        return this.know(rules).then(() => this.#options.store.take(rules, needed));
      }
    }
    return this.#options.store.take(rules, needed);
  }

  peek(rules: readonly LimitRule[]): readonly number[] | Promise<readonly number[]> {
    return this.#options.store.peek(rules);
  }

  /** Asks the account for the budgets that are not known yet. Never rejects: what it does not say counts as nothing. */
  async know(rules: readonly LimitRule[]): Promise<void> {
    await Promise.all(rules.map(async (rule) => {
      if (rule.period === null || this.#isKnown(rule)) return;
      let asking = this.#asking.get(rule.id);
      if (asking === undefined) {
        asking = this.#ask(rule).finally(() => this.#asking.delete(rule.id));
        this.#asking.set(rule.id, asking);
      }
      await asking;
    }));
  }

  /** Reads again what was spent of the budgets that were asked for meanwhile. */
  async refresh(): Promise<void> {
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      const used = [...this.#known.values()].filter(({ used }) => used).slice(0, MAX_REFRESHED);
      for (const known of used) {
        known.used = false;
        await this.#learn(known.rule);
      }
    } catch {
      // The store says so itself.
    } finally {
      this.#refreshing = false;
    }
  }

  async learn(rule: LimitRule, nanoUsd: number): Promise<void> {
    await this.#options.store.learn(rule, nanoUsd);
  }

  failure(): string | null {
    return this.#options.store.failure();
  }

  async close(): Promise<void> {
    this.#stop?.();
    await this.#options.store.close();
  }

  #isKnown(rule: LimitRule): boolean {
    const known = this.#known.get(rule.id);
    if (known === undefined || known.firstDay !== this.#firstDay(rule)) {
      return this.#options.clock.now() < this.#retryAt;
    }
    known.used = true;
    return true;
  }

  async #ask(rule: LimitRule): Promise<void> {
    const firstDay = this.#firstDay(rule);
    try {
      await this.#learn(rule);
    } catch {
      this.#retryAt = this.#options.clock.now() + RETRY_MS;
      return;
    }
    if (this.#known.size >= MAX_KNOWN) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(rule.id, { firstDay, rule, used: true });
  }

  async #learn(rule: LimitRule): Promise<void> {
    const { spend, store, clock, onTotal } = this.#options;
    const query = {
      since: this.#firstDay(rule),
      until: dayOf(clock.wall()),
      where: { [COLUMN[rule.scope]]: rule.of },
    };
    const [sum] = await spend.sum(query, []);
    if (sum === undefined) return;
    onTotal(rule, sum.nanoUsd);
    await store.learn(rule, sum.nanoUsd);
  }

  #firstDay({ period }: LimitRule): string {
    return period === null ? "" : this.#windows.at(period, this.#options.clock.wall()).firstDay;
  }
}
