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

/** A run in the background is no request and has words of its own, so that counts of requests hold. */
const RUNS: Readonly<Record<Exchange["outcome"], ClosingEvent>> = {
  success: { event: "run.end", level: "INFO", message: "background response generated" },
  "": { event: "run.end", level: "INFO", message: "background response generated" },
  cancelled: { event: "run.cancelled", level: "INFO", message: "background response cancelled" },
  blocked: { event: "run.failed", level: "WARNING", message: "background response blocked" },
  rejected: { event: "run.failed", level: "WARNING", message: "background response rejected" },
  error: { event: "run.failed", level: "ERROR", message: "background response failed" },
};

/**
 * @param slowMs a success that took longer is `request.slow`; 0 switches that off. A failure keeps its own event.
 */
export function closingEvent(exchange: Exchange, slowMs: number): ClosingEvent {
  const { outcome } = exchange;
  if (exchange.runId !== "") return RUNS[outcome];
  if (outcome !== "success" && outcome !== "") return FAILURES[outcome];
  if (exchange.background) return BACKGROUND;
  if (slowMs > 0 && exchange.endedAt - exchange.startedAt > slowMs) return SLOW;
  return exchange.call === null ? HANDLED : GENERATED;
}
