import type { LimitRule, LimitScope } from "../../stores/limit_store.ts";
import { type Limits, NO_LIMITS } from "../../stores/key_records.ts";
import type { Principal } from "../../telemetry/exchange.ts";

/** The limits of a request, and what has to be known of it for them. */
export interface RuleSet {
  readonly rules: readonly LimitRule[];
  readonly countsTokens: boolean;
  readonly countsMoney: boolean;
}

export interface LimitRulesOptions {
  /** Of every key, where it says nothing else. */
  readonly keys: Limits;
  /** By every name that clients may use, with the one that it is counted under. */
  readonly models: ReadonlyMap<string, { readonly name: string; readonly limits: Limits }>;
  /** Among how many stores that know nothing of each other limits are divided, and budgets. */
  readonly shares: { readonly limits: number; readonly budgets: number };
}

/** Billionths of a US dollar: sums of them are exact. */
export const NANO_USD = 1e9;

const NOTHING: RuleSet = { rules: [], countsTokens: false, countsMoney: false };

/** Which limits hold for whom. What one key and model come to is worked out once. */
export class LimitRules {
  readonly #options: LimitRulesOptions;
  readonly #callers = new WeakMap<Principal, Caller>();
  readonly #nobody: Caller;
  readonly #models: ReadonlyMap<string, { readonly name: string; readonly rules: readonly LimitRule[] }>;

  constructor(options: LimitRulesOptions) {
    this.#options = options;
    this.#nobody = new Caller([]);
    const known = new Map<string, { name: string; rules: LimitRule[] }>();
    this.#models = new Map(
      [...options.models].map(([asked, { name, limits }]) => {
        let model = known.get(name);
        if (model === undefined) {
          known.set(name, model = { name, rules: rulesOf("model", name, name, limits, options.shares) });
        }
        return [asked, model];
      }),
    );
  }

  /** The rules of a request. @param model as it was asked for. */
  of(principal: Principal | null, model: string): RuleSet {
    const caller = principal === null ? this.#nobody : this.#callerOf(principal);
    const limited = this.#models.get(model);
    return limited === undefined ? caller.own : caller.with(limited);
  }

  #callerOf(principal: Principal): Caller {
    let caller = this.#callers.get(principal);
    if (caller === undefined) this.#callers.set(principal, caller = new Caller(this.#rulesOf(principal)));
    return caller;
  }

  #rulesOf({ keyId, name, limited }: Principal): LimitRule[] {
    const { keys, shares } = this.#options;
    const key = limited.find(({ kind }) => kind === "key");
    const others = limited.filter(({ kind }) => kind !== "key");
    return [
      ...rulesOf("key", keyId, key?.name ?? name, withDefaults(key?.limits ?? NO_LIMITS, keys), shares),
      ...others.flatMap(({ kind, id, name, limits }) => rulesOf(kind, id, name, limits, shares)),
    ];
  }
}

/** What holds for one caller, by the model that is asked for. */
class Caller {
  readonly own: RuleSet;
  readonly #withModels = new Map<string, RuleSet>();

  constructor(readonly rules: readonly LimitRule[]) {
    this.own = ruleSet(rules);
  }

  with({ name, rules }: { readonly name: string; readonly rules: readonly LimitRule[] }): RuleSet {
    let known = this.#withModels.get(name);
    if (known === undefined) this.#withModels.set(name, known = ruleSet([...this.rules, ...rules]));
    return known;
  }
}

function ruleSet(rules: readonly LimitRule[]): RuleSet {
  if (rules.length === 0) return NOTHING;
  return {
    rules,
    countsTokens: rules.some(({ kind }) => kind === "tokens"),
    countsMoney: rules.some(({ kind }) => kind === "budget"),
  };
}

/** Somebody's own limits, and where they say nothing those of all. */
export function withDefaults(own: Limits, defaults: Limits): Limits {
  return {
    rpm: own.rpm ?? defaults.rpm,
    tpm: own.tpm ?? defaults.tpm,
    max_parallel: own.max_parallel ?? defaults.max_parallel,
    budgets: own.budgets.length > 0 ? own.budgets : defaults.budgets,
  };
}

/** The rules of somebody, or of a model. */
export function rulesOf(
  scope: LimitScope,
  id: string,
  name: string,
  { rpm, tpm, max_parallel, budgets }: Limits,
  shares: LimitRulesOptions["shares"],
): LimitRule[] {
  const whose = `${scope}:${id}`;
  const counted = (kind: "requests" | "tokens" | "parallel", limit: number | null): LimitRule[] =>
    limit === null ? [] : [{
      id: `${whose}:${kind}`,
      kind,
      scope,
      of: id,
      name,
      limit: Math.ceil(limit / shares.limits),
      period: null,
    }];
  return [
    ...counted("requests", rpm),
    ...counted("tokens", tpm),
    ...counted("parallel", max_parallel),
    ...budgets.map(({ per, usd }): LimitRule => ({
      id: `${whose}:budget:${per}`,
      kind: "budget",
      scope,
      of: id,
      name,
      limit: Math.ceil(usd * NANO_USD / shares.budgets),
      period: per,
    })),
  ];
}
