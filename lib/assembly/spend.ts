import type { Config } from "../config/config.ts";
import type { SpendStore } from "../stores/spend_store.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { SharedPostgres } from "./postgres.ts";
import { redisOptions, type StoreSurroundings } from "./redis.ts";

/** Where what is spent is kept. @throws {SqliteOpenError} @throws {PostgresOpenError} */
export async function openSpendStore(
  { spend, redis }: Pick<Config, "spend" | "redis">,
  surroundings: StoreSurroundings & { readonly logger: Logger; readonly postgres: SharedPostgres },
): Promise<SpendStore> {
  const { store, path, timeout, retention } = spend;
  const { clock, logger, postgres } = surroundings;
  const onHealth = (failure: string | null) =>
    failure === null
      ? logger.info("what is spent is kept again", { event: "spend.recovered" })
      : logger.error(`what is spent waits to be kept: ${failure}`, { event: "spend.failed" });
  if (path !== null) {
    const { SqliteSpendStore } = await import("../stores/spend/sqlite_spend_store.ts");
    return await SqliteSpendStore.open({ path, timeout, clock, onHealth });
  }
  if (store === "redis" && redis !== null) {
    const { RedisSpendStore } = await import("../stores/spend/redis_spend_store.ts");
    return RedisSpendStore.open({ ...redisOptions(redis, surroundings, onHealth), retention });
  }
  if (store === "postgres") {
    const { PostgresSpendStore } = await import("../stores/spend/postgres_spend_store.ts");
    return await PostgresSpendStore.open(await postgres.client());
  }
  const { MemorySpendStore } = await import("../stores/spend/memory_spend_store.ts");
  return new MemorySpendStore();
}
