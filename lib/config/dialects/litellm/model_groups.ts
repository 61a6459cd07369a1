import type { Deployment } from "./deployment.ts";
import { Standins } from "./standins.ts";
import type { LiteLlmState } from "./state.ts";

/** Makes native models of the deployments: those of one name are its targets. */
export function writeModels(state: LiteLlmState, deployments: readonly Deployment[]): void {
  const groups = Map.groupBy(deployments, ({ group }) => group);
  for (const [name, targets] of groups) writeModel(state, name, targets);
  new Standins(state, groups).write();
  for (const deployment of deployments) writePrices(deployment);
}

function writeModel(state: LiteLlmState, name: string, given: readonly Deployment[]): void {
  const { draft } = state;
  const { targets, policy, zero } = inOrder(given);
  const weights = weightsOf(targets);
  if (policy !== null) draft.set(["models", name, "policy"], "priority", policy);
  targets.forEach((target, index) => {
    const at = ["models", name, "targets", index];
    draft.set([...at, "provider"], target.providerName, target.at("model"));
    draft.set([...at, "model"], target.model, target.at("model"));
    const weight = zero.has(target) ? { value: 0, path: target.order?.path ?? target.path } : weights[index];
    if (weight !== undefined) draft.set([...at, "weight"], weight.value, weight.path);
  });
  draft.place(["models", name], [...(given[0]?.path ?? []), "model_name"]);
  const length = given.find(({ contextLength }) => contextLength !== null)?.contextLength;
  if (length !== undefined && length !== null) {
    draft.set(["models", name, "context_length"], length.value, length.path);
  }
  for (const deployment of given) writeBudget(deployment, given.length);
}

/** LiteLLM's durations that are periods of the calendar here. */
const PERIODS: Readonly<Record<string, string>> = {
  "24h": "day",
  "1d": "day",
  daily: "day",
  "7d": "week",
  weekly: "week",
  "30d": "month",
  "1mo": "month",
  monthly: "month",
};

/** A budget here is of a model's name, whichever deployment answers. */
function writeBudget(deployment: Deployment, deployments: number): void {
  const { budget, draft, group } = deployment;
  if (budget === null) return;
  const duration = deployment.native("budget_duration") ?? "";
  const per = PERIODS[duration];
  if (deployments > 1) {
    draft.note(
      budget.path,
      "is not supported: a budget of one of several deployments; limits.models has it for all",
    );
  } else if (per === undefined || budget.value <= 0) {
    draft.note(
      budget.path,
      `is not supported with a budget_duration of "${duration}": budgets are of a day, week or month`,
    );
  } else {
    const at = ["limits", "models", group, "budgets", 0];
    draft.set([...at, "per"], per, deployment.at("budget_duration"));
    draft.set([...at, "usd"], budget.value, budget.path);
  }
}

/** Those of the lowest order first. With two orders the higher one gets no share; with more all are in a row. */
function inOrder(given: readonly Deployment[]) {
  const levels = [...new Set(given.map(orderOf))].toSorted((a, b) => a - b);
  const [first = 0] = levels;
  if (levels.length < 2) return { targets: given, policy: null, zero: new Set<Deployment>() };
  if (levels.length === 2 && given.length > 2) {
    return { targets: given, policy: null, zero: new Set(given.filter((it) => orderOf(it) !== first)) };
  }
  const targets = given.toSorted((a, b) => orderOf(a) - orderOf(b));
  const path = given.find(({ order }) => order !== null)?.order?.path ?? null;
  return { targets, policy: path, zero: new Set<Deployment>() };
}

function orderOf({ order }: Deployment): number {
  return order?.value ?? 1;
}

/** By the first kind of share that the first deployment has; who has none of that kind gets none of the traffic. */
function weightsOf(targets: readonly Deployment[]) {
  const [first] = targets;
  if (targets.length < 2 || first === undefined) return [];
  const kind = (["weight", "rpm", "tpm"] as const).find((it) => first.shares[it] !== null);
  if (kind === undefined) return [];
  return targets.map(({ shares, path }) => shares[kind] ?? { value: 0, path });
}

function writePrices({ draft, prices, providerName, model }: Deployment): void {
  for (const [native, { value, path }] of prices) {
    if (model.includes("*")) draft.note(path, "is not supported: a price for a model with a wildcard");
    else {
      const million = Number((value * 1e6).toPrecision(12));
      draft.setDefault(["prices", `${providerName}/${model}`, native], million, path);
    }
  }
}
