import type { ConnectionPool } from "./call_connection.ts";
import { Connection } from "./connection.ts";
import type { Route } from "./route.ts";

/**
 * Connections of HTTP/1.1, each for one call at a time. undici's own pool searches its connections for a free one,
 * cannot be asked for a new one, and lets any number of requests wait.
 */
export class Http1Pool implements ConnectionPool<Connection> {
  readonly #route: Route;
  /** Last in, first out: the connection that was used last is the likeliest to be alive. */
  readonly #idle: Connection[] = [];
  #closed = false;

  constructor(route: Route) {
    this.#route = route;
    route.addresses.onGone = () => this.retire();
  }

  take(): Connection {
    return this.#idle.pop() ?? this.fresh();
  }

  /** In place of the one that idles longest, so that there are never more than calls were under way at a time. */
  fresh(): Connection {
    this.#idle.shift()?.destroy();
    return new Connection(this.#route);
  }

  giveBack(connection: Connection): void {
    if (!this.#closed && this.#route.addresses.has(connection.address)) this.#idle.push(connection);
    else connection.destroy();
    // A burst leaves connections that nobody takes again: those that idle longest are closed first, and stand first.
    while (this.#idle[0]?.open === false) this.#idle.shift();
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  /** Gives up idle connections to addresses that are the host's no more; the others end with what they carry. */
  retire(): void {
    for (const connection of this.#idle.splice(0)) this.giveBack(connection);
  }
}
