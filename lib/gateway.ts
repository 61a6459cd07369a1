import { type Application, buildApplication } from "./assembly/application.ts";
import type { Config, ServerTlsConfig } from "./config/config.ts";
import type { Deadlines } from "./deadlines.ts";
import { type OpenRequestsView, openRequestsView, telemetryView } from "./endpoints/admin/views.ts";
import { GatewayError } from "./errors.ts";
import { type Foundation, openFoundation, type Surroundings } from "./assembly/foundation.ts";
import { processView } from "./assembly/process_view.ts";
import type { LimitView } from "./console/limit_view.ts";
import type { ProcessView } from "./console/process_view.ts";
import type { KeptMethod } from "./console/workers_store.ts";
import { type Reload, Reloads } from "./assembly/reloads.ts";
import { withKept } from "./assembly/restart_only.ts";
import type { RunningServer, ServerHandler } from "./server/engine.ts";
import { serve } from "./server/server.ts";
import type { ServerTls } from "./server/tls/server_tls.ts";
import type { Snapshot } from "./telemetry/metrics/snapshot.ts";
import type { Level } from "./telemetry/names/log_fields.ts";
import type { JsonObject } from "./wire/canonical.ts";

export type { Surroundings } from "./assembly/foundation.ts";

export type { Reload } from "./assembly/reloads.ts";

/** A configuration that is ready to be put in force. */
export interface PreparedConfig {
  /** Keys that keep what they have until a restart. */
  readonly kept: readonly string[];
  commit(): void;
  abort(): Promise<void>;
}

export interface RunningGateway {
  /** `http://HOST:PORT` or `https://…`, as it listens. */
  readonly url: string;
  /** Reads the configuration anew. A bad one changes nothing; requests under way keep the one they began with. */
  reload(): Promise<Reload>;
  /** Makes another configuration ready; nothing changes until it is committed. @throws where it cannot be used. */
  prepare(config: Config): Promise<PreparedConfig>;
  /** What the gateway has counted, with all that waits. */
  takeSnapshot(): Snapshot;
  /** What administrators are shown. */
  readonly views: {
    openRequests(limit: number): OpenRequestsView;
    telemetry(): JsonObject;
    process(): ProcessView;
    limits(): Promise<readonly LimitView[]>;
    /** What its store of requests answers; null: there is none. */
    kept(method: KeptMethod, args: readonly unknown[]): Promise<{ readonly value: unknown } | null>;
  };
  readonly models: number;
  /** Goes on in whatever file stands at the log's path now: after logrotate moved it away. */
  reopenLog(): void;
  /**
   * Ends as SIGTERM does: readiness off, requests end, telemetry flushed. Idempotent.
   * @param replaced another process has taken its place: it stops accepting at once.
   */
  shutdown(replaced?: boolean): Promise<void>;
  /** Resolves once all that is done. */
  readonly finished: Promise<void>;
}

/** Time for open connections to notice that their process is replaced. */
const LINGER_MS = 1_000;
/** Time for a store to close. */
const CLOSE_MS = 2_000;
/** Time for the last bytes of answers that the end of the grace cut short. */
const LAST_WORDS_MS = 250;

/**
 * Serves what a configuration says, and what the next one says once it is read.
 * @throws {SqliteOpenError | PostgresOpenError} where what is to keep things cannot be used.
 * @throws {Deno.errors.AddrInUse} and the like, where it cannot listen; {ServerTlsError} where it cannot speak TLS as
 * it should; whatever a provider's settings throw.
 */
export async function startGateway(config: Config, surroundings: Surroundings): Promise<RunningGateway> {
  const foundation = await openFoundation(config, surroundings);
  const gateway = new Gateway(foundation, surroundings);
  await gateway.listen(config);
  return gateway;
}

class Gateway implements RunningGateway {
  url = "";
  readonly finished: Promise<void>;
  readonly #foundation: Foundation;
  readonly #surroundings: Surroundings;
  readonly #reloads: Reloads | null;
  #application!: Application;
  /** Those before it, which requests under way still need. */
  readonly #retired = new Set<Application>();
  #server: RunningServer | null = null;
  /** Where metrics and the admin API have addresses of their own. */
  readonly #operatorServers: RunningServer[] = [];
  #ending: Promise<void> | null = null;
  #finish!: () => void;

