import type { RequestDetail } from "../telemetry/projections/request_detail.ts";
import type { RequestRow } from "../telemetry/projections/request_row.ts";
import type { RequestSpan } from "../telemetry/projections/request_spans.ts";

/** Where finished requests go: batches that a `RecordWriter` made. */
export interface RequestSink {
  /**
   * @param batches may be written over once it resolves; where it rejects they may yet be read.
   * @throws {Error} where some cannot be kept.
   */
  append(batches: readonly Uint8Array[]): Promise<void>;
}

/** A row as it is kept. */
export type StoredRow = RequestRow & {
  /** Of this store alone; rows of later ends have greater ones. */
  readonly id: number;
};

/** Which rows; what is absent says nothing. */
export interface RequestFilter {
  /** Unix milliseconds, of their ends: from, inclusive, and to, exclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  /** Id of a key. */
  readonly key?: string | undefined;
  readonly team?: string | undefined;
  readonly route?: string | undefined;
  readonly category?: string | undefined;
  readonly cache?: string | undefined;
  readonly error_type?: string | undefined;
  /** `404`, or a class: `4xx`. */
  readonly status?: string | undefined;
  readonly outcome?: string | undefined;
  readonly slow?: boolean | undefined;
  readonly stream?: boolean | undefined;
  readonly fallback?: boolean | undefined;
  /** A request's or a trace's id, or a part of an error, a path, a user, metadata or what was asked. */
  readonly text?: string | undefined;
}

export interface RequestQuery {
  readonly filter: RequestFilter;
  /** Rows older than this one, the newest first. */
  readonly before?: number | undefined;
  /** Rows later than this one, the oldest first. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface RequestPage {
  readonly rows: readonly StoredRow[];
  /** What to give as `before` (or `after`) for the next page; null: there is none. */
  readonly next: number | null;
  /** The search gave up before the page was full: the next page goes on with it. */
  readonly partial: boolean;
}

export interface StoredDetail {
  readonly row: StoredRow;
  readonly detail: RequestDetail;
}

export interface StoredTrace {
  /** In the order of their arrival. */
  readonly requests: readonly StoredRow[];
  /** Times count from the arrival of the first of them. */
  readonly spans: readonly RequestSpan[];
}

/** What figures are grouped by. */
export type Dimension = "model" | "provider" | "key" | "team" | "status";

export const DIMENSIONS: readonly Dimension[] = ["model", "provider", "key", "team", "status"];

export interface StatisticsQuery {
  readonly from: number;
  readonly to: number;
  readonly filter: Readonly<Partial<Record<Dimension, string | undefined>>>;
  /** One line for each value of this; null: one in all. */
  readonly by: Dimension | null;
  /** One for each span of time of this length, milliseconds; 0: one for all. */
  readonly step: number;
  /** Groups at most: those with the most requests, and all others as one, named {@linkcode REST}. Absent: any number. */
  readonly groups?: number;
}

/** The name of the groups that are too many. */
export const REST = "other";

/** What is counted of requests, in the order of the tables' columns. */
export const COUNTS = [
  "requests",
  "slow",
  "cancelled",
  "blocked",
  "rejected",
  "errors",
  "streams",
  "fallbacks",
  "attempts",
  "cache_hits",
  "input_tokens",
  "output_tokens",
  "cached_tokens",
  "reasoning_tokens",
  "cost_usd",
] as const;

export type Counts = Readonly<Record<(typeof COUNTS)[number], number>>;

/** Histograms of durations, by buckets of `duration_histogram.ts`: place, count, place, count, … */
export interface Histograms {
  readonly duration: readonly number[];
  readonly ttft: readonly number[];
  readonly overhead: readonly number[];
}

export interface StatisticsLine extends Histograms {
  /** Where its span of time begins, Unix milliseconds. */
  readonly start: number;
  /** Empty where there is none, or where nothing was grouped. */
  readonly name: string;
  readonly counts: Counts;
}

/** Names that rows may be asked for by. */
export type ListedField =
  | "model"
  | "provider"
  | "key"
  | "team"
  | "route"
  | "category"
  | "cache"
  | "error_type";

export interface FieldValue {
  readonly value: string;
  /** For people. */
  readonly label: string;
}

export interface RequestStoreState {
  readonly rows: number;
  readonly bytes: number;
  readonly max_bytes: number;
  /** When the oldest and the newest row ended; null: there is none. */
  readonly oldest: number | null;
  readonly newest: number | null;
  /** Of the newest row; 0: there never was one. */
  readonly last_id: number;
}

/** A session of who looks at requests, which was ended before its time. */
export interface EndedSession {
  readonly id: string;
  /** When it would have ended by itself, Unix milliseconds. */
  readonly until: number;
}

/** Where all who show a store's requests tell each other which sessions have ended. */
export interface EndedSessionStore {
  endSession(session: EndedSession): Promise<void>;
  /** Those that would still be good, 10,000 at most. */
  endedSessions(): Promise<readonly EndedSession[]>;
}

export const MOST_ENDED_SESSIONS = 10_000;

/** What rows and stories are made by. */
export interface StoryOptions {
  /** Milliseconds after which a success was slow; 0: never. */
  readonly slowMs: number;
  /** Names of spans and their attributes; none: the defaults. */
  readonly profiles: readonly string[];
}

/** Finished requests, their figures, and what can be asked of both. */
export interface RequestStore extends RequestSink, EndedSessionStore {
  readonly backend: "memory" | "sqlite" | "postgres";
  /** Rows and stories are made by these from now on. */
  tell(options: StoryOptions): void;
  list(query: RequestQuery): Promise<RequestPage>;
  /** The whole story of one request. @param id of its row. */
  find(id: number): Promise<StoredDetail | null>;
  /** Null: none of its requests is kept. */
  trace(traceId: string): Promise<StoredTrace | null>;
  statistics(query: StatisticsQuery): Promise<readonly StatisticsLine[]>;
  /** Values that a field has had, in the order of their labels. */
  values(field: ListedField): Promise<readonly FieldValue[]>;
  /**
   * Batches, as a `RecordReader` reads them, with the records of all that ended at `since` (Unix milliseconds) or
   * later, and perhaps of others before it, a few at a time, in the order of their ends but for `DISORDER`.
   */
  records(since: number): AsyncIterable<Uint8Array>;
  /** Which of a batch's records are kept, in their order. @param batch as of `append`. */
  has(batch: Uint8Array): Promise<readonly boolean[]>;
  state(): Promise<RequestStoreState>;
  /** Why it cannot be used; null: it can. */
  failure(): string | null;
  /** The process is about to end: what cannot be kept at once is waited for no more. */
  ending(): void;
  /** Resolves once all that was appended is kept. */
  close(): Promise<void>;
}
