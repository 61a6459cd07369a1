import type { Clock } from "../../clock.ts";
import type { Logger } from "../logger.ts";
import type { SignalStats } from "../self.ts";
import { type Exporter, ExportError } from "./exporter.ts";
import { OTLP_SIGNALS, type OtlpSignal } from "./signals.ts";

export interface DeliveryOptions {
  readonly signal: OtlpSignal;
  readonly clock: Clock;
  readonly exporter: Exporter;
  readonly logger: Logger;
  readonly stats: SignalStats;
}

/** How a way out is doing, for operators. */
export interface DeliveryHealth {
  readonly signal: OtlpSignal;
  readonly destination: string;
  readonly healthy: boolean;
  /** Why not, or empty. */
  readonly error: string;
  readonly queued: number;
  /** Seconds since something arrived; null: nothing has. */
  readonly last_success_seconds: number | null;
}

/**
 * Hands batches to an exporter and keeps the account of them. Trouble is told in one line when it begins and one
 * when it is over, whatever it cost meanwhile.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #items: string;
  /** Ends the export under way, once there is no more time. */
  readonly #abort = new AbortController();
  #trouble = "";
  /** Items dropped before the trouble began. */
  #droppedBefore = 0;
  #overflown = false;
  #succeededAt = NaN;
  #waiting = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#items = OTLP_SIGNALS[options.signal].items;
  }

  get aborted(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Items that wait or are under way. */
  get waiting(): number {
    return this.#waiting;
  }

  get health(): DeliveryHealth {
    const { signal, exporter, clock } = this.#options;
    return {
      signal,
      destination: exporter.destination,
      healthy: this.#trouble === "",
      error: this.#trouble,
      queued: this.#waiting,
      last_success_seconds: Number.isNaN(this.#succeededAt)
        ? null
        : Math.round((clock.now() - this.#succeededAt) / 1000),
    };
  }

  /** Items begin to wait. */
  enqueue(count: number): void {
    this.#waiting += count;
    this.#options.stats.queued += count;
  }

  /** Items that waited are given up. */
  giveUp(count: number): void {
    this.#settle(0, count);
  }

  /** Exports items that waited; never rejects. @returns whether they arrived, all or some. */
  async deliver(body: Uint8Array<ArrayBuffer>, count: number): Promise<boolean> {
    const { exporter, stats, clock } = this.#options;
    try {
      const result = await exporter.export(body, this.#abort.signal);
      const rejected = Math.min(result.rejected, count);
      stats.failed += result.failedAttempts;
      this.#settle(count - rejected, rejected);
      if (rejected < count) this.#succeededAt = clock.now();
      const why = result.message === "" ? "" : `: ${result.message}`;
      if (rejected === 0) this.#recover();
      else this.#warn(`the collector refused ${rejected} ${this.#items}${why}`);
      return true;
    } catch (error) {
      stats.failed += error instanceof ExportError ? error.failedAttempts : 1;
      this.#settle(0, count);
      this.#warn(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** Items did not fit into the queue. */
  overflow(why: string): void {
    this.#overflown = true;
    this.#warn(why);
  }

  abort(): void {
    this.#abort.abort();
  }

  close(): void {
    this.#options.exporter.close();
  }

  /** In one step, so that the account closes whenever it is looked at. */
  #settle(exported: number, dropped: number): void {
    const { stats } = this.#options;
    stats.exported += exported;
    stats.dropped += dropped;
    stats.queued -= exported + dropped;
    this.#waiting -= exported + dropped;
  }

  #warn(why: string): void {
    const before = this.#trouble;
    this.#trouble = why;
    if (before === "") this.#options.logger.warn(`Failed to export ${this.#items}: ${why}`);
  }

  #recover(): void {
    const { logger, stats } = this.#options;
    const steady = !this.#overflown;
    this.#overflown = false;
    if (this.#trouble === "" || !steady) return;
    this.#trouble = "";
    logger.info(`Exporting ${this.#items} again`, { dropped: stats.dropped - this.#droppedBefore });
    this.#droppedBefore = stats.dropped;
  }
}
