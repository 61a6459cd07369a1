/** The calendar's periods, UTC; weeks begin on Mondays. */
export const BUDGET_PERIODS = ["day", "week", "month"] as const;

export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/** One day, week or month. */
export interface BudgetWindow {
  /** Its first day, `YYYY-MM-DD`. */
  readonly firstDay: string;
  /** Wall-clock milliseconds at which the next one begins. */
  readonly endsAt: number;
}

const DAY_MS = 86_400_000;

/** The day of a moment, UTC, as `YYYY-MM-DD`. */
export function dayOf(wall: number): string {
  return new Date(wall).toISOString().slice(0, 10);
}

/** The period in which a moment is. */
export function windowOf(period: BudgetPeriod, wall: number): BudgetWindow {
  const at = new Date(wall);
  const year = at.getUTCFullYear();
  const month = at.getUTCMonth();
  if (period === "month") {
    return { firstDay: dayOf(Date.UTC(year, month)), endsAt: Date.UTC(year, month + 1) };
  }
  const today = Date.UTC(year, month, at.getUTCDate());
  if (period === "day") return { firstDay: dayOf(today), endsAt: today + DAY_MS };
  const sinceMonday = (at.getUTCDay() + 6) % 7;
  const monday = today - sinceMonday * DAY_MS;
  return { firstDay: dayOf(monday), endsAt: monday + 7 * DAY_MS };
}

/** The present periods, worked out once each. A clock that was set back finds the earlier one again. */
export class BudgetWindows {
  readonly #known = new Map<BudgetPeriod, { startsAt: number; window: BudgetWindow }>();

  at(period: BudgetPeriod, wall: number): BudgetWindow {
    const known = this.#known.get(period);
    if (known !== undefined && wall < known.window.endsAt && wall >= known.startsAt) return known.window;
    const window = windowOf(period, wall);
    this.#known.set(period, { startsAt: Date.parse(`${window.firstDay}T00:00:00Z`), window });
    return window;
  }
}
