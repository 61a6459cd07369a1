import type { Exchange } from "../exchange.ts";

/** Wall-clock milliseconds since the epoch of a moment of the Exchange, with its fraction. */
export function wallTime(exchange: Exchange, at: number): number {
  return exchange.wallStart + (at - exchange.startedAt);
}

/**
 * The gateway's own time in milliseconds: the whole time, but for what was spent waiting in a queue for a
 * provider and on its answers.
 */
export function overheadMs(exchange: Exchange): number {
  let own = exchange.endedAt - exchange.startedAt;
  if (exchange.call !== null) {
    for (const attempt of exchange.call.attempts) {
      if (attempt.queuedMs > 0) own -= attempt.queuedMs;
      // An attempt that was left alone ended with the request at the latest.
      const ended = attempt.endedAt <= exchange.endedAt ? attempt.endedAt : exchange.endedAt;
      if (ended > attempt.startedAt) own -= ended - attempt.startedAt;
    }
  }
  return own > 0 ? own : 0;
}
