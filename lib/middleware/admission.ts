import { GatewayError } from "../errors.ts";
import type { Middleware } from "./middleware.ts";

export interface AdmissionOptions {
  /** Requests at a time; above it they are refused at once, but for health and metrics. */
  readonly maxInFlight: number;
  /** Requests under way now, this one included. */
  readonly inFlight: () => number;
}

const RETRY_AFTER_SECONDS = 1;

/** Refuses what would only wait: a gateway that is overloaded says so within milliseconds. */
export function admission(options: AdmissionOptions): Middleware {
  const { maxInFlight, inFlight } = options;
  return function admission(exchange, next) {
    if (exchange.background || inFlight() <= maxInFlight) return next(exchange);
    return Promise.reject(
      new GatewayError("overloaded", "The gateway is overloaded; try again shortly.", {
        retryAfter: RETRY_AFTER_SECONDS,
      }),
    );
  };
}
