import type { Report } from "./check.ts";
import type { CacheConfig } from "./config.ts";
import type { PemFiles } from "./pem_files.ts";
import { resolveOwnRedis } from "./redis.ts";
import type { FileConfig } from "./schema.ts";
import type { StoreKind } from "./sections/store.ts";
import { resolveStore, type SharedStores } from "./stores.ts";

/** The embeddings that need no model. */
export const BUILT_IN_EMBEDDING = "ngram";

type FileCache = FileConfig["cache"];

export interface ResolvedCache {
  readonly cache: CacheConfig;
  /** Values of keys that are not given, by formatted path. */
  readonly computed: ReadonlyMap<string, unknown>;
}

/** What the cache's section leans on. */
interface Around {
  /** The configuration's path, which a relative one starts from. */
  readonly file: string;
  /** Names of the file's models, those that have a fault of their own among them. */
  readonly written: readonly string[];
  readonly shared: SharedStores;
}

export function resolveCache(
  { cache: given, models: valid, redis: section }: Pick<FileConfig, "cache" | "models" | "redis">,
  { file, written, shared }: Around,
  report: Report,
  pem: PemFiles,
): ResolvedCache {
  const own = given.redis === null
    ? null
    : resolveOwnRedis(["cache", "redis"], given.redis, section, report, pem);
  const servers = { ...shared, redis: own ?? shared.redis };
  const asked = given.store ?? (own === null ? null : "redis");
  const { store, path } = resolveStore(["cache"], { ...given, store: asked }, file, servers, report);
  if (own !== null && store !== "redis") {
    report.add(["cache", "redis"], `names a server, but cache.store is "${store}"`);
  }
  checkSecret(given, store, report);
  checkModels(
    given,
    new Set([...written, ...Object.values(valid).flatMap(({ aliases }) => aliases)]),
    report,
  );
  return {
    cache: { ...given, store, path, redis: store === "redis" ? servers.redis : null },
    computed: new Map<string, unknown>([["cache.store", store]]),
  };
}

function checkSecret({ enabled, secret }: FileCache, store: StoreKind, report: Report): void {
  if (enabled && store !== "memory" && secret === null) {
    report.add(
      ["cache", "secret"],
      `is missing; expected text, for what is kept outlives the process: cache.store is "${store}"`,
    );
  }
  if (secret?.empty === true) report.add(["cache", "secret"], "is empty; give it a text, or leave it out");
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
