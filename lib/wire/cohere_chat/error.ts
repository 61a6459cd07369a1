import type { JsonObject } from "../canonical.ts";

const GENERAL = "The provider reported an error.";

/**
 * The error that a body, an event or the end of a stream tells of: `{"message"}` as its answers have it, or
 * `{"finish_reason": "ERROR", "error"}` at the end of one that broke off; null where it tells of none.
 */
export function errorOf(body: JsonObject): { readonly code: string; readonly message: string } | null {
  const { message, error, finish_reason: reason } = body;
  if (reason === "ERROR" || reason === "TIMEOUT") {
    return { code: "upstream_error", message: typeof error === "string" ? error : GENERAL };
  }
  if (typeof message === "string") return { code: "upstream_error", message };
  return typeof error === "string" ? { code: "upstream_error", message: error } : null;
}
