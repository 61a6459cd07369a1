import { cacheStage } from "./answer_cache.ts";
import type { Config } from "./config/config.ts";
import type { Foundation } from "./foundation.ts";
import { backendSelection } from "./stages/backend_selection.ts";
import { InnerCalls } from "./stages/inner_calls.ts";
import type { RoutedRequest } from "./stages/json_request.ts";
import type { ModelTable } from "./stages/model_table.ts";
import { routingDecision } from "./stages/routing_decision.ts";
import type { Stage } from "./stages/stage.ts";
import { upstreamRequest, type UpstreamRequestOptions } from "./stages/upstream_request.ts";
import type { EmbeddingsCodecs } from "./stages/prepare_embeddings.ts";

/** What the stages are made of, apart from the configuration. */
export interface StageSurroundings {
  readonly foundation: Foundation;
  readonly models: ModelTable;
  readonly upstream: UpstreamRequestOptions;
  readonly embeddings: EmbeddingsCodecs;
}

export interface StageLists {
  /** For requests of generation, in guide 003's order; a stage that is off is not there. */
  readonly generation: readonly Stage[];
  /** For what is only routed: embeddings and the like. */
  readonly routing: readonly Stage<RoutedRequest>[];
}

/** The one place that says which stages there are, and in which order. */
export function buildStages(config: Config, surroundings: StageSurroundings): StageLists {
  const { foundation: { random, answerCache }, models, upstream, embeddings } = surroundings;
  const calls = new InnerCalls({ models, upstream, embeddings });
  const routing = [routingDecision(models), backendSelection(random)];
  return {
    generation: [
      // classification, PII detection, jailbreak detection
      ...(answerCache === null ? [] : [cacheStage(config.cache, answerCache, upstream, calls)]),
      ...routing,
      // injection of system prompts
      upstreamRequest(upstream),
    ],
    routing,
  };
}
