import { type Application, buildApplication } from "./application.ts";
import type { Config } from "./config/config.ts";
import { ConfigError, formatProblem } from "./config/problem.ts";
import type { Deadlines } from "./deadlines.ts";
import { GatewayError } from "./errors.ts";
import { type Foundation, openFoundation, type Surroundings } from "./foundation.ts";
import { withKept } from "./restart_only.ts";
import type { RunningServer, ServerHandler } from "./server/engine.ts";
import { serve } from "./server/server.ts";
import type { CounterCell } from "./telemetry/projections/metrics.ts";

export type { Surroundings } from "./foundation.ts";

/** What became of reading the configuration anew. */
export type Reload =
  | { readonly ok: true; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

export interface RunningGateway {
  /** `http://HOST:PORT`, as it listens. */
  readonly url: string;
  /** Reads the configuration anew. A bad one changes nothing; requests under way keep the one they began with. */
  reload(): Reload;
  /** Goes on in whatever file stands at the log's path now: after logrotate moved it away. */
  reopenLog(): void;
  /** Ends as SIGTERM does: readiness off, requests end, telemetry flushed. Idempotent. */
  shutdown(): Promise<void>;
  /** Resolves once all that is done. */
  readonly finished: Promise<void>;
}

/** Time for a store to close. */
const CLOSE_MS = 2_000;
/** Time for the last bytes of answers that the end of the grace cut short. */
const LAST_WORDS_MS = 250;

/**
 * Serves what a configuration says, and what the next one says once it is read.
 * @throws {SqliteOpenError} where the conversations' file cannot be used.
 * @throws {Deno.errors.AddrInUse} and the like, where it cannot listen; whatever a provider's settings throw.
 */
export async function startGateway(config: Config, surroundings: Surroundings): Promise<RunningGateway> {
  const foundation = await openFoundation(config, surroundings);
  const gateway = new Gateway(config, foundation, surroundings);
  await gateway.listen();
  return gateway;
}

class Gateway implements RunningGateway {
  url = "";
  readonly finished: Promise<void>;
  readonly #foundation: Foundation;
  readonly #surroundings: Surroundings;
  readonly #reloads: Readonly<Record<"success" | "failure", CounterCell>> | null;
  #application: Application;
  /** Those before it, which requests under way still need. */
  readonly #retired = new Set<Application>();
  #server: RunningServer | null = null;
  /** Where metrics have an address of their own. */
  #metricsServer: RunningServer | null = null;
  #ending: Promise<void> | null = null;
  #finish!: () => void;

  constructor(config: Config, foundation: Foundation, surroundings: Surroundings) {
    this.#foundation = foundation;
    this.#surroundings = surroundings;
    this.finished = new Promise((resolve) => this.#finish = resolve);
    const { registry } = foundation.telemetry;
    const counter = (result: string) => registry.counter("gateway_config_reloads_total", [result]);
    this.#reloads = surroundings.readConfig === undefined
      ? null
      : { success: counter("success"), failure: counter("failure") };
    this.#application = this.#build(config, null);
    this.#application.begin();
  }

  async listen(): Promise<void> {
    const { version, telemetry: { logger } } = this.#foundation;
    const { server: { host, port }, observability } = this.#application.config;
    const { address } = observability.metrics;
    // First what operators look at, so that there is something to see should the other one fail.
    const metricsServer = address === null
      ? null
      : await this.#serve(address.host, address.port, ({ metricsHandler }) => metricsHandler);
    const server = await this.#serve(host, port, ({ handler }) => handler).catch(async (error) => {
      metricsServer?.abortAll();
      await metricsServer?.finished;
      throw error;
    });
    this.#metricsServer = metricsServer;
    this.#server = server;
    this.url = urlOf(server);
    if (metricsServer !== null) {
      const url = urlOf(metricsServer);
      logger.info(`metrics are on ${url}`, { event: "metrics.started", url });
    }
    logger.info(`serving on ${this.url}`, {
      event: "gateway.started",
      url: this.url,
      version,
      models: this.#application.models,
    });
    // Should the engine end by itself, so does the gateway.
    server.finished.then(() => this.shutdown());
  }

  reload(): Reload {
    const { readConfig } = this.#surroundings;
    if (readConfig === undefined) return { ok: false, problems: ["The configuration cannot be read anew."] };
    const { logger } = this.#foundation.telemetry;
    try {
      const kept = this.#swap(readConfig());
      this.#reloads?.success.add(1);
      logger.info("the configuration was read anew", { event: "config.reloaded" });
      const warnings = kept.map((key) => `${key} has changed, which takes a restart: it stays as it was`);
      for (const warning of warnings) logger.warn(warning, { event: "config.restart_needed" });
      return { ok: true, warnings };
    } catch (error) {
      const problems = problemsOf(error);
      this.#reloads?.failure.add(1);
      logger.error("the configuration cannot be used, the one before stays in force", {
        event: "config.rejected",
        problems,
      });
      return { ok: false, problems };
    }
  }

  reopenLog(): void {
    this.#foundation.telemetry.reopenLog();
  }

  shutdown(): Promise<void> {
    this.#ending ??= this.#end().finally(this.#finish);
    return this.#ending;
  }

  #build(config: Config, before: Application | null): Application {
    return buildApplication(config, this.#foundation, {
      before,
      draining: () => this.#ending !== null,
      admin: { reload: () => Promise.resolve(this.reload()) },
    });
  }

  #serve(
    hostname: string,
    port: number,
    handlerOf: (application: Application) => ServerHandler,
  ): Promise<RunningServer> {
    const { clock, telemetry: { logger } } = this.#foundation;
    const { server } = this.#application.config;
    return serve({
      hostname,
      port,
      clock,
      limits: {
        maxConnections: server.max_connections,
        headerTimeout: server.header_timeout,
        idleTimeout: server.idle_timeout,
      },
      onWarning: (message) => logger.warn(message, { event: "server.warning" }),
      handler: (request, connection) => handlerOf(this.#application)(request, connection),
    });
  }

  /** @returns the keys whose new values wait for a restart. */
  #swap(next: Config): string[] {
    if (this.#ending !== null) throw new Error("The gateway is shutting down.");
    const before = this.#application;
    const { config, kept } = withKept(before.config, next);
    const application = this.#build(config, before);
    this.#application = application;
    before.retire();
    application.begin();
    this.#retired.add(before);
    this.#closeAfterUse(before);
    return kept;
  }

  /** All requests that are open now began with this application or one before it. */
  async #closeAfterUse(application: Application): Promise<void> {
    await this.#foundation.telemetry.recorder.openOnesEnded();
    if (this.#retired.delete(application)) await application.close();
  }

  async #end(): Promise<void> {
    const { telemetry, deadlines, backgroundRuns, openAnswers } = this.#foundation;
    const { logger } = telemetry;
    const { drain_delay, drain_grace } = this.#application.config.server;
    const server = this.#server;
    if (server === null) return;
    telemetry.events.close();
    logger.info("shutting down", { event: "gateway.stopping", open_requests: server.requests() });
    server.drain();
    const delayed = delay(drain_delay, deadlines);
    await Promise.race([delayed.over, server.finished]);
    server.stopAccepting();
    const grace = delay(drain_grace, deadlines);
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
    this.#metricsServer?.stopAccepting();
    this.#metricsServer?.abortAll();
    await this.#metricsServer?.finished;
    this.#application.retire();
    const applications = [this.#application, ...this.#retired];
    this.#retired.clear();
    await Promise.all(applications.map((application) => application.close()));
    backgroundRuns.close();
    const closing = delay(CLOSE_MS, deadlines);
    await Promise.race([this.#foundation.close(), closing.over]);
    closing.cancel();
    logger.info("stopped", { event: "gateway.stopped" });
    await telemetry.shutdown();
  }
}

/** One line each; they name no secret. */
function problemsOf(error: unknown): string[] {
  if (error instanceof ConfigError) return error.problems.map(formatProblem);
  return [error instanceof Error ? error.message : String(error)];
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
