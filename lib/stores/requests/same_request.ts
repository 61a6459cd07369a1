import type { Exchange } from "../../telemetry/exchange.ts";

/** Whether two records are of one request: its id alone may come again, for clients may choose it. */
export function sameRequest(a: Exchange, b: Exchange): boolean {
  return a.requestId === b.requestId && a.spanId === b.spanId && a.wallStart === b.wallStart &&
    a.startedAt === b.startedAt && a.endedAt === b.endedAt;
}
