import { dirname, isAbsolute, resolve } from "node:path";
import type { Report } from "./check.ts";
import type { CacheConfig } from "./config.ts";
import { checkRedis } from "./redis.ts";
import type { FileConfig } from "./schema.ts";

/** The embeddings that need no model. */
export const BUILT_IN_EMBEDDING = "ngram";

type FileCache = FileConfig["cache"];

export interface ResolvedCache {
  readonly cache: CacheConfig;
  /** Values of keys that are not given, by formatted path. */
  readonly computed: ReadonlyMap<string, unknown>;
}

/**
 * @param file the configuration's path, which a relative one starts from.
 * @param written names of the file's models, those that have a fault of their own among them.
 */
export function resolveCache(
  { cache: given, models: valid }: Pick<FileConfig, "cache" | "models">,
  file: string,
  written: readonly string[],
  report: Report,
): ResolvedCache {
  const { path, redis } = given;
  const store = given.store ?? (redis !== null ? "redis" : path !== null ? "sqlite" : "memory");
  checkStore(given, store, report);
  checkModels(
    given,
    new Set([...written, ...Object.values(valid).flatMap(({ aliases }) => aliases)]),
    report,
  );
  return {
    cache: {
      ...given,
      store,
      path: path === null || isAbsolute(path) ? path : resolve(dirname(file), path),
    },
    computed: new Map<string, unknown>([["cache.store", store]]),
  };
}

function checkStore(given: FileCache, store: CacheConfig["store"], report: Report): void {
  const needs = (key: "path" | "redis", of: CacheConfig["store"], what: string) => {
    if (store === of && given[key] === null) {
      report.add(["cache", key], `is missing; expected ${what}, for cache.store is "${of}"`);
    }
    if (store !== of && given[key] !== null) {
      report.add(["cache", key], `names ${what}, but cache.store is "${store}"`);
    }
  };
  needs("path", "sqlite", "a file");
  needs("redis", "redis", "a server");
  const { enabled, secret, redis } = given;
  if (enabled && store !== "memory" && secret === null) {
    report.add(
      ["cache", "secret"],
      `is missing; expected text, for what is kept outlives the process: cache.store is "${store}"`,
    );
  }
  if (secret?.empty === true) report.add(["cache", "secret"], "is empty; give it a text, or leave it out");
  checkRedis(["cache", "redis"], redis, report);
}

function checkModels({ models, semantic }: FileCache, known: ReadonlySet<string>, report: Report): void {
  models.forEach((name, index) => {
    if (!known.has(name)) {
      report.add(["cache", "models", index], `names no model of the configuration: "${name}"`);
    }
  });
  const embedding = semantic?.embedding ?? BUILT_IN_EMBEDDING;
  if (embedding !== BUILT_IN_EMBEDDING && !known.has(embedding)) {
    report.add(
      ["cache", "semantic", "embedding"],
      `is neither "${BUILT_IN_EMBEDDING}" nor a model of the configuration: "${embedding}"`,
    );
  }
}
