import type { JsonObject, JsonValue } from "./canonical.ts";
import type { Observed } from "./codec.ts";
import { isObject } from "./shape.ts";
import type { WireEvent } from "./framing.ts";

/** What is known of an answer before its first event. */
export function nothingObserved(): Observed {
  return { responseId: "", model: "", finishReason: "", usage: null, error: null, final: null };
}

/** The JSON object in an event's data; null where there is none, which is an error of the provider's. */
export function parseEvent(event: WireEvent): JsonObject | null {
  try {
    const value: JsonValue = JSON.parse(event.data);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** The error for an event whose data is no JSON object. */
export const MALFORMED_EVENT = {
  code: "upstream_invalid_response",
  message: "The provider sent an event that is not a JSON object.",
} as const;
