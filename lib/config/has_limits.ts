import type { Config } from "../config/config.ts";
import type { Limits } from "../stores/key_records.ts";

/** Whether anybody or anything has limits or a budget, or may be given some while the gateway runs. */
export function hasLimits(config: Config): boolean {
  return config.keys !== null || limitsIn(config).some(isLimited);
}

/** Whether what is spent is kept: where it is asked for, or may only be so much. */
export function keepsSpend(config: Config): boolean {
  return config.spend.asked || config.keys !== null ||
    limitsIn(config).some(({ budgets }) => budgets.length > 0);
}

/** All limits that the configuration holds. */
function limitsIn({ limits, auth }: Config): Limits[] {
  return [limits.keys, ...Object.values(limits.models), ...auth.keys, ...Object.values(auth.teams)];
}

function isLimited({ rpm, tpm, max_parallel, budgets }: Limits): boolean {
  return rpm !== null || tpm !== null || max_parallel !== null || budgets.length > 0;
}
