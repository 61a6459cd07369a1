import { keptHeaders } from "../telemetry/kept_headers.ts";
import type { Redactor } from "../telemetry/redaction.ts";
import type { Middleware } from "./middleware.ts";

/**
 * Keeps the headers of a request and of its answer with its record, for who looks at it later. The outermost layer:
 * what goes out is complete by then, and what others refuse is seen too. Left out where nobody wants them.
 */
export function captureHeaders(redactor: Redactor): Middleware {
  return function captureHeaders(exchange, next) {
    if (exchange.background || exchange.request === null) return next(exchange);
    exchange.requestHeaders = keptHeaders(exchange.request.headers, redactor);
    return next(exchange).then((response) => {
      // The record may have ended by now; it is looked at after the answer is out.
      exchange.responseHeaders = keptHeaders(response.headers, redactor);
      return response;
    });
  };
}
