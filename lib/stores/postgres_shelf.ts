import type { Clock } from "../clock.ts";
import { conversationEntries } from "./postgres/conversations/schema.ts";
import { STATEMENTS } from "./postgres/conversations/statements.ts";
import { EntryLimits } from "./postgres/entry_limits.ts";
import type { PostgresClient, Row, Value } from "./postgres/postgres_client.ts";
import { Refusal } from "./refusal.ts";

export interface PostgresShelfLimits {
  /** Entries that are kept at most, of all processes. */
  readonly maxEntries: number;
  /** What they may take together, bytes. */
  readonly maxBytes: number;
  /** How long an entry is kept, milliseconds of the wall clock. */
  readonly ttl: number;
}

/** Entries that went, whose parts are removed at once, and how many of each kind of part. */
const DISCARDED = 32;
const PARTS = 256;
/** Reading is use, noted once in so many milliseconds: so most reads write nothing. */
const TOUCH_AFTER = 60_000;

/** The process's side of the tables that the stores of conversations share. */
export class PostgresShelf {
  readonly limits: EntryLimits;
  readonly #client: PostgresClient;
  readonly #clock: Clock;
  readonly #ttl: number;
  /** Bytes that one entry may have. */
  readonly maxBytes: number;

  constructor(client: PostgresClient, clock: Clock, { maxEntries, maxBytes, ttl }: PostgresShelfLimits) {
    this.#client = client;
    this.#clock = clock;
    this.#ttl = ttl;
    this.maxBytes = maxBytes;
    this.limits = new EntryLimits({
      client,
      clock,
      entries: conversationEntries,
      maxEntries,
      maxBytes,
      removeOld: (count) => this.#removeOld(count),
    });
  }

  /** Unix milliseconds. */
  now(): number {
    return this.#clock.wall();
  }

  /** Entries that did not change after this moment are too old. */
  oldest(): number {
    return this.now() - this.#ttl;
  }

  run(name: keyof typeof STATEMENTS, ...values: readonly Value[]): Promise<Row[]> {
    return this.#client.run(STATEMENTS[name], values);
  }

  /** Whether an entry's use is to be noted. */
  isStale(row: Row): boolean {
    return this.now() - Number(row["used_at"]) > TOUCH_AFTER;
  }

  /** Nobody waits for what says that an entry was used; without it, it may only go earlier. */
  touch(row: Row): void {
    if (this.isStale(row)) this.run("touch", Number(row["number"]), this.now()).catch(() => {});
  }

  touchChain(owner: string, id: string): void {
    this.run("touchChain", owner, id, this.oldest(), this.now()).catch(() => {});
  }

  /** @throws {Refusal} where an entry is larger than all may be. */
  check(id: string, bytes: number): void {
    if (bytes <= this.maxBytes) return;
    throw new Refusal(`Cannot store "${id}": ${bytes} bytes are more than ${this.maxBytes}`);
  }

  async #removeOld(count: number): Promise<boolean> {
    const [expired] = await this.run("expire", this.oldest(), count);
    const [discarded] = await this.run("removeParts", DISCARDED, PARTS);
    return Number(expired?.["removed"]) + Number(discarded?.["entries"]) > 0;
  }
}
