import type { Config } from "../config/config.ts";
import { DNS_TTL, systemResolve } from "../providers/address_book.ts";
import { OutboundPost } from "../providers/outbound_post.ts";
import { AlertWebhook } from "../stages/limits/alert_webhook.ts";
import { type BudgetAlert, BudgetBoard } from "../stages/limits/budget_board.ts";
import { BudgetTotals } from "../stores/limits/budget_totals.ts";
import { dayOf } from "../stores/limits/budget_windows.ts";
import { FallbackLimitStore } from "../stores/limits/fallback_limit_store.ts";
import { MemoryLimitStore } from "../stores/limits/memory_limit_store.ts";
import type { LimitRule, LimitStore } from "../stores/limit_store.ts";
import { SpendAccount } from "../stores/spend/spend_account.ts";
import type { SpendStore } from "../stores/spend_store.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { keepsSpend } from "../config/has_limits.ts";
import type { SharedPostgres } from "./postgres.ts";
import { redisOptions, type StoreSurroundings } from "./redis.ts";
import { openSpendStore } from "./spend.ts";

/** What counts for limits and keeps what is spent, while configurations come and go. */
export interface LimitKeeper {
  readonly store: LimitStore;
  /** Null: what is spent is not kept. */
  readonly spend: SpendAccount | null;
  readonly board: BudgetBoard;
  /** Among how many stores that know nothing of each other limits are divided, and budgets. */
  readonly shares: { readonly limits: number; readonly budgets: number };
  /** Goes by this configuration's models and budgets from now on. */
  follow(config: Config, budgets: readonly LimitRule[]): void;
  /** Puts budgets on the board that nobody has asked for yet, with what was spent of them before. */
  show(budgets: readonly LimitRule[]): Promise<void>;
  close(): Promise<void>;
}

export interface LimitSurroundings extends StoreSurroundings {
  readonly telemetry: Telemetry;
  readonly postgres: SharedPostgres;
  /** Processes that serve together. */
  readonly workers: number;
}

/** Between two times that old days are forgotten. */
const PRUNE_EACH = 3_600_000;

/** @throws {SqliteOpenError} @throws {PostgresOpenError} where what is spent cannot be kept. */
export async function openLimitKeeper(config: Config, surroundings: LimitSurroundings): Promise<LimitKeeper> {
  const { clock, telemetry, workers } = surroundings;
  const { logger, registry } = telemetry;
  const counting = await openLimitStore(config, surroundings);
  let models = modelNames(config);
  const spend = keepsSpend(config)
    ? new SpendAccount({
      clock,
      store: await openSpendStore(config, { ...surroundings, logger }),
      models: () => models,
      onLost: (rows) =>
        logger.error(`${rows} rows of what was spent could not be kept`, { event: "spend.lost", rows }),
    })
    : null;
  const alerts = openAlerts(config, surroundings, spend?.store ?? null);
  const shown = new Set<string>();
  const board = new BudgetBoard({
    clock,
    thresholds: config.limits.thresholds,
    onThreshold: alerts.tell,
    onNew({ scope, name, of, period }, { limit, spent }) {
      // Names of virtual keys need not be their own.
      const named = `${scope} ${name} ${period}`;
      const labels = [scope, shown.has(named) ? of : name, period ?? ""];
      shown.add(named);
      registry.read("gateway_budget_limit_usd", labels, limit);
      registry.read("gateway_budget_spent_usd", labels, spent);
    },
  });
  const store = spend === null ? counting : new BudgetTotals({
    clock,
    store: counting,
    spend: spend.store,
    shared: spend.store.backend !== "memory",
    onTotal: board.spent,
  });
  if (counting.backend !== "memory") {
    registry.read("gateway_limits_degraded", [], () => store.failure() === null ? 0 : 1);
  }
  if (spend !== null) telemetry.keepAccount(spend);
  const prune = () =>
    spend?.store.prune(dayOf(clock.wall() - config.spend.retention)).catch(() => {/* It says so itself. */});
  prune();
  const show = async (budgets: readonly LimitRule[]) => {
    for (const budget of budgets) board.watch(budget);
    if (store instanceof BudgetTotals) await store.know(budgets);
  };
  const stopPruning = clock.every(PRUNE_EACH, prune);
  return {
    store,
    spend,
    board,
    shares: {
      limits: counting.backend === "memory" ? workers : 1,
      budgets: counting.backend === "memory" && (spend?.store.backend ?? "memory") === "memory" ? workers : 1,
    },
    follow(config, budgets) {
      models = modelNames(config);
      show(budgets);
    },
    show,
    async close() {
      stopPruning();
      await Promise.all([spend?.close(), store.close(), alerts.close()]);
    },
  };
}

