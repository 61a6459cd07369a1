import { GatewayError } from "../errors.ts";
import { addHeader } from "../stages/add_header.ts";
import type { Endpoint, Exchange } from "../telemetry/exchange.ts";
import { type Asset, assetNamed, page } from "./assets.ts";
import { protect } from "./guard.ts";

/** The console's page, whatever the path: its own script reads it. */
export function consolePage(): Endpoint {
  return (exchange) => Promise.resolve(answer(exchange, page));
}

/** `GET /console/assets/{name+}`. */
export function consoleAsset(): Endpoint {
  return function consoleAsset(exchange, { name = "" }) {
    const asset = assetNamed(name);
    if (asset !== null) return Promise.resolve(answer(exchange, asset));
    protect(exchange);
    return Promise.reject(new GatewayError("not_found", `The console has no file '${name}'.`));
  };
}

/** Browsers ask each time whether it has changed: it may, with the next version. */
function answer(exchange: Exchange, { bytes, type, etag }: Asset): Response {
  protect(exchange, "no-cache");
  addHeader(exchange, "etag", etag);
  if (exchange.request?.headers.get("if-none-match") === etag) return new Response(null, { status: 304 });
  exchange.responseBytes = bytes.length;
  return new Response(bytes, { headers: { "content-type": type } });
}
