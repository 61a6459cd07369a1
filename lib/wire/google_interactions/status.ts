import type { FinishReason, JsonObject, JsonValue } from "../canonical.ts";
import { isObject } from "../shape.ts";

/** Statuses from which an interaction does not go on, and what each means. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  completed: "stop",
  requires_action: "tool_calls",
  incomplete: "length",
  budget_exceeded: "length",
  requires_continuation: "pause",
  failed: "error",
  cancelled: "error",
};

/** The format has one word for all that is not whole; these say in `errors` why. */
const FILTERED: Readonly<Partial<Record<FinishReason, string>>> = {
  content_filter: "content_filter",
  refusal: "refusal",
};

/** Why an interaction ended. @param errors its `errors`. */
export function decodeStatus(status: string | undefined, errors: JsonValue | undefined): FinishReason {
  const reason = REASONS[status ?? "completed"] ?? "error";
  if (reason !== "length" || !Array.isArray(errors)) return reason;
  const filtered = Object.entries(FILTERED).find(([, code]) =>
    errors.some((each) => isObject(each) && each.code === code)
  );
  return filtered === undefined ? reason : filtered[0] as FinishReason;
}

/** `status`, and `errors` where that says too little. */
export function encodeStatus(reason: FinishReason): { status: string; errors?: JsonObject[] } {
  const code = FILTERED[reason];
  if (code !== undefined) {
    const message = reason === "refusal" ? "The model refused to answer." : "The answer was filtered.";
    return { status: "incomplete", errors: [{ code, message }] };
  }
  return { status: Object.keys(REASONS).find((status) => REASONS[status] === reason) ?? "completed" };
}
