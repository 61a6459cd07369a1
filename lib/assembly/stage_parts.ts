import { Backends } from "./backends.ts";
import type { Config } from "../config/config.ts";
import type { Foundation } from "./foundation.ts";
import { buildModels, buildProviders } from "./models.ts";
import type { InstrumentedProvider } from "../providers/instrumented_provider.ts";
import { openServices } from "./services.ts";
import { buildStages, type StageLists } from "./stage_list.ts";
import { InnerCalls, type InnerCallsOptions } from "../stages/inner_calls.ts";
import type { ModelTable } from "../stages/model_table.ts";
import { RetryBudget } from "../stages/upstream/retry_policy.ts";
import type { UpstreamRequestOptions } from "../stages/upstream_request.ts";
import { CODECS } from "../wire/codecs.ts";
import { googleEmbeddings } from "../wire/embeddings/google.ts";

/** Bytes of a stream that may wait for its client. */
const HIGH_WATER_MARK = 64 * 1024;

/** What a configuration's requests go through, and what that is made of. */
export interface StageParts {
  /** They connect to nothing yet. */
  readonly providers: Map<string, InstrumentedProvider>;
  readonly models: ModelTable;
  readonly upstream: UpstreamRequestOptions;
  readonly embeddings: InnerCallsOptions["embeddings"];
  readonly calls: InnerCalls;
  readonly stages: StageLists;
  readonly backends: Backends;
}

/**
 * Puts together the stages of a configuration. Connects to nothing.
 * @param callsBy makes what stages ask models with.
 * @param before whose account of targets goes on where it can.
 * @throws whatever a provider's settings throw.
 */
export async function buildStageParts(
  config: Config,
  foundation: Foundation,
  callsBy: (options: InnerCallsOptions) => InnerCalls = (options) => new InnerCalls(options),
  before: Backends | null = null,
): Promise<StageParts> {
  const { version, clock, random, deadlines, pace, openAnswers, telemetry: { logger } } = foundation;
  const providers = await buildProviders(config, {
    version,
    clock,
    deadlines,
    random,
    pace,
    onWarning: (message) => logger.warn(message, { event: "provider.warning" }),
  });
  const backends = new Backends(config, foundation, before);
  const models = buildModels(config, providers, Math.floor(clock.wall() / 1000), backends);
  const upstream: UpstreamRequestOptions = {
    clock,
    deadlines,
    random,
    openAnswers,
    routingHeaders: config.backends.headers ?? config.observability.conventions[0] === "semantic_router",
    budget: new RetryBudget(config.retry.budget, clock),
    retry: {
      attempts: config.retry.attempts,
      baseDelay: config.retry.base_delay,
      maxDelay: config.retry.max_delay,
      maxRetryAfter: config.retry.max_retry_after,
    },
    codecs: CODECS,
    stream: {
      commitAfter: config.stream.commit_after,
      pingInterval: config.stream.ping_interval,
      writeStall: config.server.write_stall_timeout,
      maxEventBytes: config.stream.max_event_size,
      highWaterMark: HIGH_WATER_MARK,
    },
  };
  const embeddings = { google: googleEmbeddings };
  const services = openServices(config, foundation);
  const calls = callsBy({ models, upstream, embeddings, services });
  const stages = await buildStages(config, { foundation, models, upstream, calls });
  return { providers, models, upstream, embeddings, calls, stages, backends };
}
