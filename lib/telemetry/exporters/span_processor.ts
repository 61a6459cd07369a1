import type { SpanRecord } from "../projections/span.ts";

/** Takes finished spans and brings them to where they are read. */
export interface SpanProcessor {
  /** Never throws and never waits. */
  add(span: SpanRecord): void;
  /** Brings out what waits, for `ms` milliseconds at most; what is left is dropped and counted. */
  shutdown(ms: number): Promise<void>;
}
