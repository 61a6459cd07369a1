import type { Clock } from "./clock.ts";
import type { Config } from "./config/config.ts";
import { BUILT_IN_EMBEDDING } from "./config/cache.ts";
import { AnswerCache } from "./stages/cache/answer_cache.ts";
import { AnswerKeys } from "./stages/cache/answer_key.ts";
import { cacheLookup } from "./stages/cache/cache_lookup.ts";
import { CachePolicy } from "./stages/cache/cache_policy.ts";
import { type Embedder, modelEmbedder, ngramEmbedder } from "./stages/embedding/embedder.ts";
import type { InnerCalls } from "./stages/inner_calls.ts";
import type { Stage } from "./stages/stage.ts";
import type { UpstreamRequestOptions } from "./stages/upstream_request.ts";
import { MemoryCacheStore } from "./stores/memory_cache_store.ts";

/** Bits of a secret that nobody gave. */
const SECRET_BYTES = 32;

type CacheConfig = Config["cache"];

/** The cache that the configuration asks for; null: none. */
export function openAnswerCache(config: CacheConfig, clock: Clock): AnswerCache | null {
  if (!config.enabled) return null;
  const { max_entries: maxEntries, max_size: maxBytes } = config;
  return new AnswerCache({
    store: new MemoryCacheStore({ maxEntries, maxBytes, clock }),
    secret: config.secret?.reveal() ?? crypto.getRandomValues(new Uint8Array(SECRET_BYTES)),
    maxAnswerBytes: config.max_answer_size,
    maxQuestions: config.semantic?.max_questions ?? 0,
    clock,
  });
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
