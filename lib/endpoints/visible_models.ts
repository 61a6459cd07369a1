import { mayAsk, visible } from "../stages/model_access.ts";
import type { ModelEntry, ModelTable } from "../stages/model_table.ts";
import { unknownModel } from "../stages/routing_decision.ts";
import type { Exchange } from "../telemetry/exchange.ts";

/**
 * Finds the models that can answer now and that the caller's key may ask for; the others are as if they were not there.
 * @returns what throws `model_not_found`, which names no other ones either.
 */
export function visibleModels(models: ModelTable): (exchange: Exchange, name: string) => ModelEntry {
  return (exchange, name) => {
    const access = exchange.principal?.access ?? null;
    const entry = models.get(name);
    const isVisible = entry !== undefined && (access === null || mayAsk(access, entry));
    if (isVisible && entry.targets.length > 0) return entry;
    throw unknownModel(name, visible(models, access).map((it) => it.name));
  };
}
