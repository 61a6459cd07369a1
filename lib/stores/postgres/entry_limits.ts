import type { Clock } from "../../clock.ts";
import type { BoundedEntries } from "./bounded_entries.ts";
import type { PostgresClient, Row } from "./postgres_client.ts";

export interface EntryLimitsOptions {
  readonly client: PostgresClient;
  readonly clock: Clock;
  readonly entries: BoundedEntries;
  /** Entries that are kept at most, of all processes. */
  readonly maxEntries: number;
  /** What they may take together, bytes. */
  readonly maxBytes: number;
  /** A slice of what else a sweep removes, `count` entries at most. @returns whether there was anything. */
  readonly removeOld: (count: number) => Promise<boolean>;
}

/** How often what is to go is looked for, milliseconds. */
const SWEEP_INTERVAL = 5_000;
/** Entries that one statement removes at most, so that none takes long. */
const EVICTED = 64;
/**
 * The share of what may be kept that goes with the one that is too many: a full table would otherwise look for what
 * was longest unused at every write, past all that went before and is still in the index.
 */
const ROOM = 0.005;
/** No entry has this number. */
const NONE = 0;

/** Keeps a table within its limits, and knows about how much there is in it. */
export class EntryLimits {
  readonly #options: EntryLimitsOptions;
  readonly #stopSweeping: () => void;
  #sweeping: Promise<void> | null = null;
  #due = false;
  /** By the columns of the totals, as of this process's last write or the last sweep. */
  #totals: Readonly<Record<string, number>>;

  constructor(options: EntryLimitsOptions) {
    this.#options = options;
    this.#totals = Object.fromEntries(options.entries.columns.map((column) => [column, 0]));
    this.#stopSweeping = options.clock.every(SWEEP_INTERVAL, () => this.sweep());
  }

  total(column: string): number {
    return this.#totals[column] ?? 0;
  }

  /**
   * Takes note of how it stood before a write, and removes a few entries where there are too many now.
   * @param row the totals before, and the number of what was written.
   */
  async note(row: Row, added: Readonly<Record<string, number>>): Promise<void> {
    this.#read(row);
    this.add(added);
    if (!this.#isOver()) return;
    const number = Number(row["number"]);
    // Nothing goes where the one that was to go is used at this moment: by then another one is the oldest.
    if (!await this.#evict(number) && this.#isOver()) await this.#evict(number);
    if (this.#isOver()) this.sweep();
  }

  add(added: Readonly<Record<string, number>>): void {
    this.#totals = Object.fromEntries(
      Object.entries(this.#totals).map(([column, total]) => [column, total + (added[column] ?? 0)]),
    );
  }

  /** Removes what is to go, slice by slice, other commands in between. */
  sweep(): Promise<void> {
    this.#due = true;
    // A failure is told by the client's onHealth, and the next sweep tries again.
    this.#sweeping ??= this.#sweepAll().catch(() => {}).finally(() => this.#sweeping = null);
    return this.#sweeping;
  }

  /** Resolves once nothing of this is under way. */
  async close(): Promise<void> {
    this.#stopSweeping();
    this.#due = false;
    await this.#sweeping;
  }

  async #sweepAll(): Promise<void> {
    while (this.#due) {
      // What becomes due while a slice is under way asks for another one.
      this.#due = false;
      const old = await this.#options.removeOld(EVICTED);
      const unused = await this.#evict(NONE);
      if (old || unused) this.#due = true;
    }
  }

  /** @returns whether anything went. */
  async #evict(except: number): Promise<boolean> {
    const { client, entries: { evict, columns }, maxEntries, maxBytes } = this.#options;
    const limits = [maxEntries, maxBytes].map((most) => most - Math.floor(most * ROOM));
    const [row] = await client.run(evict, [EVICTED, except, ...limits]);
    if (row === undefined) return false;
    this.#read(row);
    this.add(Object.fromEntries(columns.map((column) => [column, -Number(row[`removed_${column}`])])));
    return Number(row["removed_entries"]) > 0;
  }

  #read(row: Row): void {
    const { columns } = this.#options.entries;
    this.#totals = Object.fromEntries(columns.map((column) => [column, Number(row[column])]));
  }

  #isOver(): boolean {
    return this.total("entries") > this.#options.maxEntries || this.total("bytes") > this.#options.maxBytes;
  }
}
