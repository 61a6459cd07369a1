import type { Clock } from "../clock.ts";
import type { Deadlines } from "../deadlines.ts";
import { DATABASES } from "./postgres/databases.ts";
import { isAnswer } from "./postgres/failure.ts";
import type { PostgresClient } from "./postgres/postgres_client.ts";
import { Append } from "./postgres/requests/append.ts";
import { List } from "./postgres/requests/list.ts";
import { Names } from "./postgres/requests/names.ts";
import { Retention } from "./postgres/requests/retention.ts";
import { END_SESSION, ENDED_SESSIONS, STATE } from "./postgres/requests/statements.ts";
import { Statistics } from "./postgres/requests/statistics.ts";
import {
  type EndedSession,
  type FieldValue,
  type ListedField,
  MOST_ENDED_SESSIONS,
  type RequestPage,
  type RequestQuery,
  type RequestStore,
  type RequestStoreState,
  type StatisticsLine,
  type StatisticsQuery,
  type StoredDetail,
  type StoredTrace,
  type StoryOptions,
} from "./request_store.ts";
import { storyOf, traceOf } from "./requests/story.ts";

export interface PostgresRequestOptions extends StoryOptions {
  /** Whoever made it closes it, after the store. */
  readonly client: PostgresClient;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Milliseconds that a row is kept. */
  readonly maxAge: number;
  /** What rows may take together. */
  readonly maxBytes: number;
  /** Rows; Infinity: as many as there is room for. */
  readonly maxRows: number;
}

/** Milliseconds for which a batch waits for a database that does not answer. */
const PATIENCE = 30_000;
/** Bytes of records that one statement adds, about. */
const AT_ONCE = 384 * 1024;
/** Between two tries. */
const PAUSE = 250;
/** Times that a batch is offered to a database that says no to it: another process may have been in its way. */
const MOST_REFUSALS = 3;

/**
 * Finished requests in a Postgres database, for any number of processes and machines. Batches are kept one after the
 * other, in the background; whoever gives them bounds how much waits.
 */
export class PostgresRequestStore implements RequestStore {
  readonly backend = "postgres";
  readonly #options: PostgresRequestOptions;
  readonly #names: Names;
  readonly #append: Append;
  readonly #list: List;
  readonly #statistics: Statistics;
  readonly #retention: Retention;
  #told: StoryOptions;
  /** Batches so far. */
  #last: Promise<void> = Promise.resolve();
  #ending = false;

  private constructor(options: PostgresRequestOptions) {
    const { client, slowMs, profiles } = options;
    this.#options = options;
    this.#told = { slowMs, profiles };
    this.#names = new Names(client);
    this.#append = new Append(client, this.#names);
    this.#list = new List(client, this.#names);
    this.#statistics = new Statistics(client, this.#names);
    this.#retention = new Retention(options);
  }

  /** @throws {PostgresOpenError} */
  static async open(options: PostgresRequestOptions): Promise<PostgresRequestStore> {
    await options.client.use(DATABASES.requests);
    return new PostgresRequestStore(options);
  }

  tell(options: StoryOptions): void {
    this.#told = options;
  }

  append(batches: readonly Uint8Array[]): Promise<void> {
    const until = this.#options.clock.now() + PATIENCE;
    const kept = this.#last.then(async () => {
      for (const some of fewAtOnce(batches)) await this.#keep(some, until);
    });
    this.#last = kept.catch(() => {});
    return kept;
  }

  list(query: RequestQuery): Promise<RequestPage> {
    return this.#list.list(query, this.#told.slowMs);
  }

  async find(id: number): Promise<StoredDetail | null> {
    const found = await this.#list.byId(id);
    return found === null ? null : storyOf(found.id, found.record, this.#told);
  }

  async trace(traceId: string): Promise<StoredTrace | null> {
    const found = await this.#list.withId(traceId);
    return traceOf(
      found.map(({ id, record }) => storyOf(id, record, this.#told))
        .filter(({ row }) => row.trace_id === traceId),
    );
  }

  statistics(query: StatisticsQuery): Promise<readonly StatisticsLine[]> {
    return this.#statistics.read(query, this.#options.clock.wall());
  }

  values(field: ListedField): Promise<readonly FieldValue[]> {
    return this.#names.all(field);
  }

  async *records(since: number): AsyncGenerator<Uint8Array> {
    for (let [ended, id] = [Math.ceil(since), 0];;) {
      const page = await this.#list.recordsFrom(ended, id);
      for (const { record } of page) yield record;
      const last = page.at(-1);
      if (last === undefined) return;
      ({ ended, id } = last);
    }
  }

  has(batch: Uint8Array): Promise<readonly boolean[]> {
    return this.#list.has(batch);
  }

  async state(): Promise<RequestStoreState> {
    const [row] = await this.#options.client.run(STATE);
    const time = (value: unknown) => value === null || value === undefined ? null : Number(value);
    return {
      rows: Number(row?.["rows"]),
      bytes: Number(row?.["bytes"]),
      max_bytes: this.#options.maxBytes,
      oldest: time(row?.["oldest"]),
      newest: time(row?.["newest"]),
      last_id: Number(row?.["last_id"]),
    };
  }

  async endSession({ id, until }: EndedSession): Promise<void> {
    const { client, clock } = this.#options;
    await client.run(END_SESSION, [id, Math.floor(until), clock.wall(), MOST_ENDED_SESSIONS]);
  }

  async endedSessions(): Promise<readonly EndedSession[]> {
    const { client, clock } = this.#options;
    const rows = await client.run(ENDED_SESSIONS, [clock.wall()]);
    return rows.map((row) => ({ id: String(row["id"]), until: Number(row["until"]) }));
  }

  failure(): string | null {
    return this.#options.client.failure;
  }

  ending(): void {
    this.#ending = true;
  }

  async close(): Promise<void> {
    this.ending();
    await this.#last;
    await this.#retention.close();
  }

  /** @param until monotonic milliseconds until which it may wait; one try it has in any case. */
  async #keep(batches: readonly Uint8Array[], until: number): Promise<void> {
    const { clock } = this.#options;
    // What became of a try that was not answered nobody knows: a batch that is known by its id is not kept twice.
    const id = crypto.randomUUID();
    const rows = await this.#append.read(batches, this.#told.slowMs);
    for (let refusals = 0;;) {
      try {
        const totals = await this.#append.keep(id, rows, clock.wall());
        if (totals !== null) await this.#retention.note(totals);
        return;
      } catch (error) {
        if (isAnswer(error) && ++refusals >= MOST_REFUSALS) throw error;
        if (this.#ending || clock.now() >= until) throw error;
        await this.#pause();
      }
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#options.deadlines.after(PAUSE, resolve));
  }
}

/** In their order, so that no statement takes long to make. */
function* fewAtOnce(batches: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  for (let from = 0, to = 0; from < batches.length; from = to) {
    for (let bytes = 0; to < batches.length && bytes < AT_ONCE; to++) bytes += batches[to]?.byteLength ?? 0;
    yield batches.slice(from, to);
  }
}
