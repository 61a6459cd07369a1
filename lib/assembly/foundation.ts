import { type Clock, systemClock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { openConversations } from "./conversations.ts";
import { Deadlines } from "../deadlines.ts";
import { BackgroundRuns } from "../endpoints/background/background_runs.ts";
import type { ReadinessChecks } from "../endpoints/health.ts";
import type { TurnStores } from "../endpoints/turn.ts";
import type { AnswerCache } from "../stages/cache/answer_cache.ts";
import type { Overload } from "../middleware/overload.ts";
import { ReadPace } from "../providers/read_pace.ts";
import { OpenAnswers } from "../stages/upstream/open_answers.ts";
import { InstrumentedItems } from "../stores/instrumented_items.ts";
import { InstrumentedRuns } from "../stores/instrumented_runs.ts";
import { InstrumentedStore } from "../stores/instrumented_store.ts";
import type { LogWriter } from "../telemetry/log_sink.ts";
import type { ObservabilityManager } from "../telemetry/observability_manager.ts";
import { createTelemetry, type Telemetry, type TelemetryOptions } from "../telemetry/telemetry.ts";
import type { Keys } from "./keys.ts";
import { telemetryOptions } from "./telemetry_options.ts";
import { watchOverload } from "./overload.ts";
import { keepsSpend } from "../config/has_limits.ts";
import { keepsOwners } from "../config/pass_through.ts";
import type { LimitKeeper } from "./limit_keeper.ts";
import { SharedPostgres } from "./postgres.ts";
import { openUsage } from "./usage.ts";
import type { RequestStore } from "../stores/request_store.ts";
import type { OwnedIdStore } from "../stores/owned_id_store.ts";
import type { UsageStore } from "../stores/usage_store.ts";
import type { Together } from "./together.ts";
import { Aggregation } from "../workers/aggregation.ts";
import { SharedDirectory } from "../workers/shared_directory.ts";

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
  /** Reads the configuration anew; absent: it stays as it is. Rejects with a ConfigError. */
  readonly readConfig?: () => Promise<Config>;
  /** Reads a configuration that is looked at and not put in force: this text, or the file's. Rejects as the above. */
  readonly parseConfig?: (text?: string) => Promise<Config>;
  /** The others, where this is one of several processes that listen together. */
  readonly together?: Together;
}

/** What stays while configurations come and go: records, counters, what is kept, and what is under way. */
export interface Foundation {
  readonly version: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly parseConfig: Surroundings["parseConfig"];
  readonly clock: Clock;
  readonly random: () => number;
  readonly deadlines: Deadlines;
  readonly telemetry: Telemetry;
  /** Telemetry's options as a configuration has them. */
  readonly telemetryOptions: (config: Config) => TelemetryOptions;
  /** How often providers' streams are read. */
  readonly pace: ReadPace;
  /** Whether memory or the event loop bear no more requests. */
  readonly overload: Overload;
  readonly openAnswers: OpenAnswers;
  readonly stores: TurnStores;
  readonly runs: InstrumentedRuns;
  readonly backgroundRuns: BackgroundRuns;
  /** Null where answers are not kept. */
  readonly answerCache: AnswerCache | null;
  /** What counts for limits, which is opened when a configuration first has any. */
  readonly limits: () => Promise<LimitKeeper>;
  /** Whose is what a provider keeps, which is opened when a configuration first asks for it. */
  readonly ownedIds: () => Promise<OwnedIdStore>;
  /** Null where finished requests are not kept. */
  readonly requests: RequestStore | null;
  /** What all processes tell each other of their use; null: nothing. */
  readonly usage: UsageStore | null;
  /** Virtual keys; null: there are none. */
  readonly keys: Keys | null;
  readonly together: Together | null;
  /** What readiness depends on. */
  readonly checks: ReadinessChecks;
  /** Closes the stores, and says for the last time what was counted. */
  close(): Promise<void>;
}

