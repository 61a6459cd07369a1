/** Tokens that places used in the last minute, by whichever process, each place by its name. */
export interface UsageStore {
  /**
   * Adds what was used since the last time, and tells what all have used.
   * @throws where it cannot be reached; what was to be added may be there or not.
   */
  add(used: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>>;
  close(): void;
}
