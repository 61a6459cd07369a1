import type { Exchange } from "../telemetry/exchange.ts";
import type { JsonObject } from "../wire/canonical.ts";
import { scanJson } from "../wire/json_scanner.ts";
import { Fields } from "../wire/shape.ts";
import { readBody, type ReadBodyOptions } from "./read_body.ts";

const decoder = new TextDecoder();

/**
 * The request's body as an object's fields; none at all is an object without any.
 * @throws {GatewayError} where it is no JSON object, or for what {@linkcode readBody} throws.
 */
export async function readJsonBody(exchange: Exchange, options: ReadBodyOptions): Promise<Fields> {
  const bytes = await readBody(exchange, options);
  if (bytes.length === 0) return new Fields({}, "", "invalid_request");
  // It refuses what `JSON.parse` would let pass.
  scanJson(bytes);
  return new Fields(JSON.parse(decoder.decode(bytes)) as JsonObject, "", "invalid_request");
}
