import { adminRoutes } from "./admin_routes.ts";
import { azureRoutes } from "./azure_routes.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Config } from "./config/config.ts";
import { openConversations } from "./conversations.ts";
import { Deadlines } from "./deadlines.ts";
import { embedContentVerbs } from "./endpoints/embed_content.ts";
import { contentPaths, type ContentVerb, contentVerbs } from "./endpoints/generate_content.ts";
import { BackgroundRuns } from "./endpoints/background/background_runs.ts";
import type { BackgroundOptions } from "./endpoints/background/begin_run.ts";
import { deploymentIn } from "./endpoints/deployment.ts";
import { generation, type GenerationOptions } from "./endpoints/generation.ts";
import { health, type HealthOptions, livez, readyz } from "./endpoints/health.ts";
import { metricsEndpoint } from "./endpoints/metrics.ts";
import { getModel, listModels } from "./endpoints/models.ts";
import { ollamaShow, ollamaTags, ollamaVersion } from "./endpoints/ollama_models.ts";
import type { TurnStores } from "./endpoints/turn.ts";
import { GatewayError } from "./errors.ts";
import { admission } from "./middleware/admission.ts";
import { ApiKeys, keyDigest } from "./middleware/api_keys.ts";
import { auth } from "./middleware/auth.ts";
import { cors } from "./middleware/cors.ts";
import { logging } from "./middleware/logging.ts";
import { metrics } from "./middleware/metrics.ts";
import type { Middleware } from "./middleware/middleware.ts";
import { keyLimit, rateLimit } from "./middleware/rate_limit.ts";
import { tracing } from "./middleware/tracing.ts";
import { buildModels, buildProviders, passThroughTarget } from "./models.ts";
import { operationRoutes } from "./operation_routes.ts";
import { conversationRoutes, responseRoutes } from "./response_routes.ts";
import { TrustedProxies } from "./server/client_address.ts";
import { watchSecrets } from "./secret_watch.ts";
import type { RunningServer } from "./server/engine.ts";
import { createPipeline } from "./server/pipeline.ts";
import { TargetReader } from "./server/request_target.ts";
import { type Route, Router } from "./server/router.ts";
import { serve } from "./server/server.ts";
import { backendSelection } from "./stages/backend_selection.ts";
import type { ModelTable } from "./stages/model_table.ts";
import { routingDecision } from "./stages/routing_decision.ts";
import { OpenAnswers } from "./stages/upstream/open_answers.ts";
import { RetryBudget } from "./stages/upstream/retry_policy.ts";
import { upstreamRequest } from "./stages/upstream_request.ts";
import { InstrumentedItems } from "./stores/instrumented_items.ts";
import { InstrumentedRuns } from "./stores/instrumented_runs.ts";
import { InstrumentedStore } from "./stores/instrumented_store.ts";
import type { LogWriter } from "./telemetry/log_sink.ts";
import type { ObservabilityManager } from "./telemetry/observability_manager.ts";
import { Propagators } from "./telemetry/propagation/propagators.ts";
import { createTelemetry, type Telemetry } from "./telemetry/telemetry.ts";
import { telemetryOptions } from "./telemetry_options.ts";
import { anthropicMessages } from "./wire/anthropic_messages.ts";
import { CODECS } from "./wire/codecs.ts";
import { ollamaChat } from "./wire/ollama_chat.ts";
import { ollamaGenerate } from "./wire/ollama_generate.ts";
import { cohereChat } from "./wire/cohere_chat.ts";
import { googleEmbeddings } from "./wire/embeddings/google.ts";
import { googleGenerateContent } from "./wire/google_generate_content.ts";
import { openaiChat } from "./wire/openai_chat.ts";

/** What the gateway has of the world besides its configuration. */
export interface Surroundings {
  readonly version: string;
  /** Where log lines go. */
  readonly writer: LogWriter;
  /** Whether a person reads them. */
  readonly terminal: boolean;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** What a program that embeds the gateway says of telemetry. */
  readonly observability?: ObservabilityManager;
}

export interface RunningGateway {
  /** `http://HOST:PORT`, as it listens. */
  readonly url: string;
  /** Goes on in whatever file stands at the log's path now: after logrotate moved it away. */
  reopenLog(): void;
  /** Ends as SIGTERM does: readiness off, requests end, telemetry flushed. Idempotent. */
  shutdown(): Promise<void>;
  /** Resolves once all that is done. */
  readonly finished: Promise<void>;
}