async function openLimitStore(config: Config, surroundings: LimitSurroundings): Promise<LimitStore> {
  const { clock, telemetry: { logger }, workers } = surroundings;
  const local = new MemoryLimitStore(clock);
  const { redis, limits } = config;
  if (limits.store !== "redis" || redis === null) return local;
  const { RedisLimitStore } = await import("../stores/limits/redis_limit_store.ts");
  const closed = limits.on_store_failure === "closed";
  const shared = RedisLimitStore.open(redisOptions(redis, surroundings, (failure) => {
    if (failure === null) return logger.info("limits are counted together again", { event: "limits.shared" });
    const meanwhile = closed ? "all that have limits are refused" : "each process counts for itself";
    logger.error(`limits cannot be counted together, ${meanwhile}: ${failure}`, {
      event: "limits.not_shared",
    });
  }));
  return new FallbackLimitStore({ shared, local, processes: workers, closed });
}

/** By each name that clients may use, the one that it is counted under. */
function modelNames({ models, routing }: Config): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(models).flatMap(([name, { aliases }]) =>
      [name, ...aliases].map((each) => [each, name] as const)
    ),
    ...(routing?.auto_models ?? []).map((name) => [name, name] as const),
  ]);
}

/** A line in the log for each threshold, and a word to the webhook: once for all processes that share an account. */
function openAlerts(
  { limits: { alerts }, proxies: { https, http, none } }: Config,
  { clock, deadlines, telemetry: { logger } }: LimitSurroundings,
  spend: SpendStore | null,
): { tell(alert: BudgetAlert): void; close(): Promise<void> } {
  const webhook = alerts === null ? null : new AlertWebhook({
    place: new OutboundPost({
      url: alerts.webhook.reveal(),
      headers: Object.fromEntries(
        Object.entries(alerts.headers).map(([name, value]) => [name, value.reveal()]),
      ),
      timeout: alerts.timeout,
      deadlines,
      dns: { resolve: systemResolve, ttl: DNS_TTL, clock, policy: alerts.addresses },
      proxyEnvironment: { httpsProxy: https.reveal(), httpProxy: http.reveal(), noProxy: none },
      ca: alerts.ca,
    }),
    clock,
    onLost: (alert, why) =>
      logger.warn(`an alert could not be given: ${why}`, { event: "budget.alert_lost", alert }),
  });
  const pending = new Set<Promise<void>>();
  async function tell(alert: BudgetAlert): Promise<void> {
    const { rule: { id, scope, name, period }, threshold, firstDay, spentUsd, limitUsd, renewsAt } = alert;
    // Where nobody knows whether it was given, twice is better than never.
    const first = await spend?.first(`alert:${id}:${firstDay}:${threshold}`).catch(() => true) ?? true;
    if (!first) return;
    const text = `budget of ${scope} '${name}': ${threshold} % of $${limitUsd} a ${period} are reached`;
    const facts = {
      scope,
      name,
      window: period ?? "",
      threshold,
      spent_usd: spentUsd,
      limit_usd: limitUsd,
      renews_at: new Date(renewsAt).toISOString(),
    };
    logger.warn(text, { event: "budget.threshold", ...facts });
    webhook?.send({ event: "budget.threshold", text, ...facts });
  }
  return {
    tell(alert) {
      const told = tell(alert).finally(() => pending.delete(told));
      pending.add(told);
    },
    async close() {
      await Promise.all(pending);
      await webhook?.close();
    },
  };
}
