import { GatewayError } from "../errors.ts";
import { addHeader } from "../endpoints/response_headers.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import { errorBody } from "../wire/error_body.ts";

const INIT_HEADERS = { "content-type": "application/json" };

/** The error that a client is told of: its own, or a general one for what nobody foresaw. */
export function gatewayError(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  return new GatewayError("internal_error", "The gateway failed to handle the request.", { cause });
}

/** An error as an answer in the client family's own shape. */
export function errorResponse(exchange: Exchange, error: GatewayError): Response {
  if (error.retryAfter !== null) {
    addHeader(exchange, "retry-after", String(Math.max(0, Math.ceil(error.retryAfter))));
  }
  if (error.allow !== null) addHeader(exchange, "allow", error.allow.join(", "));
  if (isSpent(exchange, error)) addHeader(exchange, "x-should-retry", "false");
  const body = JSON.stringify(errorBody(error, exchange.dialect, exchange.requestId));
  exchange.responseBytes = new TextEncoder().encode(body).length;
  return new Response(body, { status: error.status, headers: INIT_HEADERS });
}

/** Whether the gateway's own attempts are used up, so that the client's SDK should not add its own to them. */
function isSpent(exchange: Exchange, error: GatewayError): boolean {
  const { status } = error;
  return exchange.call !== null && exchange.call.attempts.length > 0 &&
    (status === 408 || status === 409 || status === 429 || status >= 500);
}
