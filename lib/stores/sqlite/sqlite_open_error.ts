/** The database cannot be opened; the message says why, for people. */
export class SqliteOpenError extends Error {
  override readonly name = "SqliteOpenError";
  readonly path: string;
  readonly reason: string;

  constructor(path: string, reason: string) {
    super(`Cannot open "${path}": ${reason}`);
    this.path = path;
    this.reason = reason;
  }
}
