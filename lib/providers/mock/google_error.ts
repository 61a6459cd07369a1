import type { JsonObject } from "../../wire/canonical.ts";
import type { MockError } from "./wire.ts";

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** Google says 400 to a wrong key, and why in the details. */
export function googleError(error: MockError): JsonObject {
  const status = STATUS_NAMES[error.status] ?? "UNKNOWN";
  return { error: { code: error.status, message: error.message, status } };
}
