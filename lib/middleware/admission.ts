import { GatewayError } from "../errors.ts";
import type { Middleware } from "./middleware.ts";
import type { Overload } from "./overload.ts";

export interface AdmissionOptions {
  /** Requests at a time; above it they are refused at once, but for health, metrics and the admin API. */
  readonly maxInFlight: number;
  /** Requests under way now, this one included. */
  readonly inFlight: () => number;
  /** Says what memory and the event loop bear; what is under way goes on. */
  readonly overload: Pick<Overload, "memory" | "requests">;
}

const RETRY_AFTER_SECONDS = 1;

/** The same for all, made once: most of what making one takes is writing down where, which nobody asks. */
const OVERLOADED = new GatewayError("overloaded", "The gateway is overloaded; try again shortly.", {
  retryAfter: RETRY_AFTER_SECONDS,
});

/** Refuses what would only wait: a gateway that is overloaded says so within milliseconds. */
export function admission(options: AdmissionOptions): Middleware {
  const { maxInFlight, inFlight, overload } = options;
  return function admission(exchange, next) {
    const requests = inFlight();
    const { memory } = overload;
    if (exchange.background || (!memory && requests <= maxInFlight && requests <= overload.requests)) {
      return next(exchange);
    }
    exchange.rateLimit = memory ? "memory" : requests > maxInFlight ? "in_flight" : "event_loop_lag";
    return Promise.reject(OVERLOADED);
  };
}
