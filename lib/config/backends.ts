import type { Report } from "./check.ts";
import type { BackendsConfig } from "./config.ts";
import type { PemFiles } from "./pem_files.ts";
import { type RedisConfig, resolveOwnRedis } from "./redis.ts";
import type { FileConfig } from "./schema.ts";

/** Through which server processes share what they use: the section's own, else `redis` where a policy goes by use. */
export function resolveBackends(
  { backends, models, redis: section }: Pick<FileConfig, "backends" | "models" | "redis">,
  shared: RedisConfig | null,
  report: Report,
  pem: PemFiles,
): BackendsConfig {
  const byUse = [backends, ...Object.values(models)].some(({ policy }) => policy === "least_used");
  const redis = backends.redis === null
    ? byUse ? shared : null
    : resolveOwnRedis(["backends", "redis"], backends.redis, section, report, pem);
  return { ...backends, redis };
}
