import type { Config } from "../config/config.ts";
import type { OwnedIdStore } from "../stores/owned_id_store.ts";
import { SqliteOpenError } from "../stores/sqlite/sqlite_open_error.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { SharedPostgres } from "./postgres.ts";
import { redisOptions, type StoreSurroundings } from "./redis.ts";

interface OwnedIdSurroundings extends StoreSurroundings {
  readonly logger: Logger;
  readonly postgres: SharedPostgres;
}

/**
 * Where it is kept whose files, batches and vector stores are. A file that cannot be opened is no reason not to serve, unless several
 * processes were to share it.
 * @throws {SqliteOpenError | PostgresOpenError}
 */
export async function openOwnedIds(config: Config, surroundings: OwnedIdSurroundings): Promise<OwnedIdStore> {
  try {
    return await openOwnedIdStore(config, surroundings);
  } catch (error) {
    if (!(error instanceof SqliteOpenError) || config.server.workers !== 1) throw error;
    surroundings.logger.warn(
      `${error.message}: whose files, batches and vector stores are is kept in memory alone, and forgotten with this process ` +
        "(pass_through.path names another file)",
      { event: "owned_ids.in_memory" },
    );
    return await inMemory(config);
  }
}

async function inMemory({ pass_through: { max_ids: most } }: Config): Promise<OwnedIdStore> {
  const { MemoryOwnedIdStore } = await import("../stores/owned_ids/memory_owned_id_store.ts");
  return new MemoryOwnedIdStore(most);
}

/** Where the configuration says, and nowhere else. @throws {SqliteOpenError | PostgresOpenError} */
export async function openOwnedIdStore(
  config: Config,
  surroundings: OwnedIdSurroundings,
): Promise<OwnedIdStore> {
  const { pass_through: { store, path, max_ids: most, timeout }, redis } = config;
  const { clock, logger, postgres } = surroundings;
  const onHealth = (failure: string | null) =>
    failure === null
      ? logger.info("the store of files', batches' and vector stores' owners can be used again", {
        event: "owned_ids.recovered",
      })
      : logger.error(
        `files, batches and vector stores are refused, for nobody knows whose they are: ${failure}`,
        {
          event: "owned_ids.failed",
        },
      );
  if (path !== null) {
    const { SqliteOwnedIdStore } = await import("../stores/owned_ids/sqlite_owned_id_store.ts");
    return await SqliteOwnedIdStore.open({ path, timeout, clock, most, onHealth });
  }
  if (store === "redis" && redis !== null) {
    const { RedisOwnedIdStore } = await import("../stores/owned_ids/redis_owned_id_store.ts");
    return RedisOwnedIdStore.open({ ...redisOptions(redis, surroundings, onHealth), most });
  }
  if (store === "postgres") {
    const { PostgresOwnedIdStore } = await import("../stores/owned_ids/postgres_owned_id_store.ts");
    return await PostgresOwnedIdStore.open(await postgres.client(), most);
  }
  return await inMemory(config);
}
