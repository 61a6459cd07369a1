import { addHeader } from "../stages/add_header.ts";
import type { Middleware } from "./middleware.ts";

/** The keys of `server.cors`. */
export interface CorsOptions {
  /** Origins that may call, or `*`. */
  readonly allowed_origins: readonly string[];
  /** Request headers that they may send. Empty: those they ask for. */
  readonly allowed_headers: readonly string[];
  /** Milliseconds for which a browser may keep a preflight's answer. */
  readonly max_age: number;
}

const METHODS = "GET, HEAD, POST, DELETE";
const EXPOSED = [
  "x-request-id",
  "request-id",
  "traceresponse",
  "retry-after",
  "x-gateway-model",
  "x-gateway-provider",
  "x-gateway-attempts",
  "x-gateway-overhead-ms",
  "x-gateway-dropped-params",
  "x-ratelimit-limit-requests",
  "x-ratelimit-remaining-requests",
  "x-ratelimit-reset-requests",
].join(", ");

/**
 * Lets browsers on other origins call. Stands before authentication, since a preflight carries no key, and adds
 * its headers to errors too, which a page could not read otherwise.
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function cors(options: CorsOptions): Middleware {
  const origins = new Set(options.allowed_origins);
  const any = origins.has("*");
  const allowedHeaders = options.allowed_headers.join(", ");
  const maxAge = String(Math.floor(options.max_age / 1000));
  return function cors(exchange, next) {
    const headers = exchange.request?.headers;
    const origin = headers?.get("origin") ?? null;
    if (headers === undefined || origin === null || !(any || origins.has(origin))) return next(exchange);
    addHeader(exchange, "access-control-allow-origin", any ? "*" : origin);
    if (!any) addHeader(exchange, "vary", "origin");
    if (exchange.method !== "OPTIONS" || headers.get("access-control-request-method") === null) {
      addHeader(exchange, "access-control-expose-headers", EXPOSED);
      return next(exchange);
    }
    addHeader(exchange, "access-control-allow-methods", METHODS);
    const asked = allowedHeaders === ""
      ? headers.get("access-control-request-headers") ?? ""
      : allowedHeaders;
    if (asked !== "") addHeader(exchange, "access-control-allow-headers", asked);
    addHeader(exchange, "access-control-max-age", maxAge);
    return Promise.resolve(new Response(null, { status: 204 }));
  };
}
