import { type ServerTls, tlsOptions } from "../server_tls.ts";

/** A server and a database on it, as the driver wants them. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ssl: false | ReturnType<typeof tlsOptions>;
}

const DEFAULT_PORT = 5432;

/**
 * @param url `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; its `sslmode` has been read by whoever gives `tls`.
 * @throws {Error} that says what is wrong with the URL, without its secrets.
 */
export function serverAddress(url: string, tls: ServerTls | null): ServerAddress {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  for (const name of searchParams.keys()) {
    if (name !== "sslmode") {
      throw new Error(`its URL has the parameter "${name}"; expected none but "sslmode"`);
    }
  }
  const user = decodeURIComponent(username);
  if (hostname === "" || user === "") throw new Error("its URL names no host or no user");
  return {
    // An IPv6 address stands in brackets.
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? DEFAULT_PORT : Number(port),
    user,
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)) || user,
    ssl: tls === null ? false : tlsOptions(tls),
  };
}

/** `HOST:PORT/DATABASE`: what may be shown. */
export function describeServer({ host, port, database }: ServerAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}/${database}`;
}
