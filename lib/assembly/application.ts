import type { Backends } from "./backends.ts";
import type { Config } from "../config/config.ts";
import type { BackgroundOptions } from "../endpoints/background/begin_run.ts";
import { KeyAttempts } from "../endpoints/admin/key_attempts.ts";
import type { GenerationOptions } from "../endpoints/generation.ts";
import { NamedIds } from "../endpoints/named_ids.ts";
import type { Foundation } from "./foundation.ts";
import { keepsSpend } from "../config/has_limits.ts";
import { keepsOwners } from "../config/pass_through.ts";
import { buildHealthChecks } from "./health_checks.ts";
import { buildLayers } from "./layers.ts";
import { Limiters } from "../middleware/limiters.ts";
import { passThroughTarget } from "./models.ts";
import { type AdminOptions, adminRoutes } from "../routes/admin.ts";
import { consoleOff } from "../routes/console_off.ts";
import { azureRoutes } from "../routes/azure.ts";
import { chatRoutes } from "../routes/chat.ts";
import { googleRoutes } from "../routes/google.ts";
import { interactionRoutes } from "../routes/interactions.ts";
import { ollamaRoutes } from "../routes/ollama.ts";
import { operationRoutes } from "../routes/operations.ts";
import { metricsRoute, probeRoutes } from "../routes/operator.ts";
import { conversationRoutes, responseRoutes } from "../routes/responses.ts";
import { withAutoModels } from "./routing.ts";
import { buildStageParts } from "./stage_parts.ts";
import { storyOptions } from "./story_options.ts";
import { SharedUsage } from "../stages/backends/shared_usage.ts";
import { watchSecrets } from "./secret_watch.ts";
import { TrustedProxies } from "../server/client_address.ts";
import type { ServerHandler } from "../server/engine.ts";
import { createPipeline } from "../server/pipeline.ts";
import { TargetReader } from "../server/request_target.ts";
import { type Route, Router } from "../server/router.ts";
import { samplerOf } from "../telemetry/telemetry.ts";

/** What is made of one configuration, and replaced as a whole by what is made of the next. */
export interface Application {
  readonly config: Config;
  readonly handler: ServerHandler;
  /** All that it answers to. */
  readonly routes: readonly Route[];
  /** Of the address that metrics may have of their own. */
  readonly metricsHandler: ServerHandler;
  /** Of the address that the admin API may have of its own. */
  readonly adminHandler: ServerHandler;
  /** Models that can be asked for. */
  readonly models: number;
  readonly limiters: Limiters;
  readonly backends: Backends;
  /** Wrong keys that operators' routes were shown, whatever the configuration. */
  readonly attempts: KeyAttempts;
  /**
   * It is the one that serves now: follows the files of its secrets, asks providers whether they are well, and
   * telemetry goes by its configuration.
   */
  begin(): void;
  /** Stops asking providers by itself; requests go on. */
  drain(): void;
  /** The same, and stops following files; requests that began with it go on. */
  retire(): void;
  /** Closes the providers, once nobody asks them any more. */
  close(): Promise<void>;
}

export interface ApplicationOptions {
  /** Whether the gateway is about to end. */
  readonly draining: () => boolean;
  readonly admin: Omit<AdminOptions, "spend" | "attempts">;
  /** Whose state goes on where it can; null at the start. */
  readonly before: Application | null;
}

