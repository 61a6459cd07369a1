import { GatewayError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import type { RoutedRequest } from "./json_request.ts";
import type { ModelEntry, ModelTable } from "./model_table.ts";
import { recordedStage, type RecordedStageOptions } from "./recorded_stage.ts";
import type { Stage } from "./stage.ts";

/** Finds the targets of the model that was asked for. */
export function routingDecision(models: ModelTable): Stage<RoutedRequest> {
  const find = modelFinder(models);
  return {
    name: "routing_decision",
    phase: "route",
    run(_exchange, request) {
      request.targets = find(request.model).targets;
      return null;
    },
  };
}

/** The same with a span, for conventions whose traces show each decision. */
export function shownRoutingDecision(
  models: ModelTable,
  options: RecordedStageOptions,
): Stage<RoutedRequest> {
  const find = modelFinder(models);
  const shown = recordedStage<"routing_decision", RoutedRequest>(
    "routing_decision",
    "route",
    (exchange, { model }) => ({ facts: specified(exchange.requestedModel, model) }),
    options,
  );
  return {
    ...shown,
    run(exchange, request) {
      request.targets = find(request.model).targets;
      return shown.run(exchange, request);
    },
  };
}

/** What is told of a request that names its model. */
export function specified(requestedModel: string, selectedModel: string) {
  return {
    strategy: "specified",
    reason: requestedModel === selectedModel ? "asked for by name" : "changed on the way",
    requestedModel,
    selectedModel,
    modelCount: 1,
    reasoningEnabled: null,
    reasoningEffort: "",
  } as const;
}

/**
 * Finds models that have a target.
 * @returns what throws `model_not_found` (404) and `provider_not_configured` (503).
 */
export function modelFinder(models: ModelTable): (name: string) => ModelEntry {
  const names = [...models.keys()];
  return (name) => {
    const entry = models.get(name);
    if (entry === undefined) throw unknownModel(name, names);
    if (entry.targets.length > 0) return entry;
    const variables = entry.missing.join(" or ");
    throw new GatewayError(
      "provider_not_configured",
      `The model '${entry.name}' has no provider: set ${variables} and start the gateway again.`,
      { param: "model" },
    );
  };
}

/** 404 for a model that is not configured, with the nearest that is. */
export function unknownModel(asked: string, names: readonly string[]): GatewayError {
  const shown = asked.length > 100 ? `${asked.slice(0, 100)}…` : asked;
  const close = nearest(asked, names);
  const hint = close === null ? "GET /v1/models lists those that do." : `Did you mean '${close}'?`;
  return new GatewayError("model_not_found", `The model '${shown}' does not exist. ${hint}`, {
    param: "model",
  });
}
