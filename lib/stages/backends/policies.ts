import type { Policy } from "../../telemetry/names/policies.ts";
import type { Target } from "../model_table.ts";

export type { Policy };

export interface PolicyContext {
  readonly random: () => number;
  /** US dollars for a million tokens of input and as many of output; `NaN`: unknown, which comes last. */
  readonly price: (target: Target) => number;
}

type Order = (targets: readonly Target[], context: PolicyContext) => Target[];

const ORDERS: Readonly<Record<Policy, Order>> = {
  weighted: (targets, { random }) => weightedOrder(targets, random),
  priority: (targets) => [...targets],
  least_busy: (targets, context) =>
    by(targets, context, ({ backend, weight }) => (backend?.inFlight ?? 0) / weight),
  latency: (targets, context) => twoChoices(by(targets, context, loadOf), context),
  cost: (targets, context) => by(targets, context, (target) => orLast(context.price(target))),
  least_used: (targets, context) =>
    by(targets, context, ({ backend, weight }) => (backend?.usedTokens ?? 0) / weight),
};

export function orderBy(policy: Policy, targets: readonly Target[], context: PolicyContext): Target[] {
  const spare = policy === "priority" ? [] : targets.filter(({ weight }) => weight <= 0);
  const chosen = spare.length === 0 ? targets : targets.filter(({ weight }) => weight > 0);
  return ORDERS[policy](chosen, context).concat(spare);
}

/**
 * A random order in which each target comes first with a chance proportional to its weight, and so on among the
 * rest. Targets of weight 0 come last, in the order of the configuration.
 */
export function weightedOrder(targets: readonly Target[], random: () => number): Target[] {
  const rest = targets.filter((target) => target.weight > 0);
  const order: Target[] = [];
  while (rest.length > 0) {
    const total = rest.reduce((sum, target) => sum + target.weight, 0);
    let draw = random() * total;
    let index = rest.findIndex((target) => (draw -= target.weight) < 0);
    if (index < 0) index = rest.length - 1;
    order.push(...rest.splice(index, 1));
  }
  return order.concat(targets.filter((target) => target.weight <= 0));
}

/** The smallest first; those that are equal in an order by weight, so that they share. */
function by(
  targets: readonly Target[],
  { random }: PolicyContext,
  read: (target: Target) => number,
): Target[] {
  return weightedOrder(targets, random).map((target) => ({ target, value: read(target) }))
    .sort((a, b) => a.value - b.value)
    .map(({ target }) => target);
}

/**
 * The better of two that are drawn comes first: with many gateways, or many requests at once, the very best would
 * get them all before anybody sees that it is busy.
 * @param sorted the best first.
 */
function twoChoices(sorted: Target[], { random }: PolicyContext): Target[] {
  if (sorted.length < 3) return sorted;
  const first = Math.floor(random() * sorted.length);
  const second = Math.floor(random() * (sorted.length - 1));
  const better = Math.min(first, second >= first ? second + 1 : second);
  const [chosen] = sorted.splice(better, 1);
  return chosen === undefined ? sorted : [chosen, ...sorted];
}

function loadOf({ backend }: Target): number {
  return backend?.load ?? 0;
}

function orLast(value: number): number {
  return Number.isNaN(value) ? Infinity : value;
}

/** The same target first for the same key, as long as it is there: highest random weight (rendezvous) hashing. */
export function stickyOrder(targets: readonly Target[], key: string): Target[] {
  let chosen = -1;
  let best = -1;
  targets.forEach((target, index) => {
    if (target.weight <= 0) return;
    const score = hash(`${key}\u0000${target.provider.name}/${target.model}`);
    if (score > best) [chosen, best] = [index, score];
  });
  if (chosen <= 0) return [...targets];
  return [targets[chosen] as Target, ...targets.filter((_, index) => index !== chosen)];
}

/** FNV-1a with a final mix, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