/** Puts together what answers requests. Connects to nothing. @throws whatever a provider's or exporter's settings throw. */
export async function buildApplication(
  config: Config,
  foundation: Foundation,
  options: ApplicationOptions,
): Promise<Application> {
  const { version, clock, deadlines, telemetry, openAnswers, stores } = foundation;
  const { logger, recorder } = telemetry;
  const before = options.before?.backends ?? null;
  const parts = await buildStageParts(config, foundation, undefined, before);
  const { providers, models, upstream, embeddings: embeddingsCodecs, stages, backends } = parts;
  const listed = withAutoModels(config, models, Math.floor(clock.wall() / 1000));
  const { codecs: _codecs, stream: streamOptions, ...call } = upstream;
  const body = { limit: config.server.max_body_size, timeout: config.server.body_timeout, deadlines };
  const operation = { clock, body, routing: stages.routing, call };
  const unnamed = passThroughTarget(config, providers);
  // With keys of their own callers have accounts of their own.
  const owners = keepsOwners(config) && !("provider" in unnamed && unnamed.provider.passesKeys)
    ? await foundation.ownedIds()
    : null;
  const named = owners === null ? null : new NamedIds(owners, new Set(config.pass_through.common), clock);
  const generation: GenerationOptions = {
    clock,
    body,
    stages: stages.generation,
    named,
  };
  const embeddings = { ...operation, codecs: embeddingsCodecs };
  const background: BackgroundOptions = {
    clock,
    runs: foundation.runs,
    items: stores.items,
    background: foundation.backgroundRuns,
    stages: generation.stages,
    open: () => recorder.open(),
    run: { maxEventBytes: config.conversations.background.max_event_size },
    follower: { openAnswers, output: { deadlines, ...streamOptions } },
  };

  const attempts = options.before?.attempts ?? new KeyAttempts(clock);
  let retired = false;
  const buildConsole = async () => {
    const { requests: store } = foundation;
    if (store === null || !config.console.enabled) return [consoleOff()];
    const { buildConsoleRoutes } = await import("../routes/console.ts");
    return buildConsoleRoutes(config, {
      foundation,
      store,
      attempts,
      body,
      reload: options.admin.reload,
      application: () => application,
      ending: () => retired || options.draining(),
    });
  };

  const api = [
    ...chatRoutes(generation, listed),
    ...googleRoutes({ generation, embeddings, models: listed }),
    ...ollamaRoutes(generation, listed),
    ...responseRoutes(generation, stores, background),
    ...interactionRoutes(generation, stores.turns),
    ...conversationRoutes({ items: stores.items, clock, body, named }),
    ...operationRoutes({
      generation,
      countTokens: { ...operation, routing: stages.counting, stores, named },
      embeddings,
      passThrough: {
        ...operation,
        call: { ...call, stream: streamOptions },
        maxUpload: config.server.max_upload_size,
        unrouted: stages.unrouted,
        provider: unnamed,
        owners,
        named,
      },
    }),
  ];
  const spend = keepsSpend(config) ? (await foundation.limits()).spend : null;
  const probes = probeRoutes(config, {
    version,
    draining: options.draining,
    checks: foundation.checks,
    exporters: () => telemetry.health(),
  });
  const scraped = metricsRoute(config, telemetry, clock);
  const operators = [
    ...adminRoutes(config, telemetry, clock, { ...options.admin, spend, attempts }, {
      keys: foundation.keys,
      body,
      version,
    }),
    ...await buildConsole(),
  ];
  const routes = [
    ...api,
    ...azureRoutes(api),
    ...probes,
    ...(config.observability.metrics.address === null ? scraped : []),
    ...(config.admin.address === null ? operators : []),
  ];

  const telemetryOptions = foundation.telemetryOptions(config);
  const sampler = samplerOf(telemetryOptions.tracing);
  const limiters = new Limiters(clock, options.before?.limiters ?? null);
  const traced = telemetryOptions.tracing !== null;
  const { layers, guards } = buildLayers(config, foundation, { sampler, traced, limiters });
  const trusted = config.server.trusted_proxies;
  const answering = (routes: readonly Route[]) =>
    createPipeline({
      layers,
      guards,
      clock,
      open: () => recorder.open(),
      router: new Router(routes),
      scheme: config.server.tls === null ? "http" : "https",
      targets: new TargetReader(config.server.allowed_hosts),
      proxies: trusted.length === 0 ? null : new TrustedProxies(trusted),
    });

  const checks = buildHealthChecks(config, models, foundation);
  const usage = foundation.usage === null
    ? null
    : new SharedUsage(foundation.usage, clock, () => backends.entries());
  const drain = () => checks.forEach((check) => check.stop());
  let stopWatching = () => {};
  const ready = telemetry.prepare(telemetryOptions, sampler);
  let begun = false;
  const application: Application = {
    config,
    handler: answering(routes),
    routes,
    metricsHandler: answering([...scraped, ...probes]),
    adminHandler: answering([...operators, ...probes]),
    models: [...models.values()].filter(({ targets }) => targets.length > 0).length,
    limiters,
    backends,
    attempts,
    begin() {
      const { max_memory: memory, max_lag: lag, max_memory_time: grownAfter } = config.server;
      foundation.overload.setLimits({ memory, lag, grownAfter });
      begun = true;
      ready.commit();
      foundation.requests?.tell(storyOptions(config));
      stopWatching = watchSecrets(config.liveSecrets, clock, logger);
      for (const check of checks) check.start();
      usage?.start();
      if (foundation.together?.speaks === false) return;
      for (const warning of config.warnings) logger.warn(warning, { event: "config.warning" });
      if (config.disabled.size === 0) return;
      const names = [...config.disabled].map(([name, { missing }]) => `${name} (set ${missing})`);
      logger.info(`providers switched off: ${names.join(", ")}`, { event: "provider.skipped" });
    },
    drain,
    retire() {
      retired = true;
      drain();
      usage?.stop();
      stopWatching();
    },
    async close() {
      if (!begun) ready.abort();
      await Promise.all([parts.calls, ...providers.values()].map((each) => each.close()));
    },
  };
  return application;
}