  constructor(foundation: Foundation, surroundings: Surroundings) {
    this.#foundation = foundation;
    this.#surroundings = surroundings;
    this.finished = new Promise((resolve) => this.#finish = resolve);
    // Workers' are their supervisor's.
    this.#reloads = surroundings.readConfig === undefined ? null : new Reloads(foundation.telemetry);
  }

  async listen(config: Config): Promise<void> {
    this.#application = await this.#build(config, null);
    this.#application.begin();
    const { version, telemetry: { logger } } = this.#foundation;
    const { server: { host, port }, observability, admin } = this.#application.config;
    // First what operators look at, so that there is something to see should the other one fail.
    const own = [
      ["metrics", "metrics are", observability.metrics.address, (it: Application) => it.metricsHandler],
      ["admin", "the admin API is", admin.address, (it: Application) => it.adminHandler],
    ] as const;
    try {
      for (const [name, what, address, handlerOf] of own) {
        if (address === null) continue;
        const server = await this.#serve(address.host, address.port, handlerOf);
        this.#operatorServers.push(server);
        const url = this.#urlOf(server);
        logger.log(this.#level, `${what} on ${url}`, { event: `${name}.started`, url });
      }
      this.#server = await this.#serve(host, port, ({ handler }) => handler);
    } catch (error) {
      await this.#abortOperatorServers();
      throw error;
    }
    const server = this.#server;
    this.url = this.#urlOf(server);
    logger.log(this.#level, `serving on ${this.url}`, {
      event: `${this.#subject}.started`,
      url: this.url,
      version,
      models: this.#application.models,
    });
    // Should the engine end by itself, so does the gateway.
    server.finished.then(() => this.shutdown());
  }

  async reload(): Promise<Reload> {
    const { readConfig } = this.#surroundings;
    if (readConfig === undefined || this.#reloads === null) {
      return { ok: false, problems: ["The configuration cannot be read anew."] };
    }
    return await this.#reloads.run(async () => {
      const { kept, commit } = await this.prepare(await readConfig());
      commit();
      return kept;
    });
  }

  async prepare(next: Config): Promise<PreparedConfig> {
    const { config, kept } = withKept(this.#application.config, next);
    const application = await this.#build(config, this.#application);
    if (this.#ending !== null) {
      await application.close();
      throw new Error("The gateway is shutting down.");
    }
    return {
      kept,
      commit: () => this.#swap(application),
      abort: () => application.close(),
    };
  }

  takeSnapshot(): Snapshot {
    return this.#foundation.telemetry.takeSnapshot();
  }

  get views(): RunningGateway["views"] {
    const { telemetry } = this.#foundation;
    return {
      openRequests: (limit) => openRequestsView(telemetry.recorder, limit),
      telemetry: () => telemetryView(telemetry),
      process: () => processView(this.#foundation, this.#application),
      limits: async () => {
        const { limitViews } = await import("./assembly/limit_views.ts");
        return await limitViews(this.#foundation, this.#application.config);
      },
      kept: async (method, args) => {
        const { requests } = this.#foundation;
        return requests === null ? null : { value: await Reflect.apply(requests[method], requests, args) };
      },
    };
  }

  get models(): number {
    return this.#application.models;
  }

  reopenLog(): void {
    this.#foundation.telemetry.reopenLog();
  }

  shutdown(replaced = false): Promise<void> {
    this.#ending ??= this.#end(replaced).finally(this.#finish);
    return this.#ending;
  }

  #build(config: Config, before: Application | null): Promise<Application> {
    const { together } = this.#foundation;
    return buildApplication(config, this.#foundation, {
      before,
      draining: () => this.#ending !== null,
      admin: { together, reload: () => together?.reload() ?? this.reload() },
    });
  }

  #serve(
    hostname: string,
    port: number,
    handlerOf: (application: Application) => ServerHandler,
  ): Promise<RunningServer> {
    const { clock, telemetry: { logger } } = this.#foundation;
    const { server } = this.#application.config;
    const tls = serverTls(server.tls);
    return serve({
      hostname,
      port,
      clock,
      reusePort: this.#foundation.together !== null,
      tls,
      limits: {
        maxConnections: server.max_connections,
        headerTimeout: server.header_timeout,
        idleTimeout: server.idle_timeout,
      },
      onWarning: (message) => logger.warn(message, { event: "server.warning" }),
      handler: (request, connection) => handlerOf(this.#application)(request, connection),
    });
  }

  #swap(application: Application): void {
    const before = this.#application;
    this.#application = application;
    before.retire();
    this.#changeTls(before.config.server.tls, application.config.server.tls);
    application.begin();
    this.#retired.add(before);
    this.#closeAfterUse(before);
  }

  #changeTls(before: ServerTlsConfig | null, next: ServerTlsConfig | null): void {
    const tls = serverTls(next);
    if (tls === null || JSON.stringify(tls) === JSON.stringify(serverTls(before))) return;
    const { logger } = this.#foundation.telemetry;
    try {
      for (const server of [this.#server, ...this.#operatorServers]) server?.changeTls(tls);
      logger.log(this.#level, "new connections get the new certificate", { event: "tls.changed" });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error(`cannot use the new certificate: ${reason}`, { event: "tls.failed" });
    }
  }

  #urlOf(server: RunningServer): string {
    const { hostname, port } = server.address;
    const scheme = this.#application.config.server.tls === null ? "http" : "https";
    return `${scheme}://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  }

  async #abortOperatorServers(): Promise<void> {
    for (const server of this.#operatorServers) {
      server.stopAccepting();
      server.abortAll();
    }
    await Promise.all(this.#operatorServers.map(({ finished }) => finished));
  }

  /** All requests that are open now began with this application or one before it. */
  async #closeAfterUse(application: Application): Promise<void> {
    await this.#foundation.telemetry.recorder.openOnesEnded();
    if (this.#retired.delete(application)) await application.close();
  }

  /** Of its own beginning and end; of all workers' the supervisor tells. */
  get #level(): Level {
    return this.#foundation.together === null ? "INFO" : "DEBUG";
  }

  get #subject(): "gateway" | "worker" {
    return this.#foundation.together === null ? "gateway" : "worker";
  }

  async #end(replaced: boolean): Promise<void> {
    const { telemetry, deadlines, backgroundRuns, openAnswers } = this.#foundation;
    const { logger } = telemetry;
    const { drain_delay, drain_grace } = this.#application.config.server;
    const server = this.#server;
    if (server === null) return;
    telemetry.events.close();
    logger.log(this.#level, "shutting down", {
      event: `${this.#subject}.stopping`,
      open_requests: server.requests(),
    });
    server.drain();
    this.#application.drain();
    // New connections are the successor's; those that are open may ask once more, and are told to close.
    if (replaced) await server.stopListening();
    const delayed = delay(replaced ? LINGER_MS : drain_delay, deadlines);
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
    await this.#abortOperatorServers();
    this.#application.retire();
    const applications = [this.#application, ...this.#retired];
    this.#retired.clear();
    await Promise.all(applications.map((application) => application.close()));
    backgroundRuns.close();
    const closing = delay(CLOSE_MS, deadlines);
    await Promise.race([this.#foundation.close(), closing.over]);
    closing.cancel();
    logger.log(this.#level, "stopped", { event: `${this.#subject}.stopped` });
    await telemetry.shutdown();
  }
}

function serverTls(tls: ServerTlsConfig | null): ServerTls | null {
  if (tls === null) return null;
  const { certificate, key, clientCa, minVersion } = tls;
  return { certificate, key: key.reveal(), clientCa, minVersion };
}

function delay(ms: number, deadlines: Deadlines): { over: Promise<void>; cancel(): void } {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const deadline = deadlines.after(ms, resolve);
  return { over, cancel: () => deadlines.cancel(deadline) };
}
