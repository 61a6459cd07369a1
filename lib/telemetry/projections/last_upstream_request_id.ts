import type { Attempt } from "../exchange.ts";

/** The id that the last attempt to have one was given by its provider, or the empty string. */
export function lastUpstreamRequestId(attempts: readonly Attempt[]): string {
  for (let i = attempts.length - 1; i >= 0; i--) {
    const id = attempts[i]?.upstreamRequestId ?? "";
    if (id !== "") return id;
  }
  return "";
}
