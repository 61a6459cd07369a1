import { type ErrorCode, GatewayError } from "../../errors.ts";
import type { JsonValue } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";
import type { UpstreamHeaders } from "../provider.ts";

/** Gateway's error for a status; others are the client's to mend below 500, and the provider's own from there. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  401: "upstream_authentication_failed",
  403: "upstream_authentication_failed",
  404: "model_not_found",
  408: "upstream_timeout",
  413: "request_too_large",
  429: "rate_limit_exceeded",
};

/** An error answer of the mock's, in either family's shape, as a gateway error. */
export function decodeMockError(status: number, headers: UpstreamHeaders, body: Uint8Array): GatewayError {
  const code = CODES[status] ?? (status < 500 ? "invalid_request" : "upstream_error");
  const error = errorOf(body);
  const retryAfter = Number(headers.get("retry-after") ?? NaN);
  return new GatewayError(code, error.message ?? `The mock provider answered ${status}.`, {
    status: code === "invalid_request" ? status : undefined,
    param: error.param,
    upstreamCode: error.code,
    upstreamType: code === "upstream_authentication_failed" ? undefined : error.type,
    retryAfter: retryAfter >= 0 ? retryAfter : undefined,
  });
}

function errorOf(body: Uint8Array): Partial<Record<"message" | "param" | "code" | "type", string>> {
  let parsed: JsonValue;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return {};
  }
  const error = isObject(parsed) && isObject(parsed["error"]) ? parsed["error"] : {};
  const fields: Partial<Record<"message" | "param" | "code" | "type", string>> = {};
  for (const name of ["message", "param", "code", "type"] as const) {
    const value = error[name];
    if (typeof value === "string") fields[name] = value;
  }
  return fields;
}
