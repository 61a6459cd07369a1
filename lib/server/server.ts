import type { EngineOptions, RunningServer } from "./engine.ts";
import { ConnectionEngine } from "./engines/connection_engine.ts";
import { findServeOnConnection } from "./engines/http_on_connection.ts";
import { PlainEngine } from "./engines/plain_engine.ts";

export interface ServeOptions extends EngineOptions {
  /**
   * Which engine serves; for tests. Default: our own accept loop, which bounds connections and their time, where
   * the runtime has what it needs, else `Deno.serve` with a warning.
   */
  readonly engine?: "connection" | "plain";
}

/**
 * Serves HTTP/1.1 and HTTP/2 (by ALPN with TLS, with prior knowledge without) until told to stop. Nothing else knows
 * what serves.
 *
 * @throws {Deno.errors.AddrInUse} where the port is taken, {ServerTlsError} where TLS cannot be spoken as asked for,
 * and whatever else listening may throw.
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { tls = null } = options;
  if (tls === null) return await serveItself(options);
  const { TlsFront } = await import("./tls/tls_front.ts");
  return await TlsFront.open(options, tls, (behind) => serveItself({ ...options, ...behind }));
}

async function serveItself(options: ServeOptions): Promise<RunningServer> {
  if (options.engine !== "plain") {
    const serveOn = await findServeOnConnection();
    if (serveOn !== null) return new ConnectionEngine(options, serveOn);
    if (options.engine === "connection") {
      throw new Error("Cannot serve: this runtime lacks the engine's function");
    }
    options.onWarning(
      `Deno ${Deno.version.deno} cannot bound connections: serving without a cap and without time-outs for headers and idling`,
    );
  }
  return new PlainEngine(options);
}