/** @throws {SqliteOpenError | PostgresOpenError} where what is to keep things cannot be used. */
export async function openFoundation(config: Config, surroundings: Surroundings): Promise<Foundation> {
  const { version, clock = systemClock, random = Math.random, observability } = surroundings;
  const optionsOf = (config: Config) => {
    const options = telemetryOptions(config, { ...surroundings, clock });
    return observability?.apply(options) ?? options;
  };
  const telemetry = createTelemetry(optionsOf(config));
  const { logger } = telemetry;
  const { enabled, sharedDirectory } = config.observability.metrics;
  const { together = null } = surroundings;
  if (together !== null) gatherFrom(together, telemetry);
  // Workers have their supervisor.
  const directory = enabled && sharedDirectory !== null && together === null
    ? shareMetrics(sharedDirectory, telemetry, clock)
    : null;
  const deadlines = Deadlines.spread(clock);
  const pace = new ReadPace(clock);
  const postgres = new SharedPostgres(config.postgres, { clock, deadlines, random, logger });
  const { stores, checks } = await openConversations(config, { clock, deadlines, random, logger, postgres });
  const answerCache = config.cache.enabled
    ? await (await import("./answer_cache.ts")).openAnswerCache(config.cache, {
      clock,
      deadlines,
      random,
      logger,
      postgres,
    })
    : null;
  const keys = config.keys === null
    ? null
    : await (await import("./keys.ts")).openKeys(config.keys, config.redis, {
      clock,
      deadlines,
      random,
      logger,
      postgres,
    });
  const openAnswers = new OpenAnswers();
  telemetry.registry.read("gateway_stream_queue_bytes", [], () => openAnswers.waitingBytes);
  const usage = await openUsage(config.backends.redis, { clock, deadlines, random, logger });
  let limits: Promise<LimitKeeper> | null = null;
  const openLimits = async () =>
    await (await import("./limit_keeper.ts")).openLimitKeeper(config, {
      clock,
      deadlines,
      random,
      telemetry,
      postgres,
      workers: together?.worker.workers ?? 1,
    });
  if (keepsSpend(config)) limits = openLimits();
  await limits;
  let ownedIds: Promise<OwnedIdStore> | null = null;
  const openOwners = async () =>
    await (await import("./owned_ids.ts")).openOwnedIds(config, {
      clock,
      deadlines,
      random,
      logger,
      postgres,
    });
  if (keepsOwners(config)) ownedIds = openOwners();
  await ownedIds;
  telemetry.watchConversations(stores.turns);
  const requests = config.requests.enabled
    ? await (await import("./requests.ts")).openRequests(config, { clock, deadlines, logger, postgres })
    : null;
  const bringOutRequests = requests === null ? null : telemetry.keepRequests(requests);
  const instrument = { clock, deadlines, timeout: config.conversations.timeout };
  const { backend } = stores.turns;
  const runs = new InstrumentedRuns(stores.runs, backend, instrument);
  const { max_running, max_queued, lease } = config.conversations.background;
  const backgroundRuns = new BackgroundRuns({
    clock,
    runs,
    maxRunning: max_running,
    maxQueued: max_queued,
    lease,
    onWarning: (message) => logger.warn(message, { event: "run.abandoned" }),
  });
  telemetry.watchRuns(backgroundRuns);
  return {
    version,
    startedAt: clock.wall(),
    parseConfig: surroundings.parseConfig,
    clock,
    random,
    deadlines,
    telemetry,
    telemetryOptions: optionsOf,
    pace,
    overload: watchOverload(telemetry, together, pace),
    openAnswers,
    stores: {
      turns: new InstrumentedStore(stores.turns, instrument),
      items: new InstrumentedItems(stores.items, backend, instrument),
    },
    runs,
    backgroundRuns,
    answerCache,
    limits: () => limits ??= openLimits(),
    ownedIds: () => ownedIds ??= openOwners(),
    requests,
    usage,
    keys,
    together,
    checks: {
      ...checks,
      ...(keys === null ? {} : { keys: () => keys.store.failure() === null }),
      ...together?.checks,
    },
    async close() {
      usage?.close();
      requests?.ending();
      await bringOutRequests?.();
      const limited = limits?.then((keeper) => keeper.close());
      await Promise.all([
        stores.turns.close(),
        answerCache?.close(),
        requests?.close(),
        keys?.close(),
        ownedIds?.then((store) => store.close()),
        limited,
        directory?.close(),
      ]);
      await postgres.close();
    },
  };
}

/** Where the others cannot be heard now, they are shown as they were. */
function gatherFrom(together: Together, telemetry: Telemetry): void {
  const all = new Aggregation(telemetry.registry);
  let heard = false;
  telemetry.shareMetrics(async () => {
    const own = telemetry.takeSnapshot();
    try {
      all.show([await together.gather(own)]);
      heard = true;
    } catch {
      if (!heard) all.show([own]);
    }
    return all.registry;
  });
}

function shareMetrics(path: string, telemetry: Telemetry, clock: Clock): SharedDirectory {
  const { registry, logger } = telemetry;
  const directory = new SharedDirectory({
    path,
    clock,
    registry,
    takeSnapshot: () => telemetry.takeSnapshot(),
    onTrouble: (reason) =>
      reason === null
        ? logger.info(`metrics can be shared in ${path} again`, { event: "metrics.shared" })
        : logger.warn(`metrics cannot be shared in ${path}: ${reason}`, { event: "metrics.not_shared" }),
  });
  telemetry.shareMetrics(() => directory.gather());
  return directory;
}
