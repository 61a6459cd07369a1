import { Exchange } from "../../lib/telemetry/exchange.ts";
import type { Client } from "../../lib/telemetry/exchange.ts";

/** A client that a test can make leave. */
export class FakeClient implements Client {
  sending = false;
  closing = false;
  gone = false;
  onGone: (() => void) | null = null;
  aborted = false;

  leave(): void {
    this.gone = true;
    this.onGone?.();
  }

  abort(): void {
    this.aborted = true;
  }
}

/** A record of a request as it is when the layers get it. Its sink is `ended`. */
export function arrived(
  headers: Record<string, string> = {},
  init: { method?: string; path?: string; body?: string; startedAt?: number; ended?: Exchange[] } = {},
): Exchange {
  const { method = "POST", path = "/v1/chat/completions", ended = [] } = init;
  const body = init.body ?? null;
  const exchange = new Exchange(init.startedAt ?? 0, 0, { finished: (it) => ended.push(it) });
  exchange.request = new Request(`http://localhost:8080${path}`, { method, headers, body });
  exchange.client = new FakeClient();
  exchange.method = method;
  exchange.path = path;
  exchange.route = path;
  exchange.clientAddress = "192.0.2.1";
  return exchange;
}

/** The headers that were added to whatever is answered. */
export function addedHeaders(exchange: Exchange): Record<string, string> {
  const added: Record<string, string> = {};
  const list = exchange.answerHeaders ?? [];
  for (let i = 0; i + 1 < list.length; i += 2) added[list[i] ?? ""] = list[i + 1] ?? "";
  return added;
}

/** The end of a chain that answers 200. */
export function ok(): Promise<Response> {
  return Promise.resolve(new Response("{}", { headers: { "content-type": "application/json" } }));
}
