import { jsonAnswer } from "../endpoints/json_answer.ts";
import { BUDGET_PERIODS, windowOf } from "../stores/limits/budget_windows.ts";
import type { Registry } from "../telemetry/metrics/registry.ts";
import { asJson } from "./as_json.ts";
import type { ConsoleEndpoint } from "./guard.ts";

/** `GET /budgets`: what the metrics say of budgets. Of limits nobody has a list: they are counted where they are used. */
export function budgets(registry: Registry, now: () => number): ConsoleEndpoint {
  return function budgets(exchange) {
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
    return jsonAnswer(exchange, asJson({ budgets: list, limits: [] }));
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
