/** Where Redis is; URLs and passwords are secrets. */
export type RedisAddress =
  | {
    readonly kind: "server";
    /** `redis://` or, over TLS, `rediss://`, with user, password and database. */
    readonly url: string;
  }
  | {
    readonly kind: "sentinels";
    /** `HOST:PORT` each. */
    readonly sentinels: readonly string[];
    readonly masterName: string;
    readonly username: string | null;
    readonly password: string | null;
  }
  | { readonly kind: "cluster"; readonly urls: readonly string[] };

/** PEM texts. */
export interface RedisTls {
  /** Null: the system's authorities. */
  readonly ca: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
  /** Null: the host that is connected to. */
  readonly serverName: string | null;
  /** Any certificate will do. */
  readonly insecure: boolean;
}

/** A Redis or Valkey server, by itself, behind Sentinels, or a cluster; times in milliseconds. */
export interface RedisServerOptions {
  readonly address: RedisAddress;
  /** Null: as the URL says. */
  readonly username: string | null;
  readonly password: string | null;
  readonly database: number | null;
  /** That one command may take. */
  readonly timeout: number;
  /** That a connection may take to be made. */
  readonly connectTimeout: number;
  /** Null: plain text. */
  readonly tls: RedisTls | null;
}

/** As `node:tls` has them. */
export function tlsOptions({ ca, certificate, key, serverName, insecure }: RedisTls) {
  return {
    ...(ca === null ? {} : { ca }),
    ...(certificate === null ? {} : { cert: certificate }),
    ...(key === null ? {} : { key }),
    ...(serverName === null ? {} : { servername: serverName }),
    rejectUnauthorized: !insecure,
  };
}