/** Bytes of a stream that may wait for its client. */
const HIGH_WATER_MARK = 64 * 1024;
/** Time for a store to close. */
const CLOSE_MS = 2_000;
/** Time for the last bytes of answers that the end of the grace cut short. */
const LAST_WORDS_MS = 250;

/**
 * Puts the parts together and serves. The one file that knows all of them.
 * @throws {SqliteOpenError} where the conversations' file cannot be used.
 * @throws {Deno.errors.AddrInUse} and the like, where it cannot listen; whatever a provider's settings throw.
 */
export async function startGateway(config: Config, surroundings: Surroundings): Promise<RunningGateway> {
  const { version, clock = systemClock, random = Math.random } = surroundings;
  const configured = telemetryOptions(config, { ...surroundings, clock });
  const telemetry = createTelemetry(surroundings.observability?.apply(configured) ?? configured);
  const { logger, recorder } = telemetry;
  const deadlines = new Deadlines(clock);
  for (const warning of config.warnings) logger.warn(warning, { event: "config.warning" });
  if (config.disabled.size > 0) {
    const names = [...config.disabled].map(([name, { missing }]) => `${name} (set ${missing})`);
    logger.info(`providers switched off: ${names.join(", ")}`, { event: "provider.skipped" });
  }

  const providers = buildProviders(config, {
    version,
    clock,
    deadlines,
    random,
    onWarning: (message) => logger.warn(message, { event: "provider.warning" }),
  });
  const stopWatching = watchSecrets(config.liveSecrets, clock, logger);
  const models = buildModels(config, providers, Math.floor(clock.wall() / 1000));
  const { stores, checks } = await openConversations(config.conversations, { clock, logger });
  telemetry.watchConversations(stores.turns);
  const openAnswers = new OpenAnswers();
  const streamOptions = {
    commitAfter: config.stream.commit_after,
    pingInterval: config.stream.ping_interval,
    writeStall: config.server.write_stall_timeout,
    maxEventBytes: config.stream.max_event_size,
    highWaterMark: HIGH_WATER_MARK,
  };
  const body = { limit: config.server.max_body_size, timeout: config.server.body_timeout, deadlines };
  const routing = [routingDecision(models), backendSelection(random)];
  const call = {
    clock,
    deadlines,
    random,
    openAnswers,
    budget: new RetryBudget(config.retry.budget, clock),
    retry: {
      attempts: config.retry.attempts,
      baseDelay: config.retry.base_delay,
      maxDelay: config.retry.max_delay,
      maxRetryAfter: config.retry.max_retry_after,
    },
  };
  const operation = { clock, body, routing, call };
  const generationOptions: GenerationOptions = {
    clock,
    body,
    stages: [
      ...routing,
      upstreamRequest({
        ...call,
        codecs: CODECS,
        stream: streamOptions,
      }),
    ],
  };

  const instrument = { clock, deadlines, timeout: config.conversations.timeout };
  const backend = stores.turns.backend;
  const turnStores: TurnStores = {
    turns: new InstrumentedStore(stores.turns, instrument),
    items: new InstrumentedItems(stores.items, backend, instrument),
  };
  const runs = new InstrumentedRuns(stores.runs, backend, instrument);
  const { max_running, max_queued, max_event_size, lease } = config.conversations.background;
  const backgroundRuns = new BackgroundRuns({
    clock,
    runs,
    maxRunning: max_running,
    maxQueued: max_queued,
    lease,
    onWarning: (message) => logger.warn(message, { event: "run.abandoned" }),
  });
  telemetry.watchRuns(backgroundRuns);
  const backgroundOptions: BackgroundOptions = {
    clock,
    runs,
    items: turnStores.items,
    background: backgroundRuns,
    stages: generationOptions.stages,
    open: () => recorder.open(),
    run: { maxEventBytes: max_event_size },
    follower: { openAnswers, output: { deadlines, ...streamOptions } },
  };

  const embeddingsOptions = { ...operation, codecs: { google: googleEmbeddings } };

  let draining = false;
  const api = [
    ...verbRoutes(embedContentVerbs(embeddingsOptions)),
    ...apiRoutes(generationOptions, models),
    ...responseRoutes(generationOptions, turnStores, backgroundOptions),
    ...conversationRoutes({ items: turnStores.items, clock, body }),
    ...operationRoutes({
      generation: generationOptions,
      embeddings: embeddingsOptions,
      passThrough: {
        ...operation,
        call: { ...call, stream: streamOptions },
        maxUpload: config.server.max_upload_size,
        provider: passThroughTarget(config, providers),
      },
    }),
  ];
  const probes = probeRoutes(config, {
    version,
    draining: () => draining,
    checks,
    exporters: () => telemetry.health(),
  });
  const routes = [
    ...api,
    ...azureRoutes(api),
    ...probes,
    ...(config.observability.metrics.address === null ? metricsRoute(config, telemetry, clock) : []),
    ...adminRoutes(config, telemetry, clock),
  ];
  const { layers, guards } = buildLayers(config, telemetry, clock, deadlines);
  const listen = (hostname: string, port: number, routes: readonly Route[]) =>
    serve({
      hostname,
      port,
      clock,
      limits: {
        maxConnections: config.server.max_connections,
        headerTimeout: config.server.header_timeout,
        idleTimeout: config.server.idle_timeout,
      },
      onWarning: (message) => logger.warn(message, { event: "server.warning" }),
      handler: createPipeline({
        layers,
        guards,
        clock,
        open: () => recorder.open(),
        router: new Router(routes),
        targets: new TargetReader(config.server.allowed_hosts),
        proxies: config.server.trusted_proxies.length === 0
          ? null
          : new TrustedProxies(config.server.trusted_proxies),
      }),
    });
  const { address } = config.observability.metrics;
  const scraped = [...metricsRoute(config, telemetry, clock), ...probes];
  // First what operators look at, so that there is something to see should the other one fail.
  const metricsServer = address === null ? null : await listen(address.host, address.port, scraped);
  const server = await listen(config.server.host, config.server.port, routes).catch(async (error) => {
    metricsServer?.abortAll();
    await metricsServer?.finished;
    throw error;
  });
  const url = urlOf(server);
  if (metricsServer !== null) {
    logger.info(`metrics are on ${urlOf(metricsServer)}`, {
      event: "metrics.started",
      url: urlOf(metricsServer),
    });
  }
  logger.info(`serving on ${url}`, {
    event: "gateway.started",
    url,
    version,
    models: [...models.values()].filter(({ targets }) => targets.length > 0).length,
  });

  let ending: Promise<void> | null = null;
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();

  async function end(): Promise<void> {
    draining = true;
    telemetry.events.close();
    logger.info("shutting down", { event: "gateway.stopping", open_requests: server.requests() });
    server.drain();
    const delayed = delay(config.server.drain_delay, deadlines);
    await Promise.race([delayed.over, server.finished]);
    server.stopAccepting();
    const grace = delay(config.server.drain_grace, deadlines);
    const served = server.finished.then(() => backgroundRuns.settled());
    await Promise.race([grace.over, served]);
    const ending = new GatewayError("shutting_down", "The gateway is shutting down.");
    backgroundRuns.refuseQueued(ending);
    openAnswers.failAll(ending);
    const lastWords = delay(LAST_WORDS_MS, deadlines);
    await Promise.race([lastWords.over, served]);
    for (const wait of [delayed, grace, lastWords]) wait.cancel();
    server.abortAll();
    await server.finished;
    // To the last, a scrape may see how it ends.
    metricsServer?.stopAccepting();
    metricsServer?.abortAll();
    await metricsServer?.finished;
    stopWatching();
    await Promise.all([...providers.values()].map((provider) => provider.close()));
    backgroundRuns.close();
    const closing = delay(CLOSE_MS, deadlines);
    await Promise.race([stores.turns.close(), closing.over]);
    closing.cancel();
    logger.info("stopped", { event: "gateway.stopped" });
    await telemetry.shutdown();
  }

  // Should the engine end by itself, so does the gateway.
  server.finished.then(() => shutdown());

  function shutdown(): Promise<void> {
    ending ??= end().finally(finish);
    return ending;
  }

  return { url, shutdown, finished, reopenLog: () => telemetry.reopenLog() };
}

