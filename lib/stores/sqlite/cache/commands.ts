/** An entry as the file has it. */
export interface StoredEntry {
  readonly value: string;
  readonly storedAt: number;
  /** When its use was last noted. */
  readonly usedAt: number;
}

/** All times are Unix milliseconds. */
export interface CacheCommands {
  get(owner: string, key: string, now: number): StoredEntry | null;
  /** Notes that an entry was used. */
  touch(owner: string, key: string, now: number): void;
  /** Keeps an entry, and removes what is over the limits. */
  set(owner: string, key: string, value: string, storedAt: number, until: number, now: number): void;
  probe(): void;
}
