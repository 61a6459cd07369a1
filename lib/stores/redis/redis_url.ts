import type { HostPort } from "./redis_connection.ts";

export interface RedisUrl extends HostPort {
  /** Null: it says nothing of it. */
  readonly username: string | null;
  readonly password: string | null;
  readonly database: number | null;
}

const DEFAULT_PORT = 6379;

/** What a `redis://` or `rediss://` URL says. */
export function parseRedisUrl(url: string): RedisUrl {
  const { hostname, port, username, password, pathname } = new URL(url);
  const database = pathname.slice(1);
  return {
    host: decodeURIComponent(hostname).replace(/^\[|\]$/g, ""),
    port: port === "" ? DEFAULT_PORT : Number(port),
    username: username === "" ? null : decodeURIComponent(username),
    password: password === "" ? null : decodeURIComponent(password),
    database: database === "" ? null : Number(database),
  };
}
