import type { Config, ServerTlsConfig } from "../config/config.ts";
import { formatPath, valueAt, withValue } from "../config/path.ts";
import { Secret } from "../config/secret.ts";
import { TELEMETRY_FILES, writesFiles } from "../config/writes_files.ts";

/** What a running gateway cannot change: its listener, what it keeps, and which metrics there are. */
const RESTART_ONLY: readonly (readonly string[])[] = [
  ...["host", "port", "workers", "max_connections", "header_timeout", "idle_timeout"].map((
    key,
  ) => ["server", key]),
  ["conversations"],
  ["limits", "store"],
  ["spend"],
  ...["enabled", "store", "path", "max_age", "max_size", "max_rows"].map((key) => ["requests", key]),
  ...["store", "path", "max_ids", "timeout"].map((key) => ["pass_through", key]),
  ["keys"],
  ["admin"],
  ["redis"],
  ["postgres"],
  ["backends", "redis"],
  ...["enabled", "store", "path", "redis", "secret", "max_entries", "max_size", "max_answer_size"].map((
    key,
  ) => ["cache", key]),
  ...["enabled", "address", "sharedDirectory", "profiles", "groups"].map((
    key,
  ) => ["observability", "metrics", key]),
];

/**
 * The configuration that a running gateway can go on with.
 * @returns it, and the keys at which it keeps what it has until it is started anew.
 */
export function withKept(running: Config, next: Config): { config: Config; kept: string[] } {
  let config = next;
  const kept: string[] = [];
  for (const path of [...RESTART_ONLY, ...firstFiles(running, next)]) {
    const value = valueAt(running, path);
    if (text(value) === text(valueAt(next, path))) continue;
    kept.push(formatPath(path));
    config = withValue(config, path, value) as Config;
  }
  const { tls } = running.server;
  if (tlsKind(tls) !== tlsKind(next.server.tls)) {
    kept.push("server.tls");
    config = { ...config, server: { ...config.server, tls } };
  }
  return { config, kept };
}

/** What would write the first file, of a gateway that has given up the right to write any. */
function firstFiles(running: Config, next: Config): readonly (readonly string[])[] {
  if (writesFiles(running)) return [];
  return TELEMETRY_FILES.filter(({ writes }) => writes(next)).map(({ path }) => path);
}

/** A listener takes another certificate, and other authorities; it does not begin to speak TLS, or to ask. */
function tlsKind(tls: ServerTlsConfig | null): string {
  return tls === null ? "none" : `${tls.minVersion} ${tls.clientCa === null}`;
}

/** For comparison alone: it holds secrets. */
function text(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key: string, it: unknown) {
    const written = this[key];
    return written instanceof Secret ? written.reveal() : it;
  }) ?? "";
}
