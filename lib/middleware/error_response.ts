import { byteLength } from "../byte_length.ts";
import { GatewayError } from "../errors.ts";
import { addHeader } from "../stages/add_header.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import { errorBody } from "../wire/error_body.ts";

const encoder = new TextEncoder();

/** The error that a client is told of: its own, or a general one for what nobody foresaw. */
export function gatewayError(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  return new GatewayError("internal_error", "The gateway failed to handle the request.", {
    cause: cause instanceof Error ? cause : new Error(String(cause)),
  });
}

/** An error as an answer in the client family's own shape. */
export function errorResponse(exchange: Exchange, error: GatewayError): Response {
  if (error.retryAfter !== null) {
    addHeader(exchange, "retry-after", String(Math.max(0, Math.ceil(error.retryAfter))));
  }
  if (error.allow !== null) addHeader(exchange, "allow", error.allow.join(", "));
  if (isSpent(exchange, error)) addHeader(exchange, "x-should-retry", "false");
  // As a text: Deno takes bytes the long way.
  const body = JSON.stringify(errorBody(error, exchange.dialect, exchange.requestId));
  exchange.responseBytes = byteLength(body);
  if (exchange.content !== null) exchange.content.addResponse(encoder.encode(body));
  const response = new Response(body, { status: error.status });
  // In the constructor, a header beside a status sends Deno the long way.
  response.headers.set("content-type", "application/json");
  return response;
}

/** Whether the gateway's own attempts are used up, so that the client's SDK should not add its own to them. */
function isSpent(exchange: Exchange, error: GatewayError): boolean {
  const { status } = error;
  return exchange.call !== null && exchange.call.attempts.length > 0 &&
    (status === 408 || status === 409 || status === 429 || status >= 500);
}
