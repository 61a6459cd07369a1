import type { Clock } from "../clock.ts";
import type {
  EndedSession,
  FieldValue,
  ListedField,
  RequestPage,
  RequestQuery,
  RequestStore,
  RequestStoreState,
  StatisticsLine,
  StatisticsQuery,
  StoredDetail,
  StoredTrace,
  StoryOptions,
} from "./request_store.ts";
import type { RequestCommands, RequestLimits } from "./sqlite/requests/commands.ts";
import { IN_MEMORY } from "./sqlite/database.ts";
import { SqliteClient } from "./sqlite/sqlite_client.ts";

export interface SqliteRequestOptions extends RequestLimits, StoryOptions {
  /** Of the file, absolute; made where there is none. Null: in memory, for as long as the process lives. */
  readonly path: string | null;
  readonly clock: Clock;
  /** Called when the file begins to fail, with why, and with null when it works again. */
  readonly onHealth?: ((failure: string | null) => void) | undefined;
}

/** Milliseconds that a batch or a question may wait: rows are worth more than the moment at which they are kept. */
const TIMEOUT = 10_000;

/**
 * Finished requests in an SQLite database, on disk, where several processes of one machine may share it, or in
 * memory. Either lives in a worker, which makes rows and figures of the records that it is given.
 */
export class SqliteRequestStore implements RequestStore {
  readonly backend: "memory" | "sqlite";
  readonly #client: SqliteClient<RequestCommands>;
  readonly #clock: Clock;
  #told: StoryOptions;

  private constructor(
    client: SqliteClient<RequestCommands>,
    { path, clock, slowMs, profiles }: SqliteRequestOptions,
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#told = { slowMs, profiles };
    this.backend = path === null ? "memory" : "sqlite";
  }

  /** @throws {SqliteOpenError} */
  static async open(options: SqliteRequestOptions): Promise<SqliteRequestStore> {
    const { path, clock, onHealth, maxAge, maxBytes, maxRows } = options;
    const client = await SqliteClient.open<RequestCommands>({
      path: path ?? IN_MEMORY,
      clock,
      onHealth,
      timeout: TIMEOUT,
      // What was written last may go with the power.
      synchronous: "normal",
      database: "requests",
      options: { maxAge, maxBytes, maxRows } satisfies RequestLimits,
    });
    return new SqliteRequestStore(client, options);
  }

  tell(options: StoryOptions): void {
    this.#told = options;
  }

  async append(batches: readonly Uint8Array[]): Promise<void> {
    await this.#client.run("append", batches, this.#clock.wall(), this.#told);
  }

  list(query: RequestQuery): Promise<RequestPage> {
    return this.#client.run("list", query, this.#told);
  }

  find(id: number): Promise<StoredDetail | null> {
    return this.#client.run("find", id, this.#told);
  }

  trace(traceId: string): Promise<StoredTrace | null> {
    return this.#client.run("trace", traceId, this.#told);
  }

  statistics(query: StatisticsQuery): Promise<readonly StatisticsLine[]> {
    return this.#client.run("statistics", query, this.#clock.wall());
  }

  values(field: ListedField): Promise<readonly FieldValue[]> {
    return this.#client.run("values", field);
  }

  async *records(since: number): AsyncGenerator<Uint8Array> {
    for (let after = 0;;) {
      const block = await this.#client.run("records", since, after);
      if (block === null) return;
      yield block.batch;
      after = block.last;
    }
  }

  has(batch: Uint8Array): Promise<readonly boolean[]> {
    return this.#client.run("has", batch);
  }

  state(): Promise<RequestStoreState> {
    return this.#client.run("state");
  }

  async endSession(session: EndedSession): Promise<void> {
    await this.#client.run("endSession", session, this.#clock.wall());
  }

  endedSessions(): Promise<readonly EndedSession[]> {
    return this.#client.run("endedSessions", this.#clock.wall());
  }

  failure(): string | null {
    return this.#client.failure;
  }

  /** A batch does not wait for a file. */
  ending(): void {}

  close(): Promise<void> {
    return this.#client.close();
  }
}
