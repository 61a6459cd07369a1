import type { Config } from "../config/config.ts";
import { MemoryLimitStore } from "../stores/limits/memory_limit_store.ts";
import type { LimitStore } from "../stores/limit_store.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { StoreSurroundings } from "./redis.ts";

/** What counts for limits, while configurations come and go. */
export interface LimitKeeper {
  readonly store: LimitStore;
  close(): Promise<void>;
}

export function openLimitKeeper(
  _config: Config,
  { clock }: StoreSurroundings & { readonly logger: Logger },
): Promise<LimitKeeper> {
  const store = new MemoryLimitStore(clock);
  return Promise.resolve({ store, close: () => Promise.resolve() });
}