/** What applications call. */
function apiRoutes(options: GenerationOptions, models: ModelTable): Route[] {
  const openai = "openai" as const;
  return [
    {
      method: "POST",
      path: "/v1/chat/completions",
      dialect: openai,
      handler: (exchange, params) =>
        generation(exchange, openaiChat, options, { named: deploymentIn(params) }),
    },
    {
      method: "POST",
      path: "/v1/messages",
      dialect: "anthropic",
      handler: (exchange) => generation(exchange, anthropicMessages, options),
    },
    {
      method: "POST",
      path: "/v2/chat",
      dialect: "cohere",
      handler: (exchange) => generation(exchange, cohereChat, options),
    },
    ...ollamaRoutes(options, models),
    ...verbRoutes(contentVerbs(googleGenerateContent, options)),
    { method: "GET", path: "/v1/models", handler: listModels(models) },
    { method: "GET", path: "/v1/models/{id+}", handler: getModel(models) },
    { method: "GET", path: "/v1beta/models", dialect: "google", handler: listModels(models) },
    { method: "GET", path: "/v1beta/models/{id+}", dialect: "google", handler: getModel(models) },
  ];
}

/** Verbs of Google's, behind the model in each of its paths. */
function verbRoutes(verbs: readonly ContentVerb[]): Route[] {
  return verbs.flatMap(({ verb, handler }) =>
    contentPaths(verb).map((path): Route => ({ method: "POST", path, dialect: "google", handler }))
  );
}

