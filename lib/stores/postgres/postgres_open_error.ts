/** The database cannot be used as it is or as it is named; the message says why, for people. */
export class PostgresOpenError extends Error {
  override readonly name = "PostgresOpenError";
  readonly reason: string;

  /** @param server `HOST:PORT/DATABASE`. */
  constructor(server: string, reason: string) {
    super(`Cannot use the Postgres database at ${server}: ${reason}`);
    this.reason = reason;
  }
}
