import { dirname, isAbsolute, resolve } from "node:path";
import type { Report } from "./check.ts";
import type { Path } from "./path.ts";
import type { PemFiles } from "./pem_files.ts";
import { type PostgresConfig, resolvePostgres } from "./postgres.ts";
import { type RedisConfig, resolveRedis } from "./redis.ts";
import type { FileConfig } from "./schema.ts";
import type { StoreKind } from "./sections/store.ts";

/** The servers of the sections `redis` and `postgres`; null where there is none. */
export interface SharedStores {
  readonly redis: RedisConfig | null;
  readonly postgres: PostgresConfig | null;
}

/** What there is of stores in a kind's section. */
interface GivenStore<K extends StoreKind> {
  readonly store: K | null;
  readonly path: string | null;
}

/**
 * Where a kind of thing is kept: a `path` alone makes it SQLite, nothing at all memory.
 * @param section the section's path, whose keys `store` and `path` are.
 * @param file the configuration's path, which a relative one starts from.
 */
export function resolveStore<K extends StoreKind>(
  section: Path,
  { store, path }: GivenStore<K>,
  file: string,
  shared: Readonly<Record<"redis" | "postgres", unknown>>,
  report: Report,
): { readonly store: K | "memory" | "sqlite"; readonly path: string | null } {
  const chosen: StoreKind = store ?? (path === null ? "memory" : "sqlite");
  const named = `${section.join(".")}.store is "${chosen}"`;
  if (chosen === "sqlite" && path === null) {
    report.add([...section, "path"], `is missing; expected a file, for ${named}`);
  }
  if (chosen !== "sqlite" && path !== null) report.add([...section, "path"], `names a file, but ${named}`);
  if ((chosen === "redis" || chosen === "postgres") && shared[chosen] === null) {
    report.add(
      [...section, "store"],
      `is "${chosen}", but there is no section ${chosen} that says where it is`,
    );
  }
  return {
    store: chosen as K | "memory" | "sqlite",
    path: path === null || isAbsolute(path) ? path : resolve(dirname(file), path),
  };
}

/** The sections `redis` and `postgres`. */
export function resolveSharedStores(
  { redis, postgres }: Pick<FileConfig, "redis" | "postgres">,
  report: Report,
  pem: PemFiles,
): SharedStores {
  return {
    redis: redis === null ? null : resolveRedis(redis, report, pem),
    postgres: postgres === null ? null : resolvePostgres(postgres, report, pem),
  };
}
