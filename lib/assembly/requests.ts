import type { Clock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import type { Deadlines } from "../deadlines.ts";
import { PostgresOpenError } from "../stores/postgres/postgres_open_error.ts";
import type { RequestStore } from "../stores/request_store.ts";
import { SqliteOpenError } from "../stores/sqlite/sqlite_open_error.ts";
import { SqliteRequestStore } from "../stores/sqlite_request_store.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { SharedPostgres } from "./postgres.ts";
import { storyOptions } from "./story_options.ts";

/** What a process has of requests in memory, bytes at most. */
const MEMORY = 64 * 1024 * 1024;

/** What rows are written and looked at by: a search may take a while, and nobody's request waits for either. */
const POSTGRES = { poolSize: 3, timeout: 5_000 };

export interface RequestSurroundings {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly logger: Logger;
  readonly postgres: SharedPostgres;
}

/** The store of finished requests. A file or a database that cannot be used is no reason not to serve. */
export async function openRequests(
  config: Config,
  surroundings: RequestSurroundings,
): Promise<RequestStore> {
  const { store, max_rows: maxRows } = config.requests;
  const inMemory = () =>
    openRequestStore({ ...config, requests: { ...config.requests, store: "memory" } }, surroundings);
  try {
    return await openRequestStore(config, surroundings);
  } catch (error) {
    if (!(error instanceof SqliteOpenError || error instanceof PostgresOpenError)) throw error;
    const remedy = store === "sqlite" ? " (requests.path names another file)" : "";
    surroundings.logger.warn(
      `${error.message}: the last ${maxRows} requests are kept in memory alone${remedy}`,
      { event: "requests.in_memory" },
    );
    return await inMemory();
  }
}

/** Where the configuration says, and nowhere else. @throws {SqliteOpenError | PostgresOpenError} */
export async function openRequestStore(
  config: Config,
  { clock, deadlines, logger, postgres }: RequestSurroundings,
): Promise<RequestStore> {
  const { store, path, max_age: maxAge, max_size: maxBytes, max_rows: maxRows } = config.requests;
  const common = {
    clock,
    maxAge,
    ...storyOptions(config),
  };
  if (store === "memory") {
    return await SqliteRequestStore.open({ ...common, path: null, maxBytes: MEMORY, maxRows });
  }
  if (store === "postgres") {
    const { PostgresRequestStore } = await import("../stores/postgres_request_store.ts");
    const client = await postgres.apart(POSTGRES);
    return await PostgresRequestStore.open({ ...common, client, deadlines, maxBytes, maxRows: Infinity });
  }
  return await SqliteRequestStore.open({
    ...common,
    path,
    maxBytes,
    maxRows: Infinity,
    onHealth: (failure) =>
      failure === null
        ? logger.info(`requests are kept in ${path} again`, { event: "store.recovered" })
        : logger.error(`requests cannot be kept in ${path}: ${failure}`, { event: "store.failed" }),
  });
}
