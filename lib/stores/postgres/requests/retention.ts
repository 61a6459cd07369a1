import type { Clock } from "../../../clock.ts";
import { PERIODS } from "../../requests/rollup_sums.ts";
import type { PostgresClient } from "../postgres_client.ts";
import type { Totals } from "./append.ts";
import { REMOVE, REMOVE_ROLLUPS } from "./statements.ts";

export interface RetentionOptions {
  readonly client: PostgresClient;
  readonly clock: Clock;
  /** Milliseconds that a row is kept. */
  readonly maxAge: number;
  /** What rows may take together. */
  readonly maxBytes: number;
  /** Rows; Infinity: as many as there is room for. */
  readonly maxRows: number;
}

/** How often what is too old is looked for, milliseconds. */
const SWEEP_INTERVAL = 60_000;
/** Rows that one statement removes at most, so that none takes long. */
const AT_ONCE = 500;

/** Removes what is too old or too much, the oldest first, a little at a time; of all processes one does. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #stopSweeping: () => void;
  #sweeping: Promise<void> | null = null;
  #due = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#stopSweeping = options.clock.every(SWEEP_INTERVAL, () => this.sweep());
  }

  /** Resolves once no more is kept than may be, or another process sees to it. */
  async note({ rows, bytes }: Totals): Promise<void> {
    const { maxRows, maxBytes } = this.#options;
    await this.#sweeping;
    if (rows > maxRows || bytes > maxBytes) await this.sweep();
  }

  sweep(): Promise<void> {
    this.#due = true;
    // A failure is told by the client's onHealth, and the next sweep tries again.
    this.#sweeping ??= this.#sweepWhileDue().catch(() => {}).finally(() => this.#sweeping = null);
    return this.#sweeping;
  }

  /** Resolves once nothing of this is under way. */
  async close(): Promise<void> {
    this.#stopSweeping();
    this.#due = false;
    await this.#sweeping;
  }

  async #sweepWhileDue(): Promise<void> {
    while (this.#due) {
      // What becomes due meanwhile is of a later time.
      this.#due = false;
      await this.#sweep();
    }
  }

  async #sweep(): Promise<void> {
    const { client, clock, maxAge, maxRows, maxBytes } = this.#options;
    const now = Math.floor(clock.wall());
    for (let removed = AT_ONCE; removed >= AT_ONCE;) {
      const [row] = await client.run(REMOVE, [AT_ONCE, now - maxAge, maxRows, maxBytes]);
      removed = Number(row?.["removed"]);
    }
    await client.run(REMOVE_ROLLUPS, [
      PERIODS.map(({ length }) => length),
      PERIODS.map(({ kept }) => now - kept),
    ]);
  }
}
