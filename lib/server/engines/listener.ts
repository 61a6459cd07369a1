import type { EngineOptions } from "../engine.ts";
import { SERVED_PROTOCOLS } from "../tls/server_tls.ts";

export type Accepted = Deno.TcpConn | Deno.TlsConn;
export type Listener = Deno.TcpListener | Deno.TlsListener;

/**
 * Listens, speaking TLS where that is asked for. Whoever serves a connection makes the handshake.
 * @throws {Deno.errors.AddrInUse} and whatever else listening may throw.
 */
export function openListener({ hostname, port, reusePort = false, tls = null }: EngineOptions): Listener {
  if (tls === null) return Deno.listen({ hostname, port, reusePort });
  const { certificate: cert, key } = tls;
  return Deno.listenTls({ hostname, port, cert, key, alpnProtocols: SERVED_PROTOCOLS });
}
