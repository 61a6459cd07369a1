import type { GatewayError } from "../../errors.ts";
import type { JsonObject } from "../canonical.ts";
import { googleStatus, statusOfGoogle } from "../google_error.ts";
import { isObject } from "../shape.ts";
import { encodeSse } from "../sse.ts";

/** An error that a provider sent in an answer or an event. */
export interface AnsweredError {
  readonly code: string;
  readonly message: string;
  readonly status?: number;
}

/** The error in `{"error": {"code", "message"}}`, whose code may be a word or a status; null where there is none. */
export function errorOf(body: JsonObject): AnsweredError | null {
  const { error } = body;
  if (!isObject(error)) return null;
  const { code, status, message } = error;
  const word = typeof status === "string" ? status : typeof code === "string" ? code : undefined;
  const name = word?.toUpperCase() ?? "";
  const number = typeof code === "number" ? code : statusOfGoogle(name);
  const found: { code: string; message: string; status?: number } = {
    code: statusOfGoogle(name) !== undefined
      ? name
      : word ?? (number === undefined ? "UNKNOWN" : googleStatus(number)),
    message: typeof message === "string" ? message : "The provider reported an error.",
  };
  if (number !== undefined) found.status = number;
  return found;
}

/** What follows the last event of a stream that went well. */
export const DONE_DATA = "[DONE]";
export const DONE = encodeSse(DONE_DATA, "done");

/** The event for an error after the stream began; nothing follows it. */
export function encodeErrorEvent(error: GatewayError): string {
  return errorEvent(error.code, error.message);
}

export function errorEvent(code: string, message: string): string {
  const event = { error: { code, message }, event_type: "error" };
  return encodeSse(JSON.stringify(event), "error");
}
