import type { Clock } from "../../clock.ts";
import type { Logger } from "../logger.ts";
import type { SignalStats } from "../self.ts";
import type { BatchEncoder } from "./batch_encoder.ts";
import { Delivery } from "./delivery.ts";
import type { Exporter } from "./exporter.ts";
import { OTLP_SIGNALS, type OtlpSignal } from "./signals.ts";

/** The bounds of a queue; `OTEL_BSP_*` and `OTEL_BLRP_*`. */
export interface BatchLimits {
  /** Items that may wait; more are dropped and counted. Default 2,048. */
  readonly maxQueue?: number | undefined;
  /** Items in one export. Default 512. */
  readonly maxSize?: number | undefined;
  /** Milliseconds that an item waits at most before it is sent. Default 5,000. */
  readonly delay?: number | undefined;
}

export interface BatchOptions<Item> extends BatchLimits {
  readonly signal: OtlpSignal;
  readonly clock: Clock;
  readonly encoder: BatchEncoder<Item>;
  readonly exporter: Exporter;
  readonly logger: Logger;
  readonly stats: SignalStats;
}

interface Batch {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly count: number;
}

/** Queues items, encoded, and exports them in batches, one at a time: when a batch is full and after a delay. */
export class BatchProcessor<Item> {
  readonly delivery: Delivery;
  readonly #stats: SignalStats;
  readonly #encoder: BatchEncoder<Item>;
  readonly #items: string;
  readonly #maxQueue: number;
  readonly #maxSize: number;
  readonly #stopTimer: () => void;
  /** Full batches, and what is under way. */
  readonly #batches: Batch[] = [];
  /** Items of the batch that is being filled. */
  #open = 0;
  #exporting: Promise<void> | null = null;
  #closed = false;

  constructor(options: BatchOptions<Item>) {
    const { signal, stats, clock } = options;
    this.#stats = stats;
    this.#encoder = options.encoder;
    this.#items = OTLP_SIGNALS[signal].items;
    this.#maxQueue = options.maxQueue ?? 2048;
    this.#maxSize = Math.min(options.maxSize ?? 512, this.#maxQueue);
    this.delivery = new Delivery(options);
    this.#stopTimer = clock.every(Math.max(options.delay ?? 5000, 1), () => this.#flush());
  }

  /** Never throws and never waits. */
  add(item: Item): void {
    this.#stats.produced++;
    if (this.#closed) {
      this.#stats.dropped++;
      return;
    }
    if (this.delivery.waiting >= this.#maxQueue) {
      this.#stats.dropped++;
      this.delivery.overflow(`the queue of ${this.#maxQueue} ${this.#items} is full`);
      return;
    }
    this.#encoder.add(item);
    this.delivery.enqueue(1);
    if (++this.#open < this.#maxSize) return;
    this.#seal();
    this.#start();
  }

  /** Brings out what waits, for `ms` milliseconds at most; what is left is dropped and counted. */
  async shutdown(ms: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTimer();
    const timer = setTimeout(() => this.delivery.abort(), ms);
    this.#seal();
    this.#start();
    await this.#exporting;
    clearTimeout(timer);
    for (const { count } of this.#batches) this.delivery.giveUp(count);
    this.#batches.length = 0;
    this.delivery.close();
  }

  /** What waits is exported now, unless that is under way. */
  #flush(): void {
    if (this.#exporting !== null) return;
    this.#seal();
    this.#start();
  }

  #seal(): void {
    if (this.#open === 0) return;
    this.#batches.push({ body: this.#encoder.take(), count: this.#open });
    this.#open = 0;
  }

  #start(): void {
    if (this.#exporting !== null || this.#batches.length === 0) return;
    this.#exporting = this.#exportAll().finally(() => this.#exporting = null);
  }

  async #exportAll(): Promise<void> {
    // Not in the turn that made the item.
    await Promise.resolve();
    while (!this.delivery.aborted) {
      const batch = this.#batches.shift();
      if (batch === undefined) return;
      await this.delivery.deliver(batch.body, batch.count);
      this.#encoder.release(batch.body);
    }
  }
}
