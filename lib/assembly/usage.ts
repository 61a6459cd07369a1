import type { Config } from "../config/config.ts";
import type { UsageStore } from "../stores/usage_store.ts";
import type { Logger } from "../telemetry/logger.ts";
import { redisOptions, type StoreSurroundings } from "./redis.ts";

/** Where processes tell each other what they use of providers; null: nowhere. Nobody waits for the server. */
export async function openUsage(
  redis: Config["backends"]["redis"],
  surroundings: StoreSurroundings & { readonly logger: Logger },
): Promise<UsageStore | null> {
  if (redis === null) return null;
  const { RedisUsageStore } = await import("../stores/redis_usage_store.ts");
  const { logger } = surroundings;
  return new RedisUsageStore(
    redisOptions(
      redis,
      surroundings,
      (failure) =>
        failure === null
          ? logger.info("the use of providers is shared again", { event: "usage.shared" })
          : logger.warn(`each process goes by its own use of providers: ${failure}`, {
            event: "usage.not_shared",
          }),
    ),
  );
}
