import { plainAddress } from "../../address.ts";
import type { EngineOptions, RunningServer } from "../engine.ts";
import { ActiveRequest } from "./active_request.ts";
import { retryPause } from "./retry_pause.ts";

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
  #draining = false;
  #stopped = false;
  #finish!: () => void;

  /** @throws {Deno.errors.AddrInUse} and whatever else listening may throw. */
  constructor(options: EngineOptions) {
    this.#options = options;
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
    this.#abort = new AbortController();
    this.#server = Deno.serve(
      {
        hostname,
        port,
        reusePort,
        signal: this.#abort.signal,
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
    this.#address = { hostname: this.#server.addr.hostname, port: this.#server.addr.port };
    this.#server.finished.then(() => this.#ended("it ended"), (error) => this.#ended(String(error)));
  }

  /** The accept loop ended by itself: serve again. */
  async #ended(reason: string): Promise<void> {
    if (this.#stopped) return;
    this.#options.onWarning(`Cannot accept connections: ${reason}; trying again`);
    for (;;) {
      await retryPause();
      if (this.#stopped) return;
      try {
        return this.#listen(this.#address.port);
      } catch {
        // Still no file descriptor, or the old listener is not closed yet.
      }
    }
  }

  async #handle(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Promise<Response> {
    const active = new ActiveRequest(request, plainAddress(info.remoteAddr.hostname), null);
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
