import type { RoutedRequest } from "./json_request.ts";
import type { Target } from "./model_table.ts";
import type { Stage } from "./stage.ts";

/** Puts the targets of a request into the order in which they are tried: by weight, at random. */
export function backendSelection(random: () => number): Stage<RoutedRequest> {
  return {
    name: "backend_selection",
    phase: "select",
    run(_exchange, request) {
      if (request.targets.length > 1) request.targets = weightedOrder(request.targets, random);
      return null;
    },
  };
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
