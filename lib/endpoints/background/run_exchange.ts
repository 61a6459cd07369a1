import type { Client, Exchange } from "../../telemetry/exchange.ts";
import { newSpanId } from "../../telemetry/ids.ts";

/** Stands where the client of a request would: it leaves when the run is cancelled. */
export class RunClient implements Client {
  sending = false;
  closing = false;
  gone = false;
  onGone: (() => void) | null = null;

  leave(): void {
    this.gone = true;
    this.onGone?.();
  }

  abort(): void {
    // There is no connection.
  }
}

/**
 * Opens the record of a run beside that of the request which began it: the same trace, owner and ids. The request's
 * headers are copied, since its own are gone once it is answered, and a provider may be due some of them.
 */
export function openRun(open: () => Exchange, from: Exchange, runId: string, client: RunClient): Exchange {
  const exchange = open();
  const { request } = from;
  exchange.runId = runId;
  exchange.client = client;
  exchange.request = request === null
    ? null
    : new Request("http://localhost/", { headers: [...request.headers] });
  exchange.method = from.method;
  exchange.route = from.route;
  exchange.path = from.path;
  exchange.scheme = from.scheme;
  exchange.host = from.host;
  exchange.clientAddress = from.clientAddress;
  exchange.userAgent = from.userAgent;
  exchange.requestId = from.requestId;
  exchange.dialect = from.dialect;
  exchange.traced = from.traced;
  exchange.sampled = from.sampled;
  exchange.traceId = from.traceId;
  exchange.spanId = from.traced ? newSpanId() : "";
  exchange.parentSpanId = from.spanId;
  exchange.traceState = from.traceState;
  exchange.traceRandom = from.traceRandom;
  exchange.detailed = from.detailed;
  exchange.unsampledParent = from.unsampledParent;
  exchange.baggage = from.baggage;
  exchange.principal = from.principal;
  exchange.keyHeader = from.keyHeader;
  exchange.user = from.user;
  exchange.metadata = from.metadata;
  exchange.sessionId = from.sessionId;
  exchange.parameters = from.parameters;
  exchange.category = from.category;
  exchange.requestedModel = from.requestedModel;
  exchange.stream = from.stream;
  exchange.requestBytes = from.requestBytes;
  // The run uses what the request has taken, and lasts longer.
  exchange.hold = from.hold;
  from.hold = null;
  return exchange;
}
