import type { Deadlines } from "../deadlines.ts";
import type { CallConnection, ConnectionPool } from "./call_connection.ts";
import { Connection } from "./connection.ts";
import type { Dial } from "./dial.ts";
import { Http1Pool } from "./http1_pool.ts";
import { Http2Pool } from "./http2/pool.ts";
import type { ProtocolChoice, Route } from "./route.ts";

export interface AutoPoolOptions {
  readonly deadlines: Deadlines;
  /** Milliseconds; 0: none. */
  readonly connectTimeout: number;
}

/** A host that could not be asked is asked again after so many milliseconds. */
const ASK_AGAIN = 5_000;
const LONGEST_ASK = 10_000;

/**
 * Connections in whichever protocol the host chooses. It is asked once, by a TLS handshake that offers both, beside
 * the first requests, which wait for nothing and go out over HTTP/1.1. Should it speak HTTP/2 no more, it is asked anew.
 */
export class AutoPool implements ConnectionPool {
  readonly #route: Route;
  readonly #choice: ProtocolChoice;
  readonly #options: AutoPoolOptions;
  readonly #http1: Http1Pool;
  readonly #http2: Http2Pool;
  #speaksHttp2 = false;
  /** When it may be asked, monotonic milliseconds; Infinity: it has said, or is being asked. */
  #askAt = -Infinity;
  #asking: AbortController | null = null;

  constructor(route: Route, choice: ProtocolChoice, options: AutoPoolOptions) {
    this.#route = route;
    this.#choice = choice;
    this.#options = options;
    this.#http1 = new Http1Pool(route);
    this.#http2 = new Http2Pool({ ...route, dial: this.#dialHttp2 }, options);
    route.addresses.onGone = () => {
      this.#http1.retire();
      this.#http2.retire();
    };
  }

  take(): CallConnection {
    return this.#pool().take();
  }

  fresh(): CallConnection {
    return this.#pool().fresh();
  }

  giveBack(connection: CallConnection): void {
    if (connection instanceof Connection) this.#http1.giveBack(connection);
    else this.#http2.giveBack();
  }

  close(): void {
    this.#askAt = Infinity;
    this.#asking?.abort();
    this.#http1.close();
    this.#http2.close();
  }

  #pool(): Http1Pool | Http2Pool {
    if (this.#options.deadlines.now() >= this.#askAt) this.#ask();
    return this.#speaksHttp2 ? this.#http2 : this.#http1;
  }

  #ask(): void {
    const { deadlines, connectTimeout } = this.#options;
    const asking = new AbortController();
    this.#asking = asking;
    this.#askAt = Infinity;
    const late = deadlines.after(connectTimeout || LONGEST_ASK, () => asking.abort());
    const { hostname, port } = new URL(this.#route.origin);
    this.#choice.speaksHttp2(hostname, Number(port) || 443, asking.signal).then((speaks) => {
      this.#speaksHttp2 = speaks;
    }, () => this.#askLater()).finally(() => {
      deadlines.cancel(late);
      this.#asking = null;
    });
  }

  #askLater(): void {
    this.#askAt = this.#options.deadlines.now() + ASK_AGAIN;
  }

  readonly #dialHttp2: Dial = async (hostname, port, signal) => {
    try {
      return await this.#choice.dialHttp2(hostname, port, signal);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "NO_HTTP2") {
        this.#speaksHttp2 = false;
        this.#askLater();
      }
      throw error;
    }
  };
}
