import { plainAddress } from "../../address.ts";
import type { EngineOptions, RunningServer } from "../engine.ts";
import type { ServerTls } from "../tls/server_tls.ts";
import { ActiveRequest } from "./active_request.ts";
import { RetryPause } from "./retry_pause.ts";

/** Time for connections that are on their way to a listener which another has followed. */
const LINGER_MS = 1000;

/**
 * `Deno.serve`, for a runtime without the internal function that {@linkcode ConnectionEngine} needs: no cap on
 * connections and no time-outs for headers and idling. What remains is that it survives and drains.
 */
export class PlainEngine implements RunningServer {
  readonly finished: Promise<void>;
  readonly #options: EngineOptions;
  readonly #active = new Set<ActiveRequest>();
  #address = { hostname: "", port: 0 };
  #server!: Deno.HttpServer<Deno.NetAddr>;
  #abort!: AbortController;
  #tls: ServerTls | null;
  #draining = false;
  #stopped = false;
  #finish!: () => void;

  /** @throws {Deno.errors.AddrInUse} and whatever else listening may throw. */
  constructor(options: EngineOptions) {
    this.#options = options;
    this.#tls = options.tls ?? null;
    this.finished = new Promise((resolve) => this.#finish = resolve);
    this.#listen(options.port);
  }

  get address(): { readonly hostname: string; readonly port: number } {
    return this.#address;
  }

  /** The platform does not tell; a connection without a request is not counted. */
  connections(): number {
    return this.#active.size;
  }

  requests(): number {
    return this.#active.size;
  }

  changeTls(tls: ServerTls): void {
    const before = this.#server;
    const old = this.#tls;
    this.#tls = tls;
    try {
      this.#listen(0);
    } catch (error) {
      this.#tls = old;
      throw error;
    }
    // Its connections end by themselves, each after its answer; some are on their way to it.
    Deno.unrefTimer(setTimeout(() => before.shutdown(), LINGER_MS));
  }

  drain(): void {
    this.#draining = true;
  }

  stopListening(): Promise<void> {
    return Promise.resolve();
  }

  stopAccepting(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#draining = true;
    this.#server.shutdown().then(this.#finish, this.#finish);
  }

  abortAll(): void {
    if (this.#stopped) return this.#finish();
    this.#stopped = true;
    this.#abort.abort();
    this.#finish();
  }

  #listen(port: number): void {
    const { hostname, reusePort = false } = this.#options;
    const tls = this.#tls;
    const abort = new AbortController();
    const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
      {
        hostname,
        port,
        reusePort,
        ...(tls === null ? {} : { cert: tls.certificate, key: tls.key }),
        signal: abort.signal,
        onListen: () => {},
        onError: (error) => {
          this.#options.onWarning(
            `Cannot finish an answer: ${error instanceof Error ? error.message : String(error)}`,
          );
          return new Response(null, { status: 500 });
        },
      },
      (request, info) => this.#handle(request, info),
    );
    this.#abort = abort;
    this.#server = server;
    this.#address = { hostname: this.#server.addr.hostname, port: this.#server.addr.port };
    server.finished.then(
      () => this.#ended(server, "it ended"),
      (error) => this.#ended(server, String(error)),
    );
  }

  /** The accept loop ended by itself: serve again. */
  async #ended(server: Deno.HttpServer, reason: string): Promise<void> {
    if (this.#stopped || this.#server !== server) return;
    this.#options.onWarning(`Cannot accept connections: ${reason}; trying again`);
    for (;;) {
      await new RetryPause().wait();
      if (this.#stopped) return;
      try {
        return this.#listen(this.#address.port);
      } catch {
        // Still no file descriptor, or the old listener is not closed yet.
      }
    }
  }

  async #handle(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Promise<Response> {
    const { peerOf } = this.#options;
    const peer = peerOf === undefined ? null : await peerOf(info.remoteAddr);
    if (peerOf !== undefined && peer === null) {
      return new Response(null, { status: 421, headers: { connection: "close" } });
    }
    const address = peer?.address ?? info.remoteAddr.hostname;
    const active = new ActiveRequest(request, plainAddress(address), null);
    this.#active.add(active);
    active.listen();
    const end = (): void => {
      this.#active.delete(active);
    };
    try {
      const response = await this.#options.handler(request, active);
      active.answered();
      if (this.#draining) response.headers.set("connection", "close");
      if (active.streamed) info.completed.then(end, end);
      else end();
      return response;
    } catch (error) {
      end();
      throw error;
    }
  }
}
