import type { SpanRecord } from "../projections/span.ts";

/** What the spans say of the process that made them: `service.name` and the like. */
export type Resource = Readonly<Record<string, string>>;

/** The instrumentation scope that every span carries. */
export interface Scope {
  readonly name: string;
  readonly version: string;
}

/** What became of a batch that arrived. */
export interface ExportResult {
  /** Spans that the backend refused while it took the others. */
  readonly rejected: number;
  /** What it said about that; may come with none refused, as a warning. */
  readonly message: string;
  /** Attempts that failed before one succeeded. */
  readonly failedAttempts: number;
}

/** A batch did not arrive. The message is fit for a log. */
export class ExportError extends Error {
  override readonly name = "ExportError";

  constructor(message: string, readonly failedAttempts: number) {
    super(message);
  }
}

/** Sends batches of spans somewhere. */
export interface TraceExporter {
  /**
   * @param signal ends it early, retries and all.
   * @throws {ExportError} when the batch did not arrive.
   */
  export(spans: readonly SpanRecord[], signal: AbortSignal): Promise<ExportResult>;
  close(): void;
}
