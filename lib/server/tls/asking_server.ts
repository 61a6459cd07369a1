import { createServer, type Server, type TlsOptions, type TLSSocket } from "node:tls";
import type { Socket } from "node:net";
import type { EngineOptions, RunningServer } from "../engine.ts";
import { Peers } from "./peers.ts";
import { relay, sideOf } from "./relay.ts";
import { ServerTlsError } from "./server_tls_error.ts";
import { SERVED_PROTOCOLS, type ServerTls } from "./server_tls.ts";
import { sideOfSocket } from "./socket_side.ts";
import { keepsToItsTerms } from "./trial.ts";

/**
 * TLS with what the runtime's own listener cannot do: asking clients for certificates, and refusing old versions.
 * `node:tls` can; what it decrypts goes on to an engine that speaks plain text.
 */
export class AskingServer implements RunningServer {
  readonly finished: Promise<void>;
  readonly #options: EngineOptions;
  readonly #engine: RunningServer;
  readonly #peers: Peers;
  readonly #server: Server;
  /** What ends the handshakes under way, by the clients' ports. */
  readonly #handshakes = new Map<number, ReturnType<typeof setTimeout>>();
  #address = { hostname: "", port: 0 };

  private constructor(options: EngineOptions, engine: RunningServer, peers: Peers, tls: ServerTls) {
    this.#options = options;
    this.#engine = engine;
    this.#peers = peers;
    this.finished = engine.finished;
    this.#server = createServer(terms(tls), (socket) => this.#serve(socket));
    this.#server.on("connection", (socket) => this.#hurry(socket));
    // What a client does wrong is its own business.
    this.#server.on("tlsClientError", () => {});
  }

  /** @throws {ServerTlsError} where this runtime would let in who has to be refused. */
  static async open(
    options: EngineOptions,
    tls: ServerTls,
    serve: (options: EngineOptions) => Promise<RunningServer>,
  ): Promise<AskingServer> {
    if (!await keepsToItsTerms(terms(tls))) {
      throw new ServerTlsError(
        `Deno ${Deno.version.deno} cannot ask for clients' certificates or refuse versions of TLS: ` +
          "server.tls.client_ca_file and server.tls.min_version need a newer one",
      );
    }
    const peers = new Peers();
    const engine = await serve({ ...options, tls: null, peerOf: ({ port }) => peers.of(port) });
    const server = new AskingServer(options, engine, peers, tls);
    try {
      await server.#listen();
    } catch (error) {
      engine.abortAll();
      throw error;
    }
    return server;
  }

  get address(): { readonly hostname: string; readonly port: number } {
    return this.#address;
  }

  connections(): number {
    return this.#engine.connections();
  }

  requests(): number {
    return this.#engine.requests();
  }

  changeTls(tls: ServerTls): void {
    this.#server.setSecureContext(terms(tls));
  }

  drain(): void {
    this.#engine.drain();
  }

  stopListening(): Promise<void> {
    return Promise.resolve();
  }

  stopAccepting(): void {
    this.#server.close();
    this.#engine.stopAccepting();
  }

  abortAll(): void {
    this.#server.close();
    this.#engine.abortAll();
  }

  #listen(): Promise<void> {
    const { hostname: host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.on("error", reject);
      this.#server.listen({ host, port }, () => {
        const address = this.#server.address();
        if (address === null || typeof address === "string") {
          return reject(new Error("Cannot listen: no address"));
        }
        this.#address = { hostname: address.address, port: address.port };
        resolve();
      });
    });
  }

  /** Closes a connection whose handshake takes too long. */
  #hurry(socket: Socket): void {
    const { headerTimeout } = this.#options.limits;
    if (headerTimeout === 0) return;
    const port = socket.remotePort ?? 0;
    this.#handshakes.set(port, setTimeout(() => socket.destroy(), headerTimeout));
    socket.once("close", () => this.#handshakeEnded(port));
  }

  #handshakeEnded(port: number): void {
    clearTimeout(this.#handshakes.get(port));
    this.#handshakes.delete(port);
  }

  async #serve(socket: TLSSocket): Promise<void> {
    const port = socket.remotePort ?? 0;
    this.#handshakeEnded(port);
    const client = sideOfSocket(socket);
    const peer = await this.#options.peerOf?.({ transport: "tcp", hostname: "", port });
    if (!peer) return client.close();
    try {
      const conn = await this.#peers.connect(this.#engine.address, peer.address, peer.closed);
      await relay(client, sideOf(conn));
      this.#peers.remove(conn);
    } catch {
      // The engine ends, or there is no descriptor left.
      client.close();
    }
  }
}

function terms({ certificate, key, clientCa, minVersion }: ServerTls): TlsOptions {
  return {
    cert: certificate,
    key,
    minVersion,
    ALPNProtocols: SERVED_PROTOCOLS,
    ...(clientCa === null ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
  };
}
