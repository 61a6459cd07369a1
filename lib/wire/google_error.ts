import type { GatewayError } from "../errors.ts";
import type { JsonObject } from "./canonical.ts";

/**
 * Names of google.rpc.Code by the HTTP status that Google's APIs give them.
 * @see https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
 */
const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  408: "DEADLINE_EXCEEDED",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  500: "INTERNAL",
  501: "UNIMPLEMENTED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
  529: "UNAVAILABLE",
};

const TYPE = "type.googleapis.com/google.rpc.";
/** Whose reasons they are: the gateway's codes, in the case that Google writes reasons in. */
const DOMAIN = "llm-gateway";

/** The name of an HTTP status in Google's errors. */
export function googleStatus(status: number): string {
  return STATUS_NAMES[status] ?? (status < 500 ? "INVALID_ARGUMENT" : "INTERNAL");
}

/** The HTTP status of such a name; undefined for a word that is none. */
export function statusOfGoogle(name: string): number | undefined {
  for (const status in STATUS_NAMES) if (STATUS_NAMES[status] === name) return Number(status);
  return name === "FAILED_PRECONDITION" || name === "OUT_OF_RANGE" ? 400 : undefined;
}

/**
 * An error as Google's APIs say it: `{"error":{"code","message","status","details"}}`. The gateway's own code
 * stands in the `ErrorInfo`, the parameter at fault in `BadRequest`, the time to wait in `RetryInfo`.
 *
 * @param status HTTP status to show.
 * @see https://google.aip.dev/193
 */
export function googleError(error: GatewayError, status: number): JsonObject {
  const details: JsonObject[] = [
    { "@type": `${TYPE}ErrorInfo`, reason: error.code.toUpperCase(), domain: DOMAIN },
  ];
  if (error.param !== null) {
    const violation = { field: error.param, description: error.message };
    details.push({ "@type": `${TYPE}BadRequest`, fieldViolations: [violation] });
  }
  if (error.retryAfter !== null && error.retryAfter >= 0) {
    details.push({ "@type": `${TYPE}RetryInfo`, retryDelay: `${error.retryAfter}s` });
  }
  return { error: { code: status, message: error.message, status: googleStatus(status), details } };
}
