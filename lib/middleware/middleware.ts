import type { Exchange } from "../telemetry/exchange.ts";

/** Answers a request; `exchange.request` is the request until the exchange is finished. */
export type Handler = (exchange: Exchange) => Promise<Response>;

/**
 * One layer. A middleware is `factory(options)` returning a named function, composed once at start-up.
 * It may answer itself, throw a `GatewayError` (the outermost layer renders it in the client's dialect), or pass on.
 */
export type Middleware = (exchange: Exchange, next: Handler) => Promise<Response>;

/** Nests layers around a handler, the first outermost. Done once, so that a request pays for calls alone. */
export function compose(layers: readonly Middleware[], handler: Handler): Handler {
  return layers.reduceRight<Handler>((next, layer) => (exchange) => layer(exchange, next), handler);
}
