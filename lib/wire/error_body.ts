import { ERRORS, type GatewayError } from "../errors.ts";
import type { Dialect } from "../telemetry/exchange.ts";
import type { JsonObject } from "./canonical.ts";
import { googleError } from "./google_error.ts";

/**
 * An error in the client family's own shape.
 * - OpenAI: `{"error":{"message","type","param","code"}}`
 * - Anthropic: `{"type":"error","error":{"type","message","details"},"request_id"}`, details where there are any
 * - Ollama: `{"error"}`
 * - Cohere: `{"id","message"}`
 * - Google: `{"error":{"code","message","status","details"}}`
 */
export function errorBody(error: GatewayError, dialect: Dialect, requestId: string): JsonObject {
  const row = ERRORS[error.code];
  if (dialect === "ollama") return { error: error.message };
  if (dialect === "cohere") return { id: requestId, message: error.message };
  if (dialect === "google") return googleError(error, error.status);
  if (dialect === "anthropic") {
    return {
      type: "error",
      error: {
        type: error.upstreamType ?? row.anthropic,
        message: error.message,
        ...(error.details !== null && { details: { ...error.details } }),
      },
      request_id: requestId,
    };
  }
  return {
    error: {
      message: error.message,
      type: error.upstreamType ?? row.openai,
      param: error.param,
      code: error.upstreamCode ?? error.code,
    },
  };
}
