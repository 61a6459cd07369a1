import type { Client } from "../telemetry/exchange.ts";
import type { Clock } from "../clock.ts";
import type { ServerTls } from "./tls/server_tls.ts";

/** What a handler knows of the connection that brought a request. */
export interface ConnectionInfo extends Client {
  /** The peer's address as the socket has it; an IPv4 address on an IPv6 socket in its IPv4 form. */
  readonly remoteAddress: string;
  /** Set by the handler: the answer's body is a stream, so the request lasts beyond the handler. */
  streamed: boolean;
}

/** Answers a request; never rejects. */
export type ServerHandler = (request: Request, connection: ConnectionInfo) => Promise<Response>;

/** Bounds on what clients may take; times in milliseconds, where 0 means without end. */
export interface ServerLimits {
  /** Connections at a time; more wait in the system's queue. */
  readonly maxConnections: number;
  /** From a connection's start to the end of its first request's headers. */
  readonly headerTimeout: number;
  /** From the end of an answer to the end of the next request's headers. */
  readonly idleTimeout: number;
}

/** Whose connection something in front of an engine has passed on. */
export interface Peer {
  readonly address: string;
  /** The engine is through with the connection. */
  closed(): void;
}

export interface EngineOptions {
  readonly hostname: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Whether other processes may listen on the same port. */
  readonly reusePort?: boolean;
  /** What TLS is spoken with; absent or null: plain text. */
  readonly tls?: ServerTls | null;
  /** Who stands behind a connection; null: nobody, it is refused. Absent: whoever has the address. */
  readonly peerOf?: (address: Deno.NetAddr) => Promise<Peer | null>;
  readonly handler: ServerHandler;
  readonly limits: ServerLimits;
  readonly clock: Clock;
  /** Collects the young generation of this thread's garbage; default: where the runtime lets it. */
  readonly collectYoung?: () => void;
  /** Hears of what an operator should know: a sentence without a secret. */
  readonly onWarning: (message: string) => void;
}

export interface RunningServer {
  readonly address: { readonly hostname: string; readonly port: number };
  /** Connections that are open now. */
  connections(): number;
  /** Requests under way, the streamed answers among them. */
  requests(): number;
  /**
   * Speaks TLS with another certificate to whoever connects from now on; connections that are open go on.
   * @throws where it cannot be used: then nothing changes.
   */
  changeTls(tls: ServerTls): void;
  /** From now on answers carry `connection: close`, and their connections are closed after them. */
  drain(): void;
  /**
   * Lets others have the port: accepts who waits already, then closes the listener, and no connection. Resolves when
   * that is done; where the engine cannot, at once.
   */
  stopListening(): Promise<void>;
  /** Closes the listener and every connection without a request; the others are closed after their answer. */
  stopAccepting(): void;
  /** Closes every connection now, whatever is under way, and the listener. */
  abortAll(): void;
  /** Resolves once the listener and all connections are closed; never rejects. */
  readonly finished: Promise<void>;
}
