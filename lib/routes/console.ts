import type { Application } from "../assembly/application.ts";
import { explain } from "../assembly/explain.ts";
import type { Foundation } from "../assembly/foundation.ts";
import { limitViews } from "../assembly/limit_views.ts";
import { processView } from "../assembly/process_view.ts";
import { problemsOf, type Reload } from "../assembly/reloads.ts";
import { withKept } from "../assembly/restart_only.ts";
import type { Config } from "../config/config.ts";
import { answeringStore } from "../console/answering_store.ts";
import { budgets } from "../console/budgets.ts";
import type { ConfigurationOptions, ConfigValue, Validation } from "../console/configuration.ts";
import { consoleRoutes, type ConsoleRow } from "../console/console_routes.ts";
import { EndedSessions } from "../console/ended_sessions.ts";
import { allLimits } from "../console/limit_view.ts";
import { Sessions } from "../console/session.ts";
import type { KeyAttempts } from "../endpoints/admin/key_attempts.ts";
import { OPERATIONS } from "../endpoints/admin/keys/operations.ts";
import type { ReadBodyOptions } from "../endpoints/read_body.ts";
import { WorkersStore } from "../console/workers_store.ts";
import { keyOperation } from "./key_admin.ts";
import type { Route } from "../server/router.ts";
import type { RequestStore } from "../stores/request_store.ts";

export interface ConsoleSurroundings {
  readonly foundation: Foundation;
  readonly store: RequestStore;
  readonly attempts: KeyAttempts;
  /** What serves with this configuration. */
  readonly application: () => Application;
  readonly body: ReadBodyOptions;
  readonly reload: () => Promise<Reload>;
  /** Whether this application, or the gateway, is about to end. */
  readonly ending: () => boolean;
}

/** The console's pages and what they ask. */
export function buildConsoleRoutes(config: Config, surroundings: ConsoleSurroundings): Route[] {
  const { foundation, body } = surroundings;
  const { clock, version, together, startedAt } = foundation;
  const now = () => clock.wall();
  const own = surroundings.store;
  // In memory each worker has its own.
  const store = together !== null && own.backend === "memory" ? new WorkersStore(together.kept) : own;
  const processes = async () => {
    const own = () => processView(foundation, surroundings.application());
    if (together === null) return [own()];
    const all = await together.processes();
    return all.flatMap(({ answer }) => answer ?? []);
  };
  const ended = new EndedSessions({ now: () => clock.now(), store });
  const limits = async () => {
    // What is counted in one place for all is told by any of them.
    if (together === null || config.limits.store === "redis") return await limitViews(foundation, config);
    return allLimits((await together.limits()).flatMap(({ answer }) => answer ?? []));
  };
  const { recorder } = foundation.telemetry;
  // A single process knows it at once.
  const sum = async (key: "in_flight" | "open_streams", own: () => number) =>
    together === null ? own() : (await processes()).reduce((all, view) => all + view[key], 0);
  const { log_requests, log_responses, log_queries, slow_request_threshold: slow_ms } = config.logging;
  const routes = consoleRoutes({
    clock,
    now,
    store: answeringStore(store),
    body,
    version,
    startedAt,
    processes,
    ending: surroundings.ending,
    inFlight: () => sum("in_flight", () => recorder.clientsInFlight),
    openStreams: () => sum("open_streams", () => recorder.openStreams),
    attempts: surroundings.attempts,
    sessions: new Sessions(keysOf(config), config.console.session, now, ended),
    facts: () => ({
      version,
      store: store.backend,
      workers: together?.worker.workers ?? 1,
      links: { trace: config.console.trace_link },
      captures: log_requests || log_responses || log_queries,
      slow_ms,
      keys: foundation.keys !== null,
      models: Object.keys(config.models).filter((name) => !name.includes("*")),
    }),
    configuration: configuration(config, surroundings),
    explain: (model, prompt, call) => explain(config, { version, model, prompt, call }),
    more: [...keyRows(surroundings), [
      "GET",
      "/budgets",
      budgets({ registry: foundation.telemetry.registry, now, limits }),
    ]],
  });
  return routes.map((route) => ({ ...route, dialect: "openai", public: true, background: true }));
}

/** What `/admin/v1/` does with virtual keys, for whoever is logged in. */
function keyRows({ foundation, body }: ConsoleSurroundings): ConsoleRow[] {
  const { keys, clock, telemetry: { logger } } = foundation;
  if (keys === null) return [];
  const run = keyOperation({ keys, clock, logger, body });
  return OPERATIONS.map((operation) => [
    operation.method,
    operation.path.replace(/^\/admin\/v1/, ""),
    (exchange, { id = "" }) =>
      run(operation, exchange, id, { id: "master", key: null, address: exchange.clientAddress }),
  ]);
}

function keysOf({ auth, console }: Config) {
  return [
    ...(auth.master_key === null ? [] : [{ key: auth.master_key.reveal(), role: "admin" as const }]),
    ...console.keys.map(({ key }) => ({ key: key.reveal(), role: "read" as const })),
  ];
}

function configuration(
  config: Config,
  { foundation, body, reload }: ConsoleSurroundings,
): ConfigurationOptions {
  const loaded_at = foundation.clock.wall();
  return {
    body,
    reload,
    show: () => ({
      file: config.file,
      values: config.effective().map(valueOf),
      warnings: config.warnings,
      kept: [],
      loaded_at,
    }),
    async validate(text): Promise<Validation> {
      const { parseConfig } = foundation;
      try {
        if (parseConfig === undefined) throw new Error("The configuration cannot be read anew.");
        const next = await parseConfig(text);
        return { ok: true, problems: [], changes: changesOf(config, next) };
      } catch (error) {
        return { ok: false, problems: problemsOf(error), changes: [] };
      }
    },
  };
}

function changesOf(running: Config, next: Config): Validation["changes"] {
  const before = new Map(running.effective().map(({ path, value }) => [path, value]));
  const after = new Map(next.effective().map(({ path, value }) => [path, value]));
  const { kept } = withKept(running, next);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => ({
      path,
      before: before.get(path) ?? null,
      after: after.get(path) ?? null,
      restart: kept.some((key) => path === key || path.startsWith(`${key}.`)),
    }));
}

const VARIABLE = /^[A-Z][A-Z0-9_]*$/;

function valueOf({ path, value, origin }: ReturnType<Config["effective"]>[number]): ConfigValue {
  const kind = origin.startsWith("default")
    ? "default"
    : origin.startsWith("--")
    ? "flag"
    : VARIABLE.test(origin)
    ? "environment"
    : "file";
  return { path, value, origin: kind, where: kind === "default" ? "" : origin, changed: kind !== "default" };
}
