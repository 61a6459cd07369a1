import type { ServerTls } from "../server_tls.ts";

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
  readonly tls: ServerTls | null;
}
