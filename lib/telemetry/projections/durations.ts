import type { Attempt, Exchange, ModelCall } from "../exchange.ts";

/** Wall-clock milliseconds since the epoch of a moment of the Exchange, with its fraction. */
export function wallTime(exchange: Exchange, at: number): number {
  return exchange.wallStart + (at - exchange.startedAt);
}

/**
 * The gateway's own time in milliseconds: the whole time, but for what was spent waiting for providers: in a queue
 * for one, on its answers, and until one may be asked again.
 * @param until of a request that has not ended: so far.
 */
export function overheadMs(exchange: Exchange, until = exchange.endedAt): number {
  let own = until - exchange.startedAt;
  if (exchange.call !== null) own -= waitedMs(exchange.call, until);
  for (const call of exchange.innerCalls) if (!call.beside) own -= waitedMs(call, until);
  return own > 0 ? own : 0;
}

/** Spent waiting for providers. */
function waitedMs({ attempts, pausedMs }: ModelCall, requestEnded: number): number {
  let waited = pausedMs;
  let until = -Infinity;
  for (let i = 0; i < attempts.length; i++) {
    const attempt = attempts[i] as Attempt;
    if (attempt.queuedMs > 0) waited += attempt.queuedMs;
    // An attempt that was left alone ended with the request at the latest.
    const ended = attempt.endedAt <= requestEnded ? attempt.endedAt : requestEnded;
    // Two may have been under way at once.
    const from = attempt.startedAt > until ? attempt.startedAt : until;
    if (attempt.startedAt >= 0 && ended > from) {
      waited += ended - from;
      until = ended;
    }
  }
  return waited;
}
