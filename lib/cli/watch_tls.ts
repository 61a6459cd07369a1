import { systemClock } from "../clock.ts";
import type { ServerTlsConfig } from "../config/config.ts";
import { watchFile } from "./file_watch.ts";
import type { System } from "./system.ts";

/**
 * Calls `changed` when a file of the server's TLS has changed: all together, for a certificate and its key are written
 * one after the other. Whoever renews certificates does not tell.
 *
 * @returns what stops it.
 */
export function watchTls(tls: ServerTlsConfig | null, system: System, changed: () => void): () => void {
  if (tls === null) return () => {};
  const readAll = async () => (await Promise.all(tls.files.map((file) => system.readLater(file)))).join("\0");
  return watchFile(tls.files.join(", "), readAll, systemClock, changed);
}
