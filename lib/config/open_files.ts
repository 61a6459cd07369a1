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
 * Keeps the connections below what the process may open, for a full table of files stops everything.
 * @param openFiles how many files the process may open; undefined: unknown.
 */
export function limitConnections(server: FileConfig["server"], openFiles: number | undefined): LimitedServer {
  const { cert_file, client_ca_file, min_version } = server.tls;
  const asking = client_ca_file !== null || min_version !== "TLSv1.2";
  const files = FILES_A_CONNECTION[cert_file === null ? "plain" : asking ? "asking" : "tls"];
  const most = Math.max(1, Math.floor(((openFiles ?? Infinity) - RESERVED) / files));
  if (server.max_connections <= most) return { server, warning: null };
  const warning =
    `server.max_connections is ${server.max_connections}, and this process may open ${openFiles} files: lowered to ${most}`;
  return { server: { ...server, max_connections: most }, warning };
}

/** The limit in `/proc/self/limits`; undefined where the text does not say. */
export function parseOpenFiles(limits: string): number | undefined {
  const match = /^Max open files\s+(\d+)/m.exec(limits);
  return match === null ? undefined : Number(match[1]);
}
