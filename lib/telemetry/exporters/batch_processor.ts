import type { Clock } from "../../clock.ts";
import type { Logger } from "../logger.ts";
import type { SpanRecord } from "../projections/span.ts";
import type { SignalStats } from "../self.ts";
import { ExportError, type TraceExporter } from "./exporter.ts";
import type { SpanProcessor } from "./span_processor.ts";

export interface BatchOptions {
  readonly clock: Clock;
  readonly exporter: TraceExporter;
  readonly logger: Logger;
  readonly stats: SignalStats;
  /** Spans that may wait; more are dropped and counted. Default 2,048. */
  readonly maxQueue?: number | undefined;
  /** Spans in one export. Default 512. */
  readonly maxSize?: number | undefined;
  /** Milliseconds that a span waits at most before it is sent. Default 5,000. */
  readonly delay?: number | undefined;
}

/**
 * Queues spans and exports them in batches, one at a time: when a batch is full and after a delay. Trouble is told
 * in one line when it begins and one when it is over, whatever it cost meanwhile.
 */
export class BatchProcessor implements SpanProcessor {
  readonly #stats: SignalStats;
  readonly #exporter: TraceExporter;
  readonly #logger: Logger;
  readonly #maxQueue: number;
  readonly #maxSize: number;
  readonly #stopTimer: () => void;
  /** Ends the export under way, once there is no more time. */
  readonly #abort = new AbortController();
  #queue: SpanRecord[] = [];
  /** Spans that wait or are under way. */
  #waiting = 0;
  #exporting: Promise<void> | null = null;
  #closed = false;
  #troubled = false;
  /** Spans dropped before the trouble began. */
  #droppedBefore = 0;
  #droppedSinceExport = false;

  constructor(options: BatchOptions) {
    this.#exporter = options.exporter;
    this.#stats = options.stats;
    this.#logger = options.logger;
    this.#maxQueue = options.maxQueue ?? 2048;
    this.#maxSize = Math.min(options.maxSize ?? 512, this.#maxQueue);
    this.#stopTimer = options.clock.every(Math.max(options.delay ?? 5000, 1), () => this.#start());
  }

  add(span: SpanRecord): void {
    this.#stats.produced++;
    if (this.#closed) {
      this.#stats.dropped++;
      return;
    }
    if (this.#waiting >= this.#maxQueue) {
      this.#stats.dropped++;
      this.#droppedSinceExport = true;
      this.#trouble(`the queue of ${this.#maxQueue} spans is full`);
      return;
    }
    this.#stats.queued++;
    this.#waiting++;
    this.#queue.push(span);
    if (this.#queue.length >= this.#maxSize) this.#start();
  }

  async shutdown(ms: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTimer();
    const timer = setTimeout(() => this.#abort.abort(), ms);
    while (!this.#abort.signal.aborted && this.#waiting > 0) {
      this.#start();
      await this.#exporting;
    }
    clearTimeout(timer);
    this.#stats.dropped += this.#queue.length;
    this.#done(this.#queue.length);
    this.#queue = [];
    this.#exporter.close();
  }

  /** Begins to export all that waits, unless that is under way. */
  #start(): void {
    if (this.#exporting !== null || this.#queue.length === 0) return;
    this.#exporting = this.#exportAll().finally(() => this.#exporting = null);
  }

  async #exportAll(): Promise<void> {
    // Not in the turn that made the span.
    await Promise.resolve();
    do {
      const batch = this.#queue.splice(0, this.#maxSize);
      await this.#export(batch);
    } while (
      !this.#abort.signal.aborted &&
      (this.#queue.length >= this.#maxSize || (this.#closed && this.#queue.length > 0))
    );
  }

  async #export(batch: readonly SpanRecord[]): Promise<void> {
    const stats = this.#stats;
    try {
      const result = await this.#exporter.export(batch, this.#abort.signal);
      stats.failed += result.failedAttempts;
      this.#done(batch.length);
      const rejected = Math.min(result.rejected, batch.length);
      stats.exported += batch.length - rejected;
      if (rejected > 0) {
        stats.dropped += rejected;
        this.#trouble(
          `the collector refused ${rejected} spans${result.message === "" ? "" : `: ${result.message}`}`,
        );
      } else {
        this.#recover();
      }
    } catch (error) {
      stats.failed += error instanceof ExportError ? error.failedAttempts : 1;
      this.#done(batch.length);
      stats.dropped += batch.length;
      this.#trouble(error instanceof Error ? error.message : String(error));
    }
  }

  #done(count: number): void {
    this.#stats.queued -= count;
    this.#waiting -= count;
  }

  #trouble(why: string): void {
    if (this.#troubled) return;
    this.#troubled = true;
    this.#logger.warn(`Failed to export spans: ${why}`);
  }

  #recover(): void {
    const steady = !this.#droppedSinceExport;
    this.#droppedSinceExport = false;
    if (!this.#troubled || !steady) return;
    this.#troubled = false;
    this.#logger.info("Exporting spans again", { dropped: this.#stats.dropped - this.#droppedBefore });
    this.#droppedBefore = this.#stats.dropped;
  }
}
