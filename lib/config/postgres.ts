import type { Report } from "./check.ts";
import type { PemFiles } from "./pem_files.ts";
import type { FileConfig } from "./schema.ts";
import type { Secret } from "./secret.ts";
import { checkUrl, type StoreTls, tlsOf } from "./store_tls.ts";

/** A PostgreSQL database, complete; times in milliseconds. */
export interface PostgresConfig {
  readonly url: Secret;
  readonly schema: string;
  readonly poolSize: number;
  readonly timeout: number;
  readonly connectTimeout: number;
  /** Null: plain text. */
  readonly tls: StoreTls | null;
}

/** The section `postgres`. */
export function resolvePostgres(
  given: NonNullable<FileConfig["postgres"]>,
  report: Report,
  pem: PemFiles,
): PostgresConfig {
  const { url, schema, timeout, pool_size: poolSize, connect_timeout: connectTimeout } = given;
  const path = ["postgres", "url"];
  checkUrl(path, url, ["postgres", "postgresql"], report);
  const mode = URL.canParse(url.reveal()) ? new URL(url.reveal()).searchParams.get("sslmode") : null;
  if (mode !== null && !["disable", "require", "verify-ca", "verify-full"].includes(mode)) {
    report.add(path, "has an sslmode that is not known; expected disable, require, verify-ca or verify-full");
  }
  if (mode === "disable" && given.tls !== null) {
    report.add(["postgres", "tls"], "says how TLS is spoken, but the URL says sslmode=disable");
  }
  const used = given.tls !== null || (mode !== null && mode !== "disable");
  const tls = used ? tlsOf(["postgres", "tls"], given.tls, report, pem) : null;
  return { url, schema, poolSize, timeout, connectTimeout, tls };
}
