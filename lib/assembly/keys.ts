import type { Config } from "../config/config.ts";
import type { KeysConfig } from "../config/keys.ts";
import { KeyDirectory } from "../middleware/key_directory.ts";
import type { KeyStore } from "../stores/key_store.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { SharedPostgres } from "./postgres.ts";
import { redisOptions, type StoreSurroundings } from "./redis.ts";

interface KeySurroundings extends StoreSurroundings {
  readonly logger: Logger;
  readonly postgres: SharedPostgres;
}

export interface Keys {
  readonly store: KeyStore;
  readonly directory: KeyDirectory;
  /** Keys that there may be, and teams and users each. */
  readonly maxKeys: number;
  close(): Promise<void>;
}

/** Where virtual keys are. @throws {SqliteOpenError} @throws {PostgresOpenError} */
export async function openKeys(
  keys: KeysConfig,
  redis: Config["redis"],
  surroundings: KeySurroundings,
): Promise<Keys> {
  const store = await openStore(keys, redis, surroundings);
  const { refresh, max_known: maxKnown, max_keys: maxKeys, owner } = keys;
  const directory = new KeyDirectory({ store, clock: surroundings.clock, refresh, maxKnown, owner });
  return {
    store,
    directory,
    maxKeys,
    close() {
      directory.close();
      return store.close();
    },
  };
}

async function openStore(
  { store, path, timeout }: KeysConfig,
  redis: Config["redis"],
  surroundings: KeySurroundings,
): Promise<KeyStore> {
  const { clock, logger, postgres } = surroundings;
  const onHealth = (failure: string | null) =>
    failure === null
      ? logger.info("the store of keys can be used again", { event: "keys.recovered" })
      : logger.error(`the store of keys cannot be used, keys that are known go on: ${failure}`, {
        event: "keys.failed",
      });
  if (path !== null) {
    const { SqliteKeyStore } = await import("../stores/sqlite_key_store.ts");
    return await SqliteKeyStore.open({ path, timeout, clock, onHealth });
  }
  if (store === "redis" && redis !== null) {
    const { RedisKeyStore } = await import("../stores/redis_key_store.ts");
    return RedisKeyStore.open(redisOptions(redis, surroundings, onHealth));
  }
  if (store === "postgres") {
    const { PostgresKeyStore } = await import("../stores/postgres_key_store.ts");
    return await PostgresKeyStore.open(await postgres.client());
  }
  const { MemoryKeyStore } = await import("../stores/memory_key_store.ts");
  return new MemoryKeyStore();
}
