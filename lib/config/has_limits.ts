import type { FileConfig } from "./schema.ts";

type Limits = Pick<FileConfig["limits"]["keys"], "rpm" | "tpm" | "max_parallel" | "budgets">;

/** What there is of limits in a configuration. */
interface Limited {
  readonly limits: { readonly keys: Limits; readonly models: Readonly<Record<string, Limits>> };
  readonly auth: { readonly keys: readonly Limits[]; readonly teams: Readonly<Record<string, Limits>> };
  /** Virtual keys; null: there are none. */
  readonly keys: unknown;
}

/** Whether anybody or anything has limits or a budget, or may be given some while the gateway runs. */
export function hasLimits(config: Limited): boolean {
  return config.keys !== null || limitsIn(config).some(isLimited);
}

/** Whether what is spent is kept: where it is asked for, or may only be so much. */
export function keepsSpend(config: Limited & { readonly spend: { readonly asked: boolean } }): boolean {
  return config.spend.asked || config.keys !== null ||
    limitsIn(config).some(({ budgets }) => budgets.length > 0);
}

/** All limits that the configuration holds. */
function limitsIn({ limits, auth }: Limited): Limits[] {
  return [limits.keys, ...Object.values(limits.models), ...auth.keys, ...Object.values(auth.teams)];
}

function isLimited({ rpm, tpm, max_parallel, budgets }: Limits): boolean {
  return rpm !== null || tpm !== null || max_parallel !== null || budgets.length > 0;
}
