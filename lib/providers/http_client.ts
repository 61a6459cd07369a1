import type { Deadlines } from "../deadlines.ts";
import { Connection } from "./connection.ts";
import { ConnectionQueue } from "./connection_queue.ts";
import { type ConnectionSource, HttpCall } from "./http_call.ts";
import type { UpstreamBody, UpstreamHandle, UpstreamHandler, UpstreamTimeouts } from "./provider.ts";
import type { Route } from "./route.ts";

export interface HttpClientOptions {
  readonly route: Route;
  /** Requests at a time; each has a connection of its own. */
  readonly maxConnections: number;
  /** Requests that may wait for one of these. */
  readonly maxQueue: number;
  readonly timeouts: UpstreamTimeouts;
  readonly deadlines: Deadlines;
}

/**
 * Requests to one origin over HTTP/1.1, on undici's connections. undici's own pool searches its
 * connections for a free one, cannot be asked for a new one, and lets any number of requests wait.
 */
export class HttpClient implements ConnectionSource {
  readonly deadlines: Deadlines;
  readonly timeouts: UpstreamTimeouts;
  readonly #route: Route;
  readonly #queue: ConnectionQueue<HttpCall>;
  /** Last in, first out: the connection that was used last is the likeliest to be alive. */
  readonly #idle: Connection[] = [];
  #closed: (() => void) | null = null;

  constructor(options: HttpClientOptions) {
    this.#route = options.route;
    this.deadlines = options.deadlines;
    this.timeouts = options.timeouts;
    this.#queue = new ConnectionQueue(options.maxConnections, options.maxQueue);
    this.#route.addresses.onGone = () => this.#retire();
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
        call.start((call.replayable ? this.#idle.pop() : undefined) ?? this.fresh());
        break;
      case "waiting":
        call.wait();
        break;
      case "full":
        call.refuse();
    }
    return call;
  }

  fresh(): Connection {
    return new Connection(this.#route);
  }

  release(connection: Connection): void {
    const next = this.#queue.leave();
    const present = this.#route.addresses.has(connection.address);
    if (present && next !== null) next.start(connection);
    else if (present && this.#closed === null) this.#idle.push(connection);
    else {
      connection.destroy();
      next?.start(this.fresh());
    }
    this.#settle();
  }

  drop(): void {
    this.#queue.leave()?.start(this.fresh());
    this.#settle();
  }

  abandon(call: HttpCall): void {
    this.#queue.abandon(call);
  }

  /** Keeps no connection any more; resolves when the last request has ended. */
  close(): Promise<void> {
    for (const connection of this.#idle.splice(0)) connection.destroy();
    return new Promise((resolve) => {
      const before = this.#closed;
      this.#closed = () => {
        before?.();
        resolve();
      };
      this.#settle();
    });
  }

  /** Gives up idle connections to addresses that are the host's no more; the others end with what they carry. */
  #retire(): void {
    const { addresses } = this.#route;
    for (const connection of this.#idle.splice(0)) {
      if (addresses.has(connection.address)) this.#idle.push(connection);
      else connection.destroy();
    }
  }

  #settle(): void {
    if (this.#closed !== null && this.#queue.taken === 0) this.#closed();
  }
}
