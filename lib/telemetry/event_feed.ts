import type { Exchange } from "./exchange.ts";
import { closingEvent } from "./projections/closing_event.ts";
import { closingLine } from "./projections/log_line.ts";
import type { Projection } from "./recorder.ts";

/** Somebody who watches requests end. */
export interface Subscriber {
  /** @param line the closing line, one JSON object. @returns whether it was taken; else it is lost and counted. */
  take(event: string, line: string): boolean;
  /** There will be no more. */
  end(): void;
}

/** Gives the closing line of each request to whoever watches, health and metrics aside. Without watchers it costs nothing. */
export class EventFeed implements Projection {
  /** Milliseconds after which a request was slow, as in the log, so that both call a request slow. */
  slowMs = 0;
  readonly #subscribers = new Set<Subscriber>();
  #dropped = 0;
  #closed = false;

  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** Lines that some subscriber was too slow for. */
  get dropped(): number {
    return this.#dropped;
  }

  project(exchange: Exchange): void {
    if (this.#subscribers.size === 0 || exchange.background) return;
    const closing = closingEvent(exchange, this.slowMs);
    const line = closingLine(exchange, closing);
    for (const subscriber of this.#subscribers) {
      if (!subscriber.take(closing.event, line)) this.#dropped++;
    }
  }

  /** @returns what ends the subscription. */
  subscribe(subscriber: Subscriber): () => void {
    if (this.#closed) subscriber.end();
    else this.#subscribers.add(subscriber);
    return () => void this.#subscribers.delete(subscriber);
  }

  /** Ends all subscriptions, and each later one at once. */
  close(): void {
    this.#closed = true;
    const all = [...this.#subscribers];
    this.#subscribers.clear();
    for (const subscriber of all) subscriber.end();
  }
}
