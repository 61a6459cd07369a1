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
} from "../../request_store.ts";

export interface RequestFileOptions {
  /** Milliseconds that a row is kept. */
  readonly maxAge: number;
  /** Bytes of the file. */
  readonly maxBytes: number;
  /** Rows; Infinity: as many as there is room for. */
  readonly maxRows: number;
  /** Milliseconds after which a success was slow; 0: never. */
  readonly slowMs: number;
  /** Names of spans and their attributes. */
  readonly profiles: readonly string[];
}

/** Records of neighbouring rows, as a batch. */
export interface RecordBlock {
  readonly batch: Uint8Array;
  /** Id of its last row. */
  readonly last: number;
}

/** `now` is Unix milliseconds. */
export interface RequestCommands {
  append(batches: readonly ArrayBuffer[], now: number): void;
  list(query: RequestQuery): RequestPage;
  find(id: number): StoredDetail | null;
  trace(traceId: string): StoredTrace | null;
  statistics(query: StatisticsQuery, now: number): StatisticsLine[];
  values(field: ListedField): FieldValue[];
  records(since: number, after: number): RecordBlock | null;
  has(batch: ArrayBuffer): boolean[];
  state(): RequestStoreState;
  endSession(session: EndedSession, now: number): void;
  endedSessions(now: number): EndedSession[];
  probe(): void;
}
