import type { Config } from "../config/config.ts";
import { roughTokens } from "../endpoints/token_count/estimate.ts";
import type { RoutedRequest } from "../stages/json_request.ts";
import { CostCeiling } from "../stages/limits/cost_ceiling.ts";
import { limitCheck, type LimitCheckOptions } from "../stages/limits/limit_check.ts";
import { LimitRules, rulesOf, withDefaults } from "../stages/limits/limit_rules.ts";
import type { ModelTable } from "../stages/model_table.ts";
import type { Stage } from "../stages/stage.ts";
import type { Limits } from "../stores/key_records.ts";
import type { LimitRule } from "../stores/limit_store.ts";
import type { Foundation } from "./foundation.ts";
import type { LimitKeeper } from "./limit_keeper.ts";
import { buildPrices } from "./prices.ts";

/** The stages that ask for a request's limits: for those whose tokens cost, and for all others. */
export async function limitStages(
  config: Config,
  foundation: Foundation,
  models: ModelTable,
): Promise<{ readonly making: Stage<RoutedRequest>[]; readonly asking: Stage<RoutedRequest>[] }> {
  const { store, board, shares, follow } = await foundation.limits();
  const prices = buildPrices(config);
  follow(config, configuredRules(config, shares).filter(({ kind }) => kind === "budget"));
  const options: LimitCheckOptions = {
    clock: foundation.clock,
    rules: new LimitRules({ keys: config.limits.keys, models: limitedModels(config), shares }),
    store,
    ceiling: new CostCeiling(models, ({ provider, model }) => prices.find(provider.name, model)),
    expectedOutput: config.limits.expected_output,
    roughTokens,
    onSpent: board.spent,
    onSpentUp: board.refused,
  };
  return { making: [limitCheck(options, "tokens")], asking: [limitCheck(options, "nothing")] };
}

/** Limits and budgets that are known before anybody asks. */
export function configuredRules({ auth, limits }: Config, shares: LimitKeeper["shares"]): LimitRule[] {
  return [
    ...auth.keys.flatMap((key) => rulesOf("key", key.name, key.name, withDefaults(key, limits.keys), shares)),
    ...Object.entries(auth.teams).flatMap(([name, team]) => rulesOf("team", name, name, team, shares)),
    ...Object.entries(limits.models).flatMap(([name, model]) => rulesOf("model", name, name, model, shares)),
  ];
}

/** Limited models by each of their names. */
function limitedModels({ limits, models }: Config): Map<string, { name: string; limits: Limits }> {
  const known = new Map<string, { name: string; limits: Limits }>();
  for (const [asked, own] of Object.entries(limits.models)) {
    const model = models[asked] === undefined
      ? Object.entries(models).find(([, { aliases }]) => aliases.includes(asked))
      : [asked, models[asked]] as const;
    const [name, { aliases }] = model ?? [asked, { aliases: [] }];
    for (const each of [name, ...aliases]) known.set(each, { name, limits: own });
  }
  return known;
}
