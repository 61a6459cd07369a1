import type { JsonObject } from "../../wire/canonical.ts";
import type { MockError } from "./wire.ts";

/** `error.type` and `error.code` that OpenAI gives with a status. */
const ROWS: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  401: ["invalid_request_error", "invalid_api_key"],
  403: ["invalid_request_error", "unsupported_country_region_territory"],
  404: ["invalid_request_error", "model_not_found"],
  429: ["requests", "rate_limit_exceeded"],
};

/** OpenAI's error body. */
export function openaiError(error: MockError): JsonObject {
  const otherwise = error.status >= 500 ? "server_error" : "invalid_request_error";
  const [type, code] = ROWS[error.status] ?? [otherwise, null];
  return { error: { message: error.message, type, param: error.param, code: error.code ?? code } };
}
