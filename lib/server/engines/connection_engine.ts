import type { EngineOptions, Peer, RunningServer } from "../engine.ts";
import { plainAddress } from "../../address.ts";
import { Deadlines } from "../../deadlines.ts";
import { collectYoung } from "../../garbage.ts";
import type { ActiveRequest } from "./active_request.ts";
import { Connection } from "./connection.ts";
import { AcceptLoop } from "./accept_loop.ts";
import { type Accepted, type Listener, openListener } from "./listener.ts";
import type { ServeOnConnection } from "./http_on_connection.ts";
import { Newcomers } from "./newcomers.ts";
import type { ServerTls } from "../tls/server_tls.ts";

/** How often requests under way are looked at. */
const SWEEP_MS = 25;
/** Time for a refused client, which is still sending, to read why: closed at once, it would see a reset. */
const LINGER_MS = 500;
/** Time for a client to take an answer, before its connection may be closed to make room for another. */
const TAKING_MS = 1000;
/** Time to find the best moment for telling a client over HTTP/2 to leave: {@linkcode ConnectionEngine.drain}. */
const MOMENT_MS = 2000;
/** Time to see what a client asks at a time nowadays. */
const WATCH_MS = 500;
/**
 * Time for it to leave after that. One that does not answer the ping that goes with it would stay for ever, and so
 * would one whose next request crosses it, which Deno 2.6 hands to nobody.
 */
const GOODBYE_MS = 3000;
/** Time for connections that are on their way to a listener which another has followed. */
const SUCCEEDED_MS = 1000;

/**
 * An accept loop of our own, so that connections can be counted, bounded and closed one by one. Costs the same
 * CPU a request as `Deno.serve`.
 */
export class ConnectionEngine implements RunningServer {
  readonly finished: Promise<void>;
  readonly #options: EngineOptions;
  readonly #serveOn: ServeOnConnection;
  #address = { hostname: "", port: 0 };
  #loop: AcceptLoop<Accepted>;
  readonly #connections = new Set<Connection>();
  readonly #newcomers: Newcomers;
  readonly #deadlines: Deadlines;
  #requests = 0;
  #draining = false;
  /** When connections are told to end whatever is under way, monotonic milliseconds. */
  #tellAllAt = Infinity;
  /** Until when it is watched what clients ask at a time, monotonic milliseconds. */
  #watchUntil = Infinity;
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
    this.#deadlines = Deadlines.spread(options.clock);
    this.#newcomers = new Newcomers(options.collectYoung ?? collectYoung);
    this.finished = new Promise((resolve) => this.#finish = resolve);
    this.#loop = this.#accept(openListener(options));
  }

  get address(): { readonly hostname: string; readonly port: number } {
    return this.#address;
  }

  connections(): number {
    return this.#connections.size;
  }

  requests(): number {
    return this.#requests;
  }

