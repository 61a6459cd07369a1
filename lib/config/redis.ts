import type { Report } from "./check.ts";
import type { Path } from "./path.ts";
import type { PemFiles } from "./pem_files.ts";
import type { FileConfig } from "./schema.ts";
import type { Secret } from "./secret.ts";
import { checkUrl, type StoreTls, tlsOf } from "./store_tls.ts";

/** Where Redis is. */
export type RedisAddress =
  | { readonly kind: "server"; readonly url: Secret }
  | {
    readonly kind: "sentinels";
    /** `HOST:PORT` each. */
    readonly sentinels: readonly string[];
    readonly masterName: string;
    readonly username: string | null;
    readonly password: Secret | null;
  }
  | { readonly kind: "cluster"; readonly urls: readonly Secret[] };

/** A Redis or Valkey server, complete; times in milliseconds. */
export interface RedisConfig {
  readonly address: RedisAddress;
  /** Null: as the URL says. */
  readonly username: string | null;
  readonly password: Secret | null;
  readonly database: number | null;
  readonly prefix: string;
  readonly timeout: number;
  readonly connectTimeout: number;
  /** Null: plain text. */
  readonly tls: StoreTls | null;
}

type FileRedis = NonNullable<FileConfig["redis"]>;

/** Where a section says nothing of it. */
const CONNECT_TIMEOUT = 1_000;
const SCHEMES = ["redis", "rediss"];

/** The section `redis`; null where it does not say where the server is. */
export function resolveRedis(given: FileRedis, report: Report, pem: PemFiles): RedisConfig | null {
  const { username, password, database, prefix, timeout, connect_timeout: connectTimeout } = given;
  const address = redisAddress(given, report);
  if (address === null) return null;
  const urls = address.kind === "server" ? [address.url] : address.kind === "cluster" ? address.urls : [];
  checkLogin(given, urls, report);
  if (address.kind !== "sentinels") {
    for (const key of ["sentinel_username", "sentinel_password"] as const) {
      if (given[key] !== null) report.add(["redis", key], "means nothing without redis.sentinels");
    }
  }
  if (address.kind === "cluster" && (database ?? 0) !== 0) {
    report.add(["redis", "database"], `is ${database}, but a cluster has but 0`);
  }
  const plain = urls.some((url) => !isTls(url));
  if (given.tls !== null && plain) {
    report.add(
      ["redis", "tls"],
      "says how TLS is spoken, but a URL begins with redis://; expected rediss://",
    );
  }
  const used = address.kind === "sentinels" ? given.tls !== null : !plain;
  const tls = used ? tlsOf(["redis", "tls"], given.tls, report, pem) : null;
  return { address, username, password, database, prefix, timeout, connectTimeout, tls };
}

function redisAddress(given: FileRedis, report: Report): RedisAddress | null {
  const { url, sentinels, cluster } = given;
  const ways = [
    ...(url === null ? [] : ["url"]),
    ...(sentinels.length === 0 ? [] : ["sentinels"]),
    ...(cluster.length === 0 ? [] : ["cluster"]),
  ];
  const [first, second] = ways;
  if (first === undefined) {
    report.add(["redis", "url"], "is missing; expected redis.url, redis.sentinels or redis.cluster");
    return null;
  }
  if (second !== undefined) {
    report.add(["redis", second], `is one too many: redis.${first} says already where Redis is`);
    return null;
  }
  if (url !== null) {
    checkUrl(["redis", "url"], url, SCHEMES, report);
    return { kind: "server", url };
  }
  if (cluster.length > 0) {
    cluster.forEach((node, index) => {
      const path = ["redis", "cluster", index];
      checkUrl(path, node, SCHEMES, report);
      if (cluster[0] !== undefined && isTls(node) !== isTls(cluster[0])) {
        report.add(path, "is otherwise than the first: either all begin with rediss://, or none does");
      }
      if (databaseOf(node) !== "") report.add(path, "names a database, but a cluster has but 0");
    });
    return { kind: "cluster", urls: cluster };
  }
  return {
    kind: "sentinels",
    sentinels,
    masterName: given.master_name,
    username: given.sentinel_username,
    password: given.sentinel_password,
  };
}

/** What a URL says is not said again. */
function checkLogin(given: FileRedis, urls: readonly Secret[], report: Report): void {
  const parsed = urls.map((url) => url.reveal()).filter((url) => URL.canParse(url)).map((url) =>
    new URL(url)
  );
  const said = {
    username: parsed.some(({ username }) => username !== ""),
    password: parsed.some(({ password }) => password !== ""),
    database: parsed.some(({ pathname }) => pathname.length > 1),
  };
  for (const key of ["username", "password", "database"] as const) {
    if (given[key] !== null && said[key]) report.add(["redis", key], "is given twice: a URL says it too");
  }
}

/** A server of a section's own, which has of the shared one how TLS is spoken and nothing else. */
export function resolveOwnRedis(
  path: Path,
  given: NonNullable<FileConfig["cache"]["redis"]>,
  shared: FileConfig["redis"],
  report: Report,
  pem: PemFiles,
): RedisConfig {
  checkUrl([...path, "url"], given.url, SCHEMES, report);
  const tls = isTls(given.url) ? tlsOf(["redis", "tls"], shared?.tls ?? null, report, pem) : null;
  return {
    address: { kind: "server", url: given.url },
    username: null,
    password: null,
    database: null,
    prefix: given.prefix,
    timeout: given.timeout,
    connectTimeout: shared?.connect_timeout ?? CONNECT_TIMEOUT,
    tls,
  };
}

function isTls(url: Secret): boolean {
  return url.reveal().startsWith("rediss://");
}

function databaseOf(url: Secret): string {
  return URL.canParse(url.reveal()) ? new URL(url.reveal()).pathname.replace(/^\//, "") : "";
}
