import type { EngineOptions } from "../engine.ts";
import { SERVED_PROTOCOLS } from "../tls/server_tls.ts";

export type Accepted = Deno.TcpConn | Deno.TlsConn;
export type Listener = Deno.TcpListener | Deno.TlsListener;

/**
 * Connections that may wait to be accepted; the system may allow fewer (`net.core.somaxconn`). One that finds no place
 * is tried again by its client's system after a second, three and seven, so it hears nothing for that long.
 */
const BACKLOG = 4096;

/**
 * Listens, speaking TLS where that is asked for. Whoever serves a connection makes the handshake.
 * @throws {Deno.errors.AddrInUse} and whatever else listening may throw.
 */
export function openListener({ hostname, port, reusePort = false, tls = null }: EngineOptions): Listener {
  if (tls === null) return Deno.listen({ hostname, port, reusePort, tcpBacklog: BACKLOG });
  const { certificate: cert, key } = tls;
  return Deno.listenTls({ hostname, port, cert, key, alpnProtocols: SERVED_PROTOCOLS, tcpBacklog: BACKLOG });
}
