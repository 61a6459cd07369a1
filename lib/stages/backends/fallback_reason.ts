import type { GatewayError } from "../../errors.ts";
import { saysTooLong, TOO_LONG } from "../../providers/too_long.ts";

/** Why another model may do what this one will not: reasons that are the request's, with chains of their own. */
export type FallbackReason = "context_window" | "content_policy";

const CODES: ReadonlyMap<string, FallbackReason> = new Map([
  [TOO_LONG, "context_window"],
  ["string_above_max_length", "context_window"],
  ["request_too_large", "context_window"],
  ["content_filter", "content_policy"],
  ["content_policy_violation", "content_policy"],
  ["invalid_prompt", "content_policy"],
]);

/** What providers say who have no code for it. */
const CONTENT_POLICY = /content (management )?polic(y|ies)|content filter|flagged (by|as)/i;

/** The reason of a refusal; null: another one, or none that a fallback of its own is for. */
export function fallbackReason(error: GatewayError): FallbackReason | null {
  if (error.status !== 400 && error.status !== 413 && error.status !== 403) return null;
  const known = CODES.get(error.upstreamCode ?? "");
  if (known !== undefined) return known;
  if (saysTooLong(error.message)) return "context_window";
  return CONTENT_POLICY.test(error.message) ? "content_policy" : null;
}
