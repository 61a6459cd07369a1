import type { Clock } from "../clock.ts";
import type { ConversationsConfig } from "../config/config.ts";
import type { ReadinessChecks } from "../endpoints/health.ts";
import { memoryStores } from "../stores/memory_stores.ts";
import { sqliteStores } from "../stores/sqlite_stores.ts";
import type { Stores } from "../stores/stores.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { SharedPostgres } from "./postgres.ts";

export interface Conversations {
  readonly stores: Stores;
  /** What readiness is to look at. */
  readonly checks: ReadinessChecks;
}

interface Surroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly postgres: SharedPostgres;
}

/** The stores that the configuration asks for. @throws {SqliteOpenError | PostgresOpenError} */
export async function openConversations(
  config: ConversationsConfig,
  { clock, logger, postgres }: Surroundings,
): Promise<Conversations> {
  const { store, path, synchronous, timeout, max_entries: maxEntries, max_size: maxBytes, ttl } = config;
  const limits = { maxEntries, maxBytes, ttl, clock };
  if (store === "postgres") {
    const { postgresStores } = await import("../stores/postgres_stores.ts");
    const stores = await postgresStores({ ...limits, client: await postgres.client() });
    return { stores, checks: { conversations: () => stores.failure() === null } };
  }
  if (path === null) return { stores: memoryStores(limits), checks: {} };
  const stores = await sqliteStores({
    ...limits,
    path,
    synchronous,
    timeout,
    onHealth: (failure) =>
      failure === null
        ? logger.info(`the conversations in ${path} can be used again`, { event: "store.recovered" })
        : logger.error(`the conversations in ${path} cannot be used: ${failure}`, { event: "store.failed" }),
  });
  return { stores, checks: { conversations: () => stores.failure() === null } };
}
