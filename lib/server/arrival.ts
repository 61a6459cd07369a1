import { GatewayError } from "../errors.ts";
import type { Dialect, Exchange } from "../telemetry/exchange.ts";
import { canonicalPath } from "./canonical_path.ts";
import type { TrustedProxies } from "./client_address.ts";
import type { ConnectionInfo } from "./engine.ts";
import type { TargetReader } from "./request_target.ts";
import type { RouteMatch, Router } from "./router.ts";

export interface ArrivalOptions {
  readonly router: Router;
  readonly targets: TargetReader;
  /** As it is served; a proxy may know better. */
  readonly scheme: "http" | "https";
  /** Null: no proxy stands in front, the peer is the client. */
  readonly proxies: TrustedProxies | null;
}

/**
 * Writes into a record what is known when a request arrives: where it goes, who sent it, which route it matched.
 * One that is malformed gets an endpoint that refuses it, so that it is counted and logged like all others.
 *
 * @returns the route.
 */
export function recordArrival(
  exchange: Exchange,
  request: Request,
  connection: ConnectionInfo,
  options: ArrivalOptions,
): RouteMatch {
  exchange.request = request;
  exchange.client = connection;
  exchange.method = request.method;
  exchange.clientAddress = connection.remoteAddress;
  exchange.scheme = options.scheme;
  const { proxies } = options;
  if (proxies !== null && proxies.trusts(connection.remoteAddress)) {
    exchange.clientAddress = proxies.clientAddress(connection.remoteAddress, request.headers);
    exchange.scheme = proxies.scheme(request.headers) ?? exchange.scheme;
  }
  const match = findRoute(exchange, request, options);
  exchange.route = match.route;
  exchange.endpoint = match.endpoint;
  exchange.params = match.params;
  exchange.background = match.background;
  exchange.dialect = match.dialect ?? dialectOf(request.headers, exchange.path);
  return match;
}

function findRoute(exchange: Exchange, request: Request, options: ArrivalOptions): RouteMatch {
  try {
    const target = options.targets.read(request);
    const path = canonicalPath(target.path, options.router.prefixesOfNames);
    if (path === null) throw malformed(target.path);
    exchange.host = target.authority;
    exchange.path = path;
    exchange.query = target.query;
    return options.router.match(request.method, path);
  } catch (error) {
    return {
      route: "other",
      endpoint: () => Promise.reject(error),
      params: exchange.params,
      dialect: null,
      background: false,
      // Whoever sends nonsense is told so, with a key or without.
      public: true,
    };
  }
}

/** A base URL with a slash at its end is the commonest reason. */
function malformed(path: string): GatewayError {
  const why = path.includes("//")
    ? "it has two slashes in a row. Does the base URL end with one too many?"
    : "it has no single meaning.";
  return new GatewayError("invalid_request", `The path is malformed: ${why}`);
}

/** Who asks, where the route does not tell: only Anthropic's clients name a version of the API in a header. */
function dialectOf(headers: Headers, path: string): Dialect {
  if (headers.get("anthropic-version") !== null) return "anthropic";
  return headers.get("x-goog-api-key") !== null || path.startsWith("/v1beta/") ? "google" : "openai";
}
