import type { EngineOptions, RunningServer } from "../engine.ts";
import { plainAddress } from "../../address.ts";
import { Connection } from "./connection.ts";
import { retryPause } from "./retry_pause.ts";
import type { ServeOnConnection } from "./http_on_connection.ts";

/** How often connections are looked at: time-outs are at most this late. */
const SWEEP_MS = 25;
/** Time for a refused client, which is still sending, to read why: closed at once, it would see a reset. */
const LINGER_MS = 500;
/** Turns of the event loop in which the last connections are accepted: where more and more come, it has an end. */
const MAX_TURNS = 500;

/**
 * An accept loop of our own, so that connections can be counted, bounded and closed one by one. Costs the same
 * CPU a request as `Deno.serve`.
 */
export class ConnectionEngine implements RunningServer {
  readonly address: { readonly hostname: string; readonly port: number };
  readonly finished: Promise<void>;
  readonly #options: EngineOptions;
  readonly #serveOn: ServeOnConnection;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Connection>();
  #requests = 0;
  #listening = true;
  /** Connections, all that there ever were. */
  #accepted = 0;
  #draining = false;
  #stopped = false;
  /** When the sweep last looked: the time of day for time-outs, which need no more. */
  #now: number;
  #stopSweep: (() => void) | null = null;
  #room: (() => void) | null = null;
  #finish!: () => void;

  /** @throws {Deno.errors.AddrInUse} and whatever else listening may throw. */
  constructor(options: EngineOptions, serveOn: ServeOnConnection) {
    this.#options = options;
    this.#serveOn = serveOn;
    this.#now = options.clock.now();
    const { hostname, port, reusePort = false } = options;
    this.#listener = Deno.listen({ hostname, port, reusePort });
    const addr = this.#listener.addr as Deno.NetAddr;
    this.address = { hostname: addr.hostname, port: addr.port };
    this.finished = new Promise((resolve) => this.#finish = resolve);
    this.#acceptAll();
  }

  connections(): number {
    return this.#connections.size;
  }

  requests(): number {
    return this.#requests;
  }

  drain(): void {
    this.#draining = true;
  }

  async stopListening(): Promise<void> {
    // Whoever still waits when it is closed is reset: it is closed after a turn in which nobody came.
    for (let turn = 0, before = -1; turn < MAX_TURNS && this.#accepted !== before; turn++) {
      before = this.#accepted;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    this.#closeListener();
  }

  stopAccepting(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#draining = true;
    this.#closeListener();
    this.#room?.();
    for (const connection of this.#connections) if (connection.idle) closeIdle(connection);
    this.#finishIfEmpty();
  }

  abortAll(): void {
    this.stopAccepting();
    for (const connection of this.#connections) connection.abort();
    // A connection whose last answer nobody reads cannot be aborted any more: it is not waited for.
    this.#finish();
  }

  #closeListener(): void {
    if (this.#listening) this.#listener.close();
    this.#listening = false;
  }

  async #acceptAll(): Promise<void> {
    let failing = false;
    while (this.#listening) {
      try {
        const accepted = await this.#listener.accept();
        this.#accepted++;
        if (failing) this.#options.onWarning("Accepting connections again");
        failing = false;
        await this.#admit(accepted);
      } catch (error) {
        if (!this.#listening) return;
        if (!failing) {
          const reason = error instanceof Error ? error.message : String(error);
          this.#options.onWarning(`Cannot accept connections: ${reason}; trying again`);
        }
        failing = true;
        await retryPause();
      }
    }
  }

  /** Serves a connection once there is room for it. At the cap the one that idles longest makes room. */
  async #admit(accepted: Deno.TcpConn): Promise<void> {
    while (this.#connections.size >= this.#options.limits.maxConnections && !this.#stopped) {
      this.#closeLongestIdle();
      await new Promise<void>((resolve) => this.#room = resolve);
      this.#room = null;
    }
    if (this.#stopped) return accepted.close();
    try {
      this.#serve(accepted);
    } catch {
      // Reset by its client in the meantime.
      accepted.close();
    }
  }

  #closeLongestIdle(): void {
    let longest: Connection | null = null;
    for (const connection of this.#connections) {
      if (!connection.idle || !connection.answered || connection.ending) continue;
      if (longest === null || connection.deadline < longest.deadline) longest = connection;
    }
    longest?.closeAfterAnswer();
  }

  #serve(accepted: Deno.TcpConn): void {
    const { clock, limits, onWarning } = this.#options;
    this.#now = clock.now();
    const remote = plainAddress(accepted.remoteAddr.hostname);
    const connection = new Connection(remote, this.#after(limits.headerTimeout));
    // Deno.serve does this for its connections; without it a chunk of a stream waits for the one before.
    accepted.setNoDelay(true);
    const served = this.#serveOn(
      accepted,
      connection,
      (request, info) => this.#handle(connection, request, info),
      (error) => {
        onWarning(`Cannot finish an answer: ${error instanceof Error ? error.message : String(error)}`);
        return new Response(null, { status: 500 });
      },
      () => {},
    );
    connection.serve(served);
    this.#connections.add(connection);
    this.#stopSweep ??= clock.every(SWEEP_MS, () => this.#sweep());
    const remove = () => this.#remove(connection);
    // A rejection says how the connection broke, which is the client's business; Deno 2.6 then keeps its resource
    // until somebody closes it.
    served.finished.then(remove, () => {
      remove();
      served.shutdown().catch(() => {});
    });
  }

  #remove(connection: Connection): void {
    connection.closed();
    if (!this.#connections.delete(connection)) return;
    this.#room?.();
    if (this.#connections.size > 0) return;
    this.#stopSweep?.();
    this.#stopSweep = null;
    this.#finishIfEmpty();
  }

  #finishIfEmpty(): void {
    if (this.#stopped && this.#connections.size === 0) this.#finish();
  }

  async #handle(connection: Connection, request: Request, info: Deno.ServeHandlerInfo): Promise<Response> {
    this.#requests++;
    const active = connection.begin(request);
    const end = (): void => {
      this.#requests--;
      connection.end(active);
      connection.deadline = this.#after(active.closing ? LINGER_MS : this.#options.limits.idleTimeout);
      if (this.#isLast()) connection.closeAfterAnswer();
    };
    try {
      const response = await this.#options.handler(request, active);
      active.answered();
      if (active.closing || this.#isLast()) response.headers.set("connection", "close");
      // `completed` settles for clients that are gone too, which is just what is wanted here.
      if (active.streamed) info.completed.then(end, end);
      else end();
      return response;
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Whether an answer is its connection's last: while draining, and while another waits for room at the cap. */
  #isLast(): boolean {
    return this.#draining || this.#room !== null;
  }

  #after(ms: number): number {
    return ms > 0 ? this.#now + ms : Infinity;
  }

  #sweep(): void {
    this.#now = this.#options.clock.now();
    for (const connection of this.#connections) {
      if (connection.idle) {
        if (connection.deadline <= this.#now) connection.abort();
        continue;
      }
      for (const request of connection.active) request.swept();
    }
  }
}

/** One that was never used has nothing to finish, and could not be made to end by itself. */
function closeIdle(connection: Connection): void {
  if (connection.answered) connection.closeAfterAnswer();
  else connection.abort();
}