  changeTls(tls: ServerTls): void {
    if (this.#stopped) return;
    const before = this.#loop;
    this.#loop = this.#accept(openListener({ ...this.#options, port: 0, tls }));
    Deno.unrefTimer(setTimeout(() => before.close(), SUCCEEDED_MS));
  }

  /**
   * A connection is told when it is answered; one of HTTP/2 with several requests at a time when as many are under way
   * as there ever were, for then it is unlikely that another one is on its way and crosses that; after a while when as
   * many are as there were in that while: a client may have asked more once.
   */
  drain(): void {
    const now = this.#options.clock.now();
    this.#draining = true;
    this.#tellAllAt = now + MOMENT_MS;
    this.#watchUntil = now + WATCH_MS;
    for (const connection of this.#connections) connection.watch();
  }

  stopListening(): Promise<void> {
    return this.#loop.closeWhenQuiet();
  }

  stopAccepting(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#draining = true;
    this.#loop.close();
    this.#room?.();
    this.#now = this.#options.clock.now();
    for (const connection of this.#connections) if (connection.idle) this.#closeIdle(connection);
    this.#finishIfEmpty();
  }

  abortAll(): void {
    this.stopAccepting();
    for (const connection of this.#connections) connection.abort();
    // A connection whose last answer nobody reads cannot be aborted any more: it is not waited for.
    this.#finish();
  }

  #accept(listener: Listener): AcceptLoop<Accepted> {
    const { hostname, port } = listener.addr as Deno.NetAddr;
    this.#address = { hostname, port };
    return new AcceptLoop<Accepted>(listener, (accepted) => this.#admit(accepted), this.#options.onWarning);
  }

  /** Serves a connection once there is room for it. At the cap the one that idles longest makes room. */
  async #admit(accepted: Accepted): Promise<void> {
    while (this.#connections.size >= this.#options.limits.maxConnections && !this.#stopped) {
      this.#closeLongestIdle();
      await new Promise<void>((resolve) => this.#room = resolve);
      this.#room = null;
    }
    if (this.#stopped) return accepted.close();
    try {
      await this.#serve(accepted);
    } catch {
      // Reset by its client in the meantime.
      accepted.close();
    }
  }

  /** Not by asking: a client that does not read its answer would hold its place for ever. */
  #closeLongestIdle(): void {
    let longest: Connection | null = null;
    for (const connection of this.#connections) {
      if (!connection.idle || !connection.answered || connection.ending) continue;
      if (longest === null || connection.idleSince < longest.idleSince) longest = connection;
    }
    if (longest !== null && longest.idleSince + TAKING_MS <= this.#now) longest.abort();
  }

  #closeIdle(connection: Connection): void {
    const { answered, http2, idleSince } = connection;
    // One that was never used has nothing to finish, and could not be made to end by itself.
    if (!answered || (http2 && idleSince + GOODBYE_MS <= this.#now)) connection.abort();
    else this.#sayGoodbye(connection);
  }

  #sayGoodbye(connection: Connection): void {
    connection.closeAfterAnswer();
    if (connection.idle) connection.closesAt = connection.http2 ? this.#now + GOODBYE_MS : Infinity;
  }

  async #serve(accepted: Accepted): Promise<void> {
    const { peerOf } = this.#options;
    const address = accepted.remoteAddr as Deno.NetAddr;
    if (peerOf === undefined) return this.#serveFor(null, address.hostname, accepted);
    const peer = await peerOf(address);
    if (peer === null || this.#stopped) accepted.close();
    else this.#serveFor(peer, peer.address, accepted);
  }

  #serveFor(peer: Peer | null, address: string, accepted: Accepted): void {
    const { clock, limits, onWarning } = this.#options;
    this.#now = clock.now();
    const connection = new Connection(plainAddress(address), this.#newcomers.came());
    // Deno.serve does this for its connections; without it a chunk of a stream waits for the one before. With TLS it
    // is done by what stands in front.
    if ("setNoDelay" in accepted) accepted.setNoDelay(true);
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
    const deadline = this.#deadlines.after(limits.headerTimeout || Infinity, () => connection.giveUp());
    const remove = () => {
      peer?.closed();
      this.#deadlines.cancel(deadline);
      this.#remove(connection);
    };
    connection.serve(served, deadline, remove);
    this.#connections.add(connection);
    this.#stopSweep ??= clock.every(SWEEP_MS, () => this.#sweep());
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
    this.#newcomers.went(connection.batch);
    this.#room?.();
    this.#loop.onClosed();
    if (this.#connections.size > 0) return;
    this.#stopSweep?.();
    this.#stopSweep = null;
    this.#finishIfEmpty();
  }

  #finishIfEmpty(): void {
    if (this.#stopped && this.#connections.size === 0) this.#finish();
  }

  #handle(connection: Connection, request: Request, info: Deno.ServeHandlerInfo): Promise<Response> {
    this.#requests++;
    const active = connection.begin(request);
    const { http2, peak } = connection;
    if (this.#draining && http2 && connection.active.length === peak) this.#sayGoodbye(connection);
    return this.#options.handler(request, active).then(
      (response) => this.#answer(connection, active, info, response),
      (error) => {
        this.#end(connection, active);
        throw error;
      },
    );
  }

  #answer(
    connection: Connection,
    active: ActiveRequest,
    info: Deno.ServeHandlerInfo,
    response: Response,
  ): Response {
    active.answered();
    if (active.closing || this.#isLast()) response.headers.set("connection", "close");
    const end = (): void => this.#end(connection, active);
    // `completed` settles for clients that are gone too, which is just what is wanted here.
    if (active.streamed) info.completed.then(end, end);
    else end();
    return response;
  }

  #end(connection: Connection, active: ActiveRequest): void {
    this.#requests--;
    connection.end(active);
    connection.idleSince = this.#now;
    if (connection.idle) connection.closesAt = this.#after(active.closing);
    if (this.#draining && (connection.ending || connection.peak === 1)) this.#sayGoodbye(connection);
  }

  /** Whether an answer is its connection's last: while draining, and while another waits for room at the cap. */
  #isLast(): boolean {
    return this.#draining || this.#room !== null;
  }

  /** When a connection is closed that idles from now on. @param closing after an answer that was its last. */
  #after(closing: boolean): number {
    const ms = closing ? LINGER_MS : this.#options.limits.idleTimeout;
    return ms > 0 ? this.#now + ms : Infinity;
  }

  #sweep(): void {
    this.#now = this.#options.clock.now();
    if (this.#room !== null) this.#closeLongestIdle();
    if (this.#now >= this.#watchUntil) {
      this.#watchUntil = Infinity;
      for (const connection of this.#connections) connection.watched();
    }
    const tellAll = this.#now >= this.#tellAllAt;
    for (const connection of this.#connections) {
      if (tellAll && connection.http2 && !connection.ending) this.#sayGoodbye(connection);
      for (const request of connection.active) request.swept();
    }
  }
}
