/** What telemetry says of the process that made it: `service.name` and the like. */
export type Resource = Readonly<Record<string, string>>;

/** The instrumentation scope of everything that is exported. */
export interface Scope {
  readonly name: string;
  readonly version: string;
}

/** What became of a batch that arrived. */
export interface ExportResult {
  /** Items that the backend refused while it took the others. */
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

/** Sends batches somewhere, whatever their signal is. */
export interface Exporter {
  /** Where to, for people; holds no secret. */
  readonly destination: string;
  /**
   * @param body a whole batch, encoded.
   * @param signal ends it early, retries and all.
   * @throws {ExportError} when the batch did not arrive.
   */
  export(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<ExportResult>;
  close(): void;
}
