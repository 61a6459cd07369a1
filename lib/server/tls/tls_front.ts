import type { EngineOptions, RunningServer } from "../engine.ts";
import { AcceptLoop } from "../engines/accept_loop.ts";
import { Peers } from "./peers.ts";
import { relay, sideOf } from "./relay.ts";
import { isPlainTls, type ServerTls } from "./server_tls.ts";

const LOOPBACK = "127.0.0.1";
/** Connections that may be open while an engine that is full makes room for them. */
const MORE = 64;
/** Time for the last bytes of a connection that its engine is through with. */
const LAST_MS = 1000;

/**
 * The gateway's address where it speaks TLS: accepts connections, and passes their bytes on to an engine, over
 * loopback connections that it serves nobody else on.
 *
 * For the runtime does not close a connection in the middle of its handshake, whatever it is told: clients that never
 * end theirs would take all file descriptors. This one owns the clients' sockets, and closes them. It also lets
 * certificates change without a connection's being lost, which listeners that take turns on a port do not.
 */
export class TlsFront implements RunningServer {
  readonly address: { readonly hostname: string; readonly port: number };
  readonly finished: Promise<void>;
  readonly #engine: RunningServer;
  readonly #peers: Peers;
  readonly #loop: AcceptLoop<Deno.TcpConn>;
  readonly #limit: number;
  #open = 0;
  #room: (() => void) | null = null;

  private constructor(options: EngineOptions, engine: RunningServer, peers: Peers) {
    const { hostname, port, reusePort = false, limits, onWarning } = options;
    this.#engine = engine;
    this.#peers = peers;
    this.#limit = limits.maxConnections + MORE;
    this.finished = engine.finished;
    const listener = Deno.listen({ hostname, port, reusePort });
    this.address = { hostname: listener.addr.hostname, port: listener.addr.port };
    this.#loop = new AcceptLoop<Deno.TcpConn>(listener, (accepted) => this.#admit(accepted), onWarning);
  }

  /**
   * @param serve opens the engine behind it.
   * @throws {ServerTlsError} where this runtime would let in who has to be refused; {Deno.errors.AddrInUse} and the like.
   */
  static async open(
    options: EngineOptions,
    tls: ServerTls,
    serve: (options: EngineOptions) => Promise<RunningServer>,
  ): Promise<TlsFront> {
    const peers = new Peers();
    const behind: EngineOptions = {
      ...options,
      hostname: LOOPBACK,
      port: 0,
      reusePort: false,
      tls,
      peerOf: ({ port }) => peers.of(port),
    };
    const engine = isPlainTls(tls) ? await serve(behind) : await askingEngine(behind, tls, serve);
    try {
      return new TlsFront(options, engine, peers);
    } catch (error) {
      engine.abortAll();
      throw error;
    }
  }

  connections(): number {
    return this.#engine.connections();
  }

  requests(): number {
    return this.#engine.requests();
  }

  changeTls(tls: ServerTls): void {
    this.#engine.changeTls(tls);
  }

  drain(): void {
    this.#engine.drain();
  }

  stopListening(): Promise<void> {
    return this.#loop.closeWhenQuiet();
  }

  stopAccepting(): void {
    this.#loop.close();
    this.#engine.stopAccepting();
  }

  abortAll(): void {
    this.#loop.close();
    this.#engine.abortAll();
  }

  async #admit(accepted: Deno.TcpConn): Promise<void> {
    while (this.#open >= this.#limit) {
      await new Promise<void>((resolve) => this.#room = resolve);
      this.#room = null;
    }
    this.#open++;
    this.#pass(accepted).finally(() => {
      this.#open--;
      this.#room?.();
      this.#loop.onClosed();
    });
  }

  async #pass(accepted: Deno.TcpConn): Promise<void> {
    const client = sideOf(accepted);
    try {
      accepted.setNoDelay(true);
      const { hostname } = accepted.remoteAddr;
      const conn = await this.#peers.connect(this.#engine.address, hostname, () => {
        // What it said last may still be on its way.
        Deno.unrefTimer(setTimeout(client.close, LAST_MS));
      });
      await relay(client, sideOf(conn));
      this.#peers.remove(conn);
    } catch {
      // It left at once, the engine ends, or there is no descriptor left.
      client.close();
    }
  }
}

async function askingEngine(
  options: EngineOptions,
  tls: ServerTls,
  serve: (options: EngineOptions) => Promise<RunningServer>,
): Promise<RunningServer> {
  const { AskingServer } = await import("./asking_server.ts");
  return await AskingServer.open(options, tls, serve);
}
