import { ERRORS } from "../../errors.ts";
import type { JsonObject } from "../canonical.ts";
import { isObject } from "../shape.ts";
import { encodeSse } from "../sse.ts";

/** An error that a provider sent in the middle of a stream. */
export interface StreamError {
  readonly code: string;
  readonly message: string;
  readonly status?: number;
}

/** A second answer began before the first ended: no client could tell where one stops. */
export const SPLICED_STREAM: StreamError = {
  code: "upstream_invalid_response",
  message: "The provider began a second message before the first ended.",
};

/** HTTP status that the API gives an error of the type. https://platform.claude.com/docs/en/api/errors */
const STATUS: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The error in `{"type":"error","error":{"type","message"}}`. */
export function errorOf(body: JsonObject): StreamError {
  const error = isObject(body.error) ? body.error : {};
  const code = typeof error.type === "string" ? error.type : "upstream_error";
  const message = typeof error.message === "string" ? error.message : "The provider reported an error.";
  const status = STATUS[code];
  return status === undefined ? { code, message } : { code, message, status };
}

/** The event for an error after the stream began; nothing follows it. */
export function encodeErrorEvent(message: string, type: string): string {
  return encodeSse(JSON.stringify({ type: "error", error: { type, message } }), "error");
}

/** Anthropic's `error.type` for a code: its own are types already, the gateway's have one. */
export function errorTypeOf(code: string): string {
  if (Object.hasOwn(STATUS, code)) return code;
  return Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS].anthropic : "api_error";
}
