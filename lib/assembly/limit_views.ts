import type { Config } from "../config/config.ts";
import { hasLimits } from "../config/has_limits.ts";
import type { LimitView } from "../console/limit_view.ts";
import { rulesOf, withDefaults } from "../stages/limits/limit_rules.ts";
import type { LimitKind, LimitRule } from "../stores/limit_store.ts";
import type { Foundation } from "./foundation.ts";
import { configuredRules } from "./limits.ts";
import type { LimitKeeper } from "./limit_keeper.ts";

/** Virtual keys, teams and users that are looked at, of each; and limits that are shown. */
const MOST_RECORDS = 200;
const MOST = 500;

const NAMES: Readonly<Record<Exclude<LimitKind, "budget">, LimitView["limit"]>> = {
  requests: "rpm",
  tokens: "tpm",
  parallel: "max_parallel",
};

/**
 * Who may ask for how much, and what of that is used now, as far as this process knows. Budgets are told with the
 * metrics, where from now on those are too that nobody has asked for yet.
 */
export async function limitViews(foundation: Foundation, config: Config): Promise<LimitView[]> {
  if (!hasLimits(config)) return [];
  const { store, shares, show } = await foundation.limits();
  const all = [...configuredRules(config, shares), ...await virtualRules(foundation, config, shares)];
  await show(all.filter(({ kind }) => kind === "budget"));
  const rules = all.filter(({ kind }) => kind !== "budget").slice(0, MOST);
  const used = await store.peek(rules);
  return rules.flatMap(({ kind, scope, of, name, limit }, i) =>
    kind === "budget" ? [] : [{ scope, id: of, name, limit: NAMES[kind], used: used[i] ?? 0, of: limit }]
  );
}

/** Of those who are made while the gateway runs. A store that cannot be asked tells so itself. */
async function virtualRules(
  { keys }: Foundation,
  config: Config,
  shares: LimitKeeper["shares"],
): Promise<LimitRule[]> {
  if (keys === null) return [];
  const page = { after: "", limit: MOST_RECORDS };
  const of = async (kind: "key" | "team" | "user") => {
    const records = await keys.store.list(kind, page);
    return records.flatMap((record) => {
      const limits = kind === "key" ? withDefaults(record, config.limits.keys) : record;
      return rulesOf(kind, record.id, record.name === "" ? record.id : record.name, limits, shares);
    });
  };
  try {
    return [...await of("key"), ...await of("team"), ...await of("user")];
  } catch {
    return [];
  }
}
