import type { Exchange } from "../exchange.ts";
import type { Level } from "../names/log_fields.ts";

/** Which closing line an Exchange has. */
export interface ClosingEvent {
  readonly event: string;
  readonly level: Level;
  readonly message: string;
}

const GENERATED: ClosingEvent = { event: "request.end", level: "INFO", message: "response generated" };
const HANDLED: ClosingEvent = { event: "request.end", level: "INFO", message: "request handled" };
const BACKGROUND: ClosingEvent = { event: "request.end", level: "DEBUG", message: "request handled" };
const SLOW: ClosingEvent = { event: "request.slow", level: "WARNING", message: "response generated slowly" };

const FAILURES: Readonly<Record<Exclude<Exchange["outcome"], "success" | "">, ClosingEvent>> = {
  cancelled: { event: "request.cancelled", level: "INFO", message: "request cancelled by the client" },
  blocked: { event: "request.blocked", level: "WARNING", message: "request blocked" },
  rejected: { event: "request.rejected", level: "WARNING", message: "request rejected" },
  error: { event: "request.error", level: "ERROR", message: "request failed" },
};

/**
 * @param slowMs a success that took longer is `request.slow`; 0 switches that off. A failure keeps its own event.
 */
export function closingEvent(exchange: Exchange, slowMs: number): ClosingEvent {
  const { outcome } = exchange;
  if (outcome !== "success" && outcome !== "") return FAILURES[outcome];
  if (exchange.background) return BACKGROUND;
  if (slowMs > 0 && exchange.endedAt - exchange.startedAt > slowMs) return SLOW;
  return exchange.call === null ? HANDLED : GENERATED;
}
