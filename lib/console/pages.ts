import { GatewayError } from "../errors.ts";
import { addHeader } from "../stages/add_header.ts";
import type { Endpoint, Exchange } from "../telemetry/exchange.ts";
import { type Asset, assetNamed, page } from "./assets.ts";
import { FILES_VERSION, pageOf } from "./files.ts";
import { protect, sessionOf } from "./guard.ts";
import { type LoginOptions, sessionFacts } from "./login.ts";

/** The console's page, whatever the path: its own script reads it. */
export function consolePage({ sessions, facts }: Pick<LoginOptions, "sessions" | "facts">): Endpoint {
  return async function consolePage(exchange) {
    const session = await sessionOf(exchange, sessions);
    if (session === null) return answer(exchange, page, "no-cache");
    protect(exchange);
    const bytes = new TextEncoder().encode(pageOf(sessionFacts(session, facts())));
    exchange.responseBytes = bytes.length;
    return new Response(bytes, { headers: { "content-type": page.type } });
  };
}

/** Of this version a browser need not ask again. */
const FOR_EVER = "private, max-age=31536000, immutable";

/** `GET /console/assets/{version}/{name+}`. */
export function consoleAsset(): Endpoint {
  return function consoleAsset(exchange, { version, name = "" }) {
    const asset = assetNamed(name);
    if (asset !== null) {
      return Promise.resolve(answer(exchange, asset, version === FILES_VERSION ? FOR_EVER : "no-cache"));
    }
    protect(exchange);
    return Promise.reject(new GatewayError("not_found", `The console has no file '${name}'.`));
  };
}

/** @param caching of the page itself browsers ask each time whether it has changed: it may, with the next version. */
function answer(exchange: Exchange, { bytes, type, etag }: Asset, caching: string): Response {
  protect(exchange, caching);
  addHeader(exchange, "etag", etag);
  if (isKnown(exchange, etag)) return new Response(null, { status: 304 });
  exchange.responseBytes = bytes.length;
  return new Response(bytes, { headers: { "content-type": type } });
}

/**
 * Whether the browser has it already. An engine that compresses an answer makes its tag a weak one.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.if-none-match
 */
function isKnown(exchange: Exchange, etag: string): boolean {
  const known = exchange.request?.headers.get("if-none-match") ?? "";
  return known.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
