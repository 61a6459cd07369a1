import type { JsonObject } from "../wire/canonical.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import { jsonBytes } from "../stages/json_request.ts";
import { responseHeaders } from "./response_headers.ts";

/** An answer that the gateway gives itself. */
export function jsonAnswer(exchange: Exchange, value: JsonObject, status = 200): Response {
  const body = jsonBytes(value) as Uint8Array<ArrayBuffer>;
  exchange.responseBytes = body.length;
  if (exchange.content !== null) exchange.content.addResponse(body);
  return new Response(body, { status, headers: responseHeaders(exchange, "application/json", null) });
}
