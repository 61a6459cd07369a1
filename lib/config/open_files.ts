import type { FileConfig } from "./schema.ts";

/** Files besides connections: listeners, pipes, stores, modules, certificates. */
const RESERVED = 64;
/** A proxied stream has a connection on either side; TLS has another within, and asking for certificates two. */
const FILES_A_CONNECTION = { plain: 2, tls: 4, asking: 6 };

export interface LimitedServer {
  readonly server: FileConfig["server"];
  /** Null: there was nothing to lower. */
  readonly warning: string | null;
}

/**
 * Keeps the connections below what the processes may open, for a full table of files stops everything. Each worker
 * has a table of its own, and its share of the connections.
 * @param openFiles how many files a process may open; undefined: unknown.
 * @param workers how many of them share the connections.
 */
export function limitConnections(
  server: FileConfig["server"],
  openFiles: number | undefined,
  workers: number,
): LimitedServer {
  const { cert_file, client_ca_file, min_version } = server.tls;
  const asking = client_ca_file !== null || min_version !== "TLSv1.2";
  const files = FILES_A_CONNECTION[cert_file === null ? "plain" : asking ? "asking" : "tls"];
  const most = workers * Math.max(1, Math.floor(((openFiles ?? Infinity) - RESERVED) / files));
  if (server.max_connections <= most) return { server, warning: null };
  const whose = workers === 1 ? "this process" : `each of ${workers} workers`;
  const warning =
    `server.max_connections is ${server.max_connections}, and ${whose} may open ${openFiles} files: lowered to ${most}`;
  return { server: { ...server, max_connections: most }, warning };
}

/** The limit in `/proc/self/limits`; undefined where the text does not say. */
export function parseOpenFiles(limits: string): number | undefined {
  const match = /^Max open files\s+(\d+)/m.exec(limits);
  return match === null ? undefined : Number(match[1]);
}
