import type { Deadlines } from "../deadlines.ts";
import { AutoPool } from "./auto_pool.ts";
import type { CallConnection, ConnectionPool } from "./call_connection.ts";
import { ConnectionQueue } from "./connection_queue.ts";
import { Http1Pool } from "./http1_pool.ts";
import { Http2Pool } from "./http2/pool.ts";
import { type ConnectionSource, HttpCall } from "./http_call.ts";
import type { UpstreamBody, UpstreamHandle, UpstreamHandler, UpstreamTimeouts } from "./provider.ts";
import type { Route } from "./route.ts";

export interface HttpClientOptions {
  readonly route: Route;
  /** Requests at a time. */
  readonly maxConnections: number;
  /** Requests that may wait for their turn. */
  readonly maxQueue: number;
  readonly timeouts: UpstreamTimeouts;
  readonly deadlines: Deadlines;
}

/** Requests to one origin: a line for a bounded number of places, and a pool that connects whoever has one. */
export class HttpClient implements ConnectionSource {
  readonly deadlines: Deadlines;
  readonly timeouts: UpstreamTimeouts;
  readonly #route: Route;
  readonly #queue: ConnectionQueue<HttpCall>;
  readonly #pool: ConnectionPool;
  #closed: (() => void) | null = null;

  constructor(options: HttpClientOptions) {
    const { route, deadlines, timeouts } = options;
    this.#route = route;
    this.deadlines = deadlines;
    this.timeouts = timeouts;
    this.#queue = new ConnectionQueue(options.maxConnections, options.maxQueue);
    const connecting = { deadlines, connectTimeout: timeouts.connect };
    this.#pool = route.choice !== undefined
      ? new AutoPool(route, route.choice, connecting)
      : route.http2
      ? new Http2Pool(route, connecting)
      : new Http1Pool(route);
  }

  /** Requests that have a connection now. */
  get running(): number {
    return this.#queue.taken;
  }

  /** Requests that wait for a connection now. */
  get waiting(): number {
    return this.#queue.waiting;
  }

  /**
   * @param method in upper case. @param path with the query. @param headers `[name, value, …]`, names in lower case; kept, not copied.
   * @param timeouts replaces the client's own, each where given.
   */
  send(
    method: string,
    path: string,
    headers: string[],
    body: UpstreamBody | null,
    timeouts: Partial<UpstreamTimeouts> | null,
    handler: UpstreamHandler,
  ): UpstreamHandle {
    const call = new HttpCall(this, method, this.#route.pathPrefix + path, headers, body, timeouts, handler);
    this.#route.addresses.touch();
    switch (this.#queue.enter(call)) {
      case "taken":
        // A connection that turns out to be closed costs a stream its only chance to be sent.
        call.start(call.replayable ? this.#pool.take() : this.#pool.fresh());
        break;
      case "waiting":
        call.wait();
        break;
      case "full":
        call.refuse();
    }
    return call;
  }

  fresh(): CallConnection {
    return this.#pool.fresh();
  }

  release(connection: CallConnection): void {
    this.#pool.giveBack(connection);
    this.#queue.leave()?.start(this.#pool.take());
    this.#settle();
  }

  drop(): void {
    this.#queue.leave()?.start(this.#pool.fresh());
    this.#settle();
  }

  abandon(call: HttpCall): void {
    this.#queue.abandon(call);
  }

  /** Keeps no connection any more; resolves when the last request has ended. */
  close(): Promise<void> {
    this.#pool.close();
    return new Promise((resolve) => {
      const before = this.#closed;
      this.#closed = () => {
        before?.();
        resolve();
      };
      this.#settle();
    });
  }

  #settle(): void {
    if (this.#closed !== null && this.#queue.taken === 0) this.#closed();
  }
}
