import type { Config } from "../config/config.ts";
import { BUILT_IN_EMBEDDING } from "../config/cache.ts";
import { AnswerCache } from "../stages/cache/answer_cache.ts";
import { AnswerKeys } from "../stages/cache/answer_key.ts";
import { cacheLookup } from "../stages/cache/cache_lookup.ts";
import { CachePolicy } from "../stages/cache/cache_policy.ts";
import { type Embedder, modelEmbedder, ngramEmbedder } from "../stages/embedding/embedder.ts";
import type { InnerCalls } from "../stages/inner_calls.ts";
import type { Stage } from "../stages/stage.ts";
import type { UpstreamRequestOptions } from "../stages/upstream_request.ts";
import type { CacheStore } from "../stores/cache_store.ts";
import { MemoryCacheStore } from "../stores/memory_cache_store.ts";
import { SqliteCacheStore } from "../stores/sqlite_cache_store.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { SharedPostgres } from "./postgres.ts";
import { redisOptions, type StoreSurroundings } from "./redis.ts";

/** Bits of a secret that nobody gave. */
const SECRET_BYTES = 32;

type CacheConfig = Config["cache"];

export interface CacheSurroundings extends StoreSurroundings {
  readonly logger: Logger;
  readonly postgres: SharedPostgres;
}

/** The cache that the configuration asks for. @throws {SqliteOpenError | PostgresOpenError} where it cannot be used. */
export async function openAnswerCache(
  config: CacheConfig,
  surroundings: CacheSurroundings,
): Promise<AnswerCache> {
  const { clock } = surroundings;
  return new AnswerCache({
    store: await openStore(config, surroundings),
    secret: config.secret?.reveal() ?? crypto.getRandomValues(new Uint8Array(SECRET_BYTES)),
    maxAnswerBytes: config.max_answer_size,
    maxQuestions: config.semantic?.max_questions ?? 0,
    clock,
  });
}

async function openStore(config: CacheConfig, surroundings: CacheSurroundings): Promise<CacheStore> {
  const { max_entries: maxEntries, max_size: maxBytes, path, redis, timeout } = config;
  const { clock, logger } = surroundings;
  const onHealth = (failure: string | null) =>
    failure === null
      ? logger.info("answers are kept again", { event: "cache.recovered" })
      : logger.error(`no answers are kept: ${failure}`, { event: "cache.failed" });
  if (redis !== null) {
    const { RedisCacheStore } = await import("../stores/redis_cache_store.ts");
    return new RedisCacheStore(redisOptions(redis, surroundings, onHealth));
  }
  const limits = { maxEntries, maxBytes, clock };
  if (config.store === "postgres") {
    const { PostgresCacheStore } = await import("../stores/postgres_cache_store.ts");
    return await PostgresCacheStore.open({ ...limits, client: await surroundings.postgres.client() });
  }
  if (path === null) return new MemoryCacheStore(limits);
  return await SqliteCacheStore.open({ ...limits, path, timeout, onHealth });
}

/** The stage `cache_lookup`. */
export function cacheStage(
  config: CacheConfig,
  cache: AnswerCache,
  upstream: UpstreamRequestOptions,
  calls: InnerCalls,
): Stage {
  const { semantic } = config;
  return cacheLookup({
    ...upstream,
    cache,
    keys: new AnswerKeys(cache.secret, config.namespace),
    policy: new CachePolicy({
      models: config.models,
      maxTemperature: config.max_temperature,
      toolCalls: config.tool_calls,
    }),
    ttl: config.ttl,
    timeout: config.timeout,
    singleFlight: config.single_flight,
    semantic: semantic === null
      ? null
      : { embedder: embedderOf(semantic.embedding, calls), threshold: semantic.threshold },
  });
}

function embedderOf(embedding: string, calls: InnerCalls): Embedder {
  return embedding === BUILT_IN_EMBEDDING ? ngramEmbedder : modelEmbedder(embedding, calls);
}
