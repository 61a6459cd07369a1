import type { Config } from "../config/config.ts";
import type { Foundation } from "./foundation.ts";
import { autoRoutingStage, classificationStages, systemPromptStages } from "./routing.ts";
import { backendSelection } from "../stages/backend_selection.ts";
import { hasLimits, keepsSpend } from "../config/has_limits.ts";
import { buildPrices } from "./prices.ts";
import type { InnerCalls } from "../stages/inner_calls.ts";
import type { RoutedRequest } from "../stages/json_request.ts";
import type { ModelTable, Target } from "../stages/model_table.ts";
import { LatencyBoard, withLatency } from "../stages/routing/latency_board.ts";
import { modelAccess } from "../stages/model_access.ts";
import { routingDecision, shownRoutingDecision } from "../stages/routing_decision.ts";
import type { PriceList } from "../telemetry/cost/price_list.ts";
import type { Stage } from "../stages/stage.ts";
import { upstreamRequest, type UpstreamRequestOptions } from "../stages/upstream_request.ts";
import { showsDecisions } from "../telemetry/names/spans.ts";

/** What the stages are made of, apart from the configuration. */
export interface StageSurroundings {
  readonly foundation: Foundation;
  readonly models: ModelTable;
  readonly upstream: UpstreamRequestOptions;
  /** How stages ask models. */
  readonly calls: InnerCalls;
}

export interface StageLists {
  /** For requests of generation, in guide 003's order; a stage that is off is not there. */
  readonly generation: readonly Stage[];
  /** For what is only routed: embeddings and the like. */
  readonly routing: readonly Stage<RoutedRequest>[];
  /** The same for what makes no tokens that cost. */
  readonly counting: readonly Stage<RoutedRequest>[];
  /** For what names no model, and goes where it is configured to. */
  readonly unrouted: readonly Stage<RoutedRequest>[];
}

/** The one place that says which stages there are, and in which order. Code of stages that are off is not loaded. */
export async function buildStages(config: Config, surroundings: StageSurroundings): Promise<StageLists> {
  const { foundation, models, upstream, calls } = surroundings;
  const { clock, deadlines, random, answerCache } = foundation;
  const recorded = { clock, deadlines };
  const latencies = new LatencyBoard();
  const parts = { models, calls, recorded, random, latencies };
  const specified = showsDecisions(config.observability.conventions)
    ? shownRoutingDecision(models, { ...recorded, deadline: 0, onFailure: "open" })
    : routingDecision(models);
  const auto = autoRoutingStage(config, parts);
  const selection = backendSelection({
    clock,
    random,
    models,
    policy: config.backends.policy,
    sticky: config.backends.sticky,
    price: priceOf(buildPrices(config)),
    // Guide 003 shows it on every request, guide 002 on none.
    recorded: config.observability.conventions[0] === "semantic_router" ||
      config.backends.policy !== "weighted",
  });
  const last = upstreamRequest(upstream);
  const access = restrictsModels(config) ? [modelAccess(models, new Set(config.routing?.auto_models))] : [];
  // Before anything costs: what is refused costs nothing.
  const limits = await buildLimitStages(config, foundation, models);
  return {
    generation: [
      ...access,
      ...limits.making,
      ...classificationStages(config, parts),
      ...(config.pii.enabled ? [(await import("./pii.ts")).piiStage(config.pii, foundation, calls)] : []),
      ...(config.jailbreak.enabled
        ? [(await import("./jailbreak.ts")).jailbreakStage(config.jailbreak, foundation, calls)]
        : []),
      ...(answerCache !== null
        ? [(await import("./answer_cache.ts")).cacheStage(config.cache, answerCache, upstream, calls)]
        : []),
      auto ?? specified,
      // Another one may have been chosen on the way.
      ...access,
      selection,
      ...systemPromptStages(config, parts),
      auto === null ? last : withLatency(last, latencies, clock),
    ],
    routing: [...access, ...limits.making, specified, selection],
    counting: [...access, ...limits.asking, specified, selection],
    unrouted: limits.asking,
  };
}

interface LimitStages {
  /** For requests whose tokens cost. */
  readonly making: readonly Stage<RoutedRequest>[];
  /** For all others. */
  readonly asking: readonly Stage<RoutedRequest>[];
}

async function buildLimitStages(
  config: Config,
  foundation: Foundation,
  models: ModelTable,
): Promise<LimitStages> {
  if (!hasLimits(config) && !keepsSpend(config)) return { making: [], asking: [] };
  return await (await import("./limits.ts")).limitStages(config, foundation, models);
}

/** Whether a key may be one that may not ask for everything. */
function restrictsModels({ auth, keys }: Config): boolean {
  return keys !== null || [...auth.keys, ...Object.values(auth.teams)].some(({ models }) => models !== null);
}

/** What a million tokens of input and as many of output cost at a target; `NaN`: nobody knows. */
function priceOf(prices: PriceList): (target: Target) => number {
  return ({ provider, model }) => {
    const price = prices.find(provider.name, model);
    return price === null ? NaN : (price.input ?? NaN) + (price.output ?? NaN);
  };
}
