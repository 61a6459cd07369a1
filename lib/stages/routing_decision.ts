import { GatewayError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import type { RoutedRequest } from "./json_request.ts";
import type { ModelTable } from "./model_table.ts";
import type { Stage } from "./stage.ts";

/** Finds the targets of the model that was asked for. */
export function routingDecision(models: ModelTable): Stage<RoutedRequest> {
  const names = [...models.keys()];
  return {
    name: "routing_decision",
    phase: "route",
    run(_exchange, request) {
      const entry = models.get(request.model);
      if (entry === undefined) throw unknownModel(request.model, names);
      if (entry.targets.length === 0) {
        const variables = entry.missing.join(" or ");
        throw new GatewayError(
          "provider_not_configured",
          `The model '${entry.name}' has no provider: set ${variables} and start the gateway again.`,
          { param: "model" },
        );
      }
      request.targets = entry.targets;
      return null;
    },
  };
}

/** 404 for a model that is not configured, with the nearest that is. */
export function unknownModel(asked: string, names: readonly string[]): GatewayError {
  const shown = asked.length > 100 ? `${asked.slice(0, 100)}…` : asked;
  const close = nearest(asked, names);
  const hint = close === null ? "" : ` Did you mean '${close}'?`;
  return new GatewayError("model_not_found", `The model '${shown}' does not exist.${hint}`, {
    param: "model",
  });
}
