import type { Socket } from "node:net";
import type { buildConnector, Dispatcher } from "undici";
// This file of the package alone: its index loads fetch, web sockets and mocks besides, at each start.
// @ts-types="./undici_client.d.ts"
import Client from "undici/client";
import type { CallConnection } from "./call_connection.ts";
import { ConnSocket } from "./conn_socket.ts";
import type { Route } from "./route.ts";

/** How long a connection that nobody uses is kept, unless the provider says otherwise, milliseconds. */
const KEEP_ALIVE = 30_000;

/** A request as undici reads it and the handler that it tells of the answer, in one object. */
export type Dispatched = Dispatcher.DispatchOptions & Dispatcher.DispatchHandler;

/** One connection to a provider, which carries one request at a time and connects again after a loss. */
export class Connection implements CallConnection {
  readonly #client: Client;
  #dialling: AbortController | null = null;
  #served = 0;
  #open = false;
  #address = "";

  constructor(route: Route) {
    this.#client = new Client(route.origin, {
      connect: (target: buildConnector.Options, done: buildConnector.Callback) =>
        this.#dial(route, target, done),
      // The time-outs of undici count from other moments than ours, and cost a timer each.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE,
    });
  }

  /** Whether the present socket carried a request before, so that the provider may be about to close it. */
  get reused(): boolean {
    return this.#served > 0;
  }

  /** Whether it has a socket at present: one that idles is closed after a while, by either side. */
  get open(): boolean {
    return this.#open;
  }

  /** Of the present socket; empty before the first. */
  get address(): string {
    return this.#address;
  }

  dispatch(request: Dispatched): void {
    this.#client.dispatch(request, request);
  }

  /** A request was answered to its end. */
  served(): void {
    this.#served++;
  }

  /** Closes the socket, or stops connecting. */
  destroy(): void {
    void this.#client.destroy();
    this.#dialling?.abort();
  }

  #dial(route: Route, target: buildConnector.Options, done: buildConnector.Callback): void {
    const { protocol, hostname, port } = target;
    const dialling = new AbortController();
    this.#served = 0;
    this.#dialling = dialling;
    route.dial(hostname, Number(port || (protocol === "https:" ? 443 : 80)), dialling.signal).then(
      (conn) => {
        this.#address = (conn.remoteAddr as Deno.NetAddr).hostname;
        const socket = new ConnSocket(conn, route.pace);
        this.#open = true;
        socket.once("close", () => this.#open = false);
        // undici asks of it what a ConnSocket has.
        done(null, socket as unknown as Socket);
      },
      (error: Error) => done(error, null),
    );
  }
}
