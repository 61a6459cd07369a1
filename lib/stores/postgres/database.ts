/** One kind of data that is kept: its tables, which are brought up to date by themselves. */
export interface PostgresDatabase {
  /** By which its version is kept, beside the tables. */
  readonly name: string;
  /**
   * SQL that makes version N + 1 of version N, several statements each, run in one transaction. Rows are added, never
   * changed. Names stand without a schema: the search path has it alone.
   */
  readonly migrations: readonly string[];
}