/** What Ollama's clients call. */
function ollamaRoutes(options: GenerationOptions, models: ModelTable): Route[] {
  const dialect = "ollama" as const;
  return [
    {
      method: "POST",
      path: "/api/chat",
      dialect,
      handler: (exchange) => generation(exchange, ollamaChat, options),
    },
    {
      method: "POST",
      path: "/api/generate",
      dialect,
      handler: (exchange) => generation(exchange, ollamaGenerate, options),
    },
    { method: "GET", path: "/api/tags", dialect, handler: ollamaTags(models) },
    { method: "POST", path: "/api/show", dialect, handler: ollamaShow(models, options.body) },
    { method: "GET", path: "/api/version", dialect, handler: ollamaVersion() },
  ];
}

/** What probes call. */
function probeRoutes(config: Config, options: HealthOptions): Route[] {
  const probe = { method: "GET", background: true, public: !config.auth.health };
  return [
    { ...probe, path: "/health", handler: health(options) },
    { ...probe, path: "/livez", handler: livez() },
    { ...probe, path: "/readyz", handler: readyz(options) },
  ];
}

/** What Prometheus calls; nothing where metrics are off. */
function metricsRoute(config: Config, telemetry: Telemetry, clock: Clock): Route[] {
  const { enabled, path } = config.observability.metrics;
  if (!enabled) return [];
  const handler = metricsEndpoint(telemetry, clock);
  return [{ method: "GET", path, background: true, public: !config.auth.metrics, handler }];
}

/** The layers in their order, the outermost first; what is not configured is not there. */
function buildLayers(
  config: Config,
  telemetry: Telemetry,
  clock: Clock,
  deadlines: Deadlines,
): { layers: Middleware[]; guards: Middleware[] } {
  const { recorder } = telemetry;
  const keys = config.auth.keys.length === 0 ? null : new ApiKeys(config.auth.keys.map((entry) => ({
    name: entry.name,
    sha256: entry.sha256 ?? keyDigest(entry.key?.reveal() ?? ""),
    owner: entry.owner ?? undefined,
    tags: entry.tags,
    limit: limitOf(entry.rate_limit) ?? undefined,
  })));
  const layers: Middleware[] = [
    logging({ clock, deadlines, headers: config.server.headers, onStart: telemetry.logStart }),
  ];
  if (telemetry.traced) {
    const { propagators, trustParent, tail, attributes } = config.observability.tracing;
    layers.push(tracing({
      sampler: telemetry.sampler,
      headers: attributes.flatMap((it) => it.from === "header" ? [[it.name, it.header] as const] : []),
      rules: tail !== null && !telemetry.sampler.off,
      propagators: new Propagators(propagators),
      trusts: trustParent === "keys"
        ? (exchange) => (keys?.identify(exchange)?.key ?? null) !== null
        : () => trustParent === "always",
    }));
  }
  if (config.observability.metrics.enabled) layers.push(metrics());
  layers.push(admission({ maxInFlight: config.server.max_in_flight, inFlight: () => recorder.inFlight }));
  if (config.server.cors.allowed_origins.length > 0) layers.push(cors(config.server.cors));
  const perAddress = limitOf(config.rate_limit.per_address);
  const perKey = limitOf(config.rate_limit.per_key);
  if (perAddress !== null || perKey !== null) layers.push(rateLimit({ clock, perAddress, perKey, keys }));
  return { layers, guards: keys === null ? [] : [auth({ keys, clock }), keyLimit({ clock, keys })] };
}

function limitOf(limit: { requests: number; per: number; burst: number | null } | null) {
  return limit === null
    ? null
    : { requests: limit.requests, per: limit.per, burst: limit.burst ?? undefined };
}

function urlOf(server: RunningServer): string {
  const { hostname, port } = server.address;
  return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

function delay(ms: number, deadlines: Deadlines): { over: Promise<void>; cancel(): void } {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const deadline = deadlines.after(ms, resolve);
  return { over, cancel: () => deadlines.cancel(deadline) };
}
