import type { Clock } from "../clock.ts";
import { STATEMENTS } from "./postgres/conversations/statements.ts";
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

/** How often what has expired is looked for, milliseconds. */
const SWEEP_INTERVAL = 5_000;
/** Entries that one statement removes at most, so that none takes long: where one was written, and in a sweep. */
const EVICTED = 8;
const SWEPT = 64;
/** Entries that went, whose parts are removed at once, and how many of each. */
const DISCARDED = 32;
const PARTS = 256;
/** Reading is use, noted once in so many milliseconds: so most reads write nothing. */
const TOUCH_AFTER = 60_000;
/** No entry has this number. */
const NONE = 0;

/** How much there is. */
interface Totals {
  readonly entries: number;
  readonly turns: number;
  readonly bytes: number;
}

/** The process's side of the tables that the stores of conversations share. */
export class PostgresShelf {
  readonly #client: PostgresClient;
  readonly #clock: Clock;
  readonly #limits: PostgresShelfLimits;
  readonly #stopSweeping: () => void;
  #sweeping: Promise<void> | null = null;
  #due = false;
  /** What there is, as of this process's last write or the last sweep. */
  #totals: Totals = { entries: 0, turns: 0, bytes: 0 };

  constructor(client: PostgresClient, clock: Clock, limits: PostgresShelfLimits) {
    this.#client = client;
    this.#clock = clock;
    this.#limits = limits;
    this.#stopSweeping = clock.every(SWEEP_INTERVAL, () => this.sweep());
  }

  get turns(): number {
    return this.#totals.turns;
  }

  /** Bytes that one entry may have. */
  get maxBytes(): number {
    return this.#limits.maxBytes;
  }

  /** Unix milliseconds. */
  now(): number {
    return this.#clock.wall();
  }

  /** Entries that did not change after this moment are too old. */
  oldest(): number {
    return this.now() - this.#limits.ttl;
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
    const { maxBytes } = this.#limits;
    if (bytes > maxBytes) throw new Refusal(`Cannot store "${id}": ${bytes} bytes are more than ${maxBytes}`);
  }

  /**
   * Takes note of how it stood before a write, and removes a few entries where there are too many now.
   * @param row the totals before, and the number of what was written.
   */
  async note(row: Row, added: Partial<Totals>): Promise<void> {
    this.#totals = totalsOf(row);
    this.add(added);
    if (!this.#isOver()) return;
    await this.#evict(EVICTED, Number(row["number"]));
    if (this.#isOver()) this.sweep();
  }

  add({ entries = 0, turns = 0, bytes = 0 }: Partial<Totals>): void {
    this.#totals = {
      entries: this.#totals.entries + entries,
      turns: this.#totals.turns + turns,
      bytes: this.#totals.bytes + bytes,
    };
  }

  /** Removes what is over the limits, slice by slice, other commands in between. */
  sweep(): Promise<void> {
    this.#due = true;
    // A failure is told by onHealth, and the next sweep tries again.
    this.#sweeping ??= this.#sweepAll().catch(() => {}).finally(() => this.#sweeping = null);
    return this.#sweeping;
  }

  /** The client is others' too. Resolves once nothing of this is under way. */
  async close(): Promise<void> {
    this.#stopSweeping();
    this.#due = false;
    await this.#sweeping;
  }

  async #sweepAll(): Promise<void> {
    while (this.#due) {
      // What becomes due while a slice is under way asks for another one.
      this.#due = false;
      const [expired] = await this.run("expire", this.oldest(), SWEPT);
      const evicted = await this.#evict(SWEPT, NONE);
      const [discarded] = await this.run("removeParts", DISCARDED, PARTS);
      if (Number(expired?.["removed"]) > 0 || evicted > 0 || Number(discarded?.["entries"]) > 0) {
        this.#due = true;
      }
    }
  }

  /** @returns how many went. */
  async #evict(count: number, except: number): Promise<number> {
    const { maxEntries, maxBytes } = this.#limits;
    const [row] = await this.run("evict", count, except, maxEntries, maxBytes);
    if (row === undefined) return 0;
    this.#totals = totalsOf(row);
    const [entries, turns, bytes] = ["entries", "turns", "bytes"].map((it) => Number(row[`removed_${it}`]));
    this.add({ entries: -(entries ?? 0), turns: -(turns ?? 0), bytes: -(bytes ?? 0) });
    return entries ?? 0;
  }

  #isOver(): boolean {
    return this.#totals.entries > this.#limits.maxEntries || this.#totals.bytes > this.#limits.maxBytes;
  }
}

function totalsOf(row: Row): Totals {
  return { entries: Number(row["entries"]), turns: Number(row["turns"]), bytes: Number(row["bytes"]) };
}
