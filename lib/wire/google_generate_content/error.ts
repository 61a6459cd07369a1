import type { GatewayError } from "../../errors.ts";
import type { JsonObject } from "../canonical.ts";
import { googleError, googleStatus } from "../google_error.ts";
import { isObject } from "../shape.ts";
import { encodeSse } from "../sse.ts";

/** An error that a provider sent in an answer. */
export interface AnsweredError {
  readonly code: string;
  readonly message: string;
  readonly status?: number;
}

/** The error in `{"error": {"code", "message", "status"}}`; null where there is none. */
export function errorOf(body: JsonObject): AnsweredError | null {
  const { error } = body;
  if (!isObject(error)) return null;
  const { status, message, code } = error;
  const found: { code: string; message: string; status?: number } = {
    code: typeof status === "string" ? status : typeof code === "number" ? googleStatus(code) : "UNKNOWN",
    message: typeof message === "string" ? message : "The provider reported an error.",
  };
  if (typeof code === "number") found.status = code;
  return found;
}

/** The event for an error after the stream began; nothing follows it. */
export function encodeErrorEvent(error: GatewayError, status: number): string {
  return encodeSse(JSON.stringify(googleError(error, status)));
}
