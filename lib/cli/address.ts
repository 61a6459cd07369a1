import { ServerTlsError } from "../server/tls/server_tls_error.ts";

/** The URL at which this machine reaches what listens on `host` and `port`. */
export function localUrl(host: string, port: number, scheme: "http" | "https" = "http"): string {
  if (host === "0.0.0.0" || host === "") return `${scheme}://127.0.0.1:${port}`;
  if (host === "::") return `${scheme}://[::1]:${port}`;
  const name = host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]` : host;
  return `${scheme}://${name}:${port}`;
}

/** Why nothing listens there, for people. @throws the error itself where that is not what it is about. */
export function listenFailure(error: unknown, host: string, port: number): string {
  if (error instanceof ServerTlsError) return error.message;
  for (const [type, reason] of LISTEN_FAILURES) {
    if (error instanceof type) return `cannot listen on ${host}:${port}: ${reason}`;
  }
  // Deno has no class for it.
  if (error instanceof Error && NO_SUCH_NAME.test(error.message)) {
    return `cannot listen on ${host}:${port}: no address has the name "${host}"`;
  }
  throw error;
}

const NO_SUCH_NAME = /^failed to lookup address/;

const LISTEN_FAILURES = [
  [Deno.errors.AddrInUse, "the address is in use"],
  [Deno.errors.AddrNotAvailable, "this machine has no such address"],
  [Deno.errors.PermissionDenied, "permission denied"],
] as const;
