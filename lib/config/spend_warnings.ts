import { keepsSpend } from "./has_limits.ts";
import type { SpendConfig } from "./limits.ts";

type Counted = Parameters<typeof keepsSpend>[0] & { readonly spend: SpendConfig };

/** What is spent is to be told of once, and in whole, which processes that each keep their own cannot. */
export function spendWarnings(config: Counted, workers: number): string[] {
  if (workers === 1 || config.spend.store !== "memory" || !keepsSpend(config)) return [];
  return [
    `spend is kept in memory, which ${workers} workers do not share: each gives alerts of its own, and ` +
    "/admin/v1/spend tells what one of them has seen; set spend.path or spend.store",
  ];
}
