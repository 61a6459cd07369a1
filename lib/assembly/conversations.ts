import type { Config } from "../config/config.ts";
import type { ReadinessChecks } from "../endpoints/health.ts";
import { memoryStores } from "../stores/memory_stores.ts";
import { sqliteStores } from "../stores/sqlite_stores.ts";
import type { Stores } from "../stores/stores.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { SharedPostgres } from "./postgres.ts";
import { redisOptions, type StoreSurroundings } from "./redis.ts";

export interface Conversations {
  readonly stores: Stores;
  /** What readiness is to look at. */
  readonly checks: ReadinessChecks;
}

interface Surroundings extends StoreSurroundings {
  readonly logger: Logger;
  readonly postgres: SharedPostgres;
}

/** The stores that the configuration asks for. @throws {SqliteOpenError | PostgresOpenError} */
export async function openConversations(
  { conversations, redis }: Pick<Config, "conversations" | "redis">,
  surroundings: Surroundings,
): Promise<Conversations> {
  const { store, path, synchronous, timeout, max_entries: maxEntries, max_size: maxBytes, ttl } =
    conversations;
  const { clock, logger, postgres } = surroundings;
  const limits = { maxEntries, maxBytes, ttl, clock };
  if (store === "postgres") {
    const { postgresStores } = await import("../stores/postgres_stores.ts");
    const stores = await postgresStores({ ...limits, client: await postgres.client() });
    return { stores, checks: { conversations: () => stores.failure() === null } };
  }
  if (store === "redis" && redis !== null) {
    const { redisStores } = await import("../stores/redis_stores.ts");
    const onHealth = healthIn("Redis", logger);
    const stores = await redisStores({ ...redisOptions(redis, surroundings, onHealth), ...limits });
    return { stores, checks: { conversations: () => stores.failure() === null } };
  }
  if (path === null) return { stores: memoryStores(limits), checks: {} };
  const stores = await sqliteStores({
    ...limits,
    path,
    synchronous,
    timeout,
    onHealth: healthIn(path, logger),
  });
  return { stores, checks: { conversations: () => stores.failure() === null } };
}

/** Tells when a store begins to fail, and when it does no more. */
function healthIn(place: string, logger: Logger): (failure: string | null) => void {
  return (failure) =>
    failure === null
      ? logger.info(`the conversations in ${place} can be used again`, { event: "store.recovered" })
      : logger.error(`the conversations in ${place} cannot be used: ${failure}`, { event: "store.failed" });
}
