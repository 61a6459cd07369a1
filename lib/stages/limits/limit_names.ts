import type { LimitRule } from "../../stores/limit_store.ts";

/** A limit as `gateway_rate_limited_total` and the log know it: `key_tokens`, `team_budget_day`. */
export function limitName({ scope, kind, period }: LimitRule): string {
  return period === null ? `${scope}_${kind}` : `${scope}_${kind}_${period}`;
}

/** What is counted, for people. */
export const COUNTED: Readonly<Record<LimitRule["kind"], string>> = {
  requests: "requests per minute (RPM)",
  tokens: "tokens per minute (TPM)",
  parallel: "requests at a time",
  budget: "spend",
};
