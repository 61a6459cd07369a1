import type { Middleware } from "./middleware.ts";

/**
 * Notes the size that a request declares, so that one which is refused before its body is read has a size too;
 * reading the body corrects it. All else that the metrics tell is in the record.
 */
export function metrics(): Middleware {
  return function metrics(exchange, next) {
    const { request } = exchange;
    if (request !== null && exchange.method !== "GET") {
      const declared = Number(request.headers.get("content-length"));
      if (declared > 0) exchange.requestBytes = declared;
    }
    return next(exchange);
  };
}
