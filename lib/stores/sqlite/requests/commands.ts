import type {
  EndedSession,
  FieldValue,
  ListedField,
  RequestPage,
  RequestQuery,
  RequestStoreState,
  StatisticsLine,
  StatisticsQuery,
  StoredDetail,
  StoredTrace,
  StoryOptions,
} from "../../request_store.ts";

export interface RequestLimits {
  /** Milliseconds that a row is kept. */
  readonly maxAge: number;
  /** Bytes of the file. */
  readonly maxBytes: number;
  /** Rows; Infinity: as many as there is room for. */
  readonly maxRows: number;
}

/** Records of neighbouring rows, as a batch. */
export interface RecordBlock {
  readonly batch: Uint8Array;
  /** Id of its last row. */
  readonly last: number;
}

/** `now` is Unix milliseconds; `told` comes with each, since it may change and a worker may be another. */
export interface RequestCommands {
  append(batches: readonly Uint8Array[], now: number, told: StoryOptions): void;
  list(query: RequestQuery, told: StoryOptions): RequestPage;
  find(id: number, told: StoryOptions): StoredDetail | null;
  trace(traceId: string, told: StoryOptions): StoredTrace | null;
  statistics(query: StatisticsQuery, now: number): StatisticsLine[];
  values(field: ListedField): FieldValue[];
  records(since: number, after: number): RecordBlock | null;
  has(batch: Uint8Array): boolean[];
  state(): RequestStoreState;
  endSession(session: EndedSession, now: number): void;
  endedSessions(now: number): EndedSession[];
  probe(): void;
}
