import { jsonAnswer } from "../endpoints/json_answer.ts";
import { BUDGET_PERIODS, windowOf } from "../stores/limits/budget_windows.ts";
import type { Registry } from "../telemetry/metrics/registry.ts";
import { asJson } from "./as_json.ts";
import type { ConsoleEndpoint } from "./guard.ts";
import type { LimitView } from "./limit_view.ts";

export interface BudgetsOptions {
  readonly registry: Registry;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly limits: () => Promise<readonly LimitView[]>;
}

/** `GET /budgets`: what the metrics say of budgets, and what is used of limits now. */
export function budgets({ registry, now, limits }: BudgetsOptions): ConsoleEndpoint {
  return async function budgets(exchange) {
    // First, for the metrics know some budgets by it alone.
    const counted = await limits();
    const spent = valuesOf(registry, "gateway_budget_spent_usd");
    const list = [...valuesOf(registry, "gateway_budget_limit_usd")].map(([key, limit]) => {
      const [scope = "", name = "", window = ""] = JSON.parse(key) as string[];
      const period = BUDGET_PERIODS.find((it) => it === window);
      return {
        scope,
        name,
        per: window,
        limit_usd: limit,
        spent_usd: spent.get(key) ?? 0,
        renews_at: period === undefined ? null : windowOf(period, now()).endsAt,
      };
    });
    return jsonAnswer(exchange, asJson({ budgets: list, limits: counted }));
  };
}

function valuesOf(
  registry: Registry,
  name: "gateway_budget_limit_usd" | "gateway_budget_spent_usd",
): Map<string, number> {
  const found = new Map<string, number>();
  for (const [labels, series] of registry.families.get(name)?.entries() ?? []) {
    if ("value" in series && Number.isFinite(series.value)) found.set(JSON.stringify(labels), series.value);
  }
  return found;
}
