import type { Clock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import type { RequestStore } from "../stores/request_store.ts";
import { SqliteOpenError } from "../stores/sqlite/sqlite_open_error.ts";
import { type SqliteRequestOptions, SqliteRequestStore } from "../stores/sqlite_request_store.ts";
import type { Logger } from "../telemetry/logger.ts";

/** What a process has of requests in memory, bytes at most. */
const MEMORY = 64 * 1024 * 1024;

/** The store of finished requests. A file that cannot be used is no reason not to serve. */
export async function openRequests(
  { requests, logging, observability }: Config,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<RequestStore> {
  const { store, path, max_age: maxAge, max_size: maxBytes, max_rows: maxRows } = requests;
  const common = {
    clock,
    maxAge,
    slowMs: logging.slow_request_threshold,
    profiles: observability.conventions,
  };
  const inMemory = () => SqliteRequestStore.open({ ...common, path: null, maxBytes: MEMORY, maxRows });
  if (store === "memory") return await inMemory();
  const file: SqliteRequestOptions = {
    ...common,
    path,
    maxBytes,
    maxRows: Infinity,
    onHealth: (failure) =>
      failure === null
        ? logger.info(`requests are kept in ${path} again`, { event: "store.recovered" })
        : logger.error(`requests cannot be kept in ${path}: ${failure}`, { event: "store.failed" }),
  };
  try {
    return await SqliteRequestStore.open(file);
  } catch (error) {
    if (!(error instanceof SqliteOpenError)) throw error;
    logger.warn(
      `${error.message}: the last ${maxRows} requests are kept in memory alone (requests.path names another file)`,
      { event: "requests.in_memory" },
    );
    return await inMemory();
  }
}
