import type { Clock } from "../../clock.ts";
import { GatewayError } from "../../errors.ts";
import type { EventFeed } from "../../telemetry/event_feed.ts";
import type { Endpoint } from "../../telemetry/exchange.ts";
import { responseHeaders } from "../response_headers.ts";

export interface EventStreamOptions {
  readonly feed: EventFeed;
  readonly clock: Clock;
  /** Which of several processes it is, whose requests alone it tells of; absent: there is one. */
  readonly worker?: { readonly number: number; readonly workers: number } | undefined;
  /** Bytes that may wait for one subscriber; default 256 KiB. */
  readonly maxWaiting?: number;
}

const MAX_WAITING = 256 * 1024;
const MAX_SUBSCRIBERS = 32;
/** Keeps connections alive that proxies would close. */
const PING_MS = 15_000;

const encoder = new TextEncoder();
const PING = ": ping\n\n";

/**
 * `GET /admin/events`: the closing line of each request as a server-sent event, from now on. A subscriber that
 * reads too slowly loses lines, and is told how many by an event `dropped`.
 */
export function eventStream({ feed, clock, worker, maxWaiting = MAX_WAITING }: EventStreamOptions): Endpoint {
  return function eventStream(exchange) {
    if (feed.subscribers >= MAX_SUBSCRIBERS) {
      const message = `There are ${MAX_SUBSCRIBERS} subscribers already.`;
      return Promise.reject(new GatewayError("overloaded", message, { retryAfter: 10 }));
    }
    let end = () => {};
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        let lost = 0;
        let unsubscribe = () => {};
        const send = (text: string) => {
          const bytes = encoder.encode(text);
          exchange.responseBytes += bytes.length;
          controller.enqueue(bytes);
        };
        const hasRoom = () => (controller.desiredSize ?? 0) > 0;
        const stopPings = clock.every(PING_MS, () => {
          if (hasRoom()) send(PING);
        });
        end = () => {
          unsubscribe();
          stopPings();
          exchange.finish("success", 200, clock.now());
        };
        // The answer begins at once, so that a subscriber knows that it is one.
        send(
          worker === undefined
            ? PING
            : `: requests of worker ${worker.number} of ${worker.workers}, which has this connection\n\n`,
        );
        unsubscribe = feed.subscribe({
          take(event, line) {
            if (!hasRoom()) {
              lost++;
              return false;
            }
            if (lost > 0) send(`event: dropped\ndata: {"dropped":${lost}}\n\n`);
            lost = 0;
            send(`event: ${event}\ndata: ${line}\n\n`);
            return true;
          },
          end() {
            end();
            controller.close();
          },
        });
      },
      cancel: () => end(),
    }, { highWaterMark: maxWaiting, size: (chunk) => chunk.length });
    exchange.deferred = true;
    exchange.firstByteAt = clock.now();
    return Promise.resolve(
      new Response(body, { headers: responseHeaders(exchange, "text/event-stream", null) }),
    );
  };
}
