import type { Clock } from "../clock.ts";
import { type ContentFieldOptions, contentFields } from "./content_fields.ts";
import type { Exchange } from "./exchange.ts";
import { RecordWriter } from "./projections/record_writer.ts";
import type { Projection } from "./recorder.ts";
import { SignalStats } from "./self.ts";

/** Where batches of records go. */
export interface RecordSink {
  /** @param batch transferred. Rejects where it cannot be kept. */
  append(batch: ArrayBuffer): Promise<void>;
}

export interface RequestRowsOptions {
  readonly sink: RecordSink;
  readonly clock: Clock;
  /** Null: what was said is not kept. */
  readonly content: ContentFieldOptions | null;
  /** Bytes that may be under way; batches beyond are dropped and counted. Default 16 MiB. */
  readonly maxWaiting?: number;
}

/** Bytes of a batch: more would hold up whoever else waits for the store. */
const MAX_BATCH = 512 * 1024;
const FLUSH_MS = 400;
const MAX_WAITING = 16 * 1024 * 1024;
/** Turns without a record after which the timer stops. */
const MAX_IDLE_TURNS = 25;

/**
 * Hands the record of each finished request to a store, in batches. On the way of a request it costs the copying of
 * its fields into a buffer and nothing else: rows, figures and indexes are made by the store, in its own thread.
 */
export class RequestRows implements Projection {
  readonly stats = new SignalStats();
  readonly #options: RequestRowsOptions;
  readonly #writer = new RecordWriter();
  readonly #maxWaiting: number;
  readonly #underWay = new Set<Promise<void>>();
  #waiting = 0;
  #stopFlushing: (() => void) | null = null;
  #idleTurns = 0;

  constructor(options: RequestRowsOptions) {
    this.#options = options;
    this.#maxWaiting = options.maxWaiting ?? MAX_WAITING;
  }

  /** As of spans: health, metrics and administration are none of it. */
  project(exchange: Exchange): void {
    if (exchange.background) return;
    const { content, clock } = this.#options;
    this.#writer.add(exchange, content === null ? null : contentFields(exchange, content));
    this.stats.produced++;
    this.stats.queued++;
    if (this.#writer.length >= MAX_BATCH) this.#send();
    this.#stopFlushing ??= clock.every(FLUSH_MS, () => this.#turn());
  }

  /** Resolves once all that came so far is kept or lost. */
  async flush(): Promise<void> {
    this.#send();
    await Promise.all(this.#underWay);
  }

  close(): void {
    this.#stopFlushing?.();
    this.#stopFlushing = null;
  }

  #turn(): void {
    if (this.#writer.count > 0) {
      this.#idleTurns = 0;
      this.#send();
    } else if (++this.#idleTurns >= MAX_IDLE_TURNS) {
      this.#idleTurns = 0;
      this.close();
    }
  }

  #send(): void {
    const { stats } = this;
    const { count } = this.#writer;
    if (count === 0) return;
    const batch = this.#writer.take();
    const size = batch.byteLength;
    if (this.#waiting + size > this.#maxWaiting) {
      stats.queued -= count;
      stats.dropped += count;
      return;
    }
    this.#waiting += size;
    const done = this.#options.sink.append(batch).then(() => {
      stats.exported += count;
    }, () => {
      stats.failed++;
      stats.dropped += count;
    }).then(() => {
      stats.queued -= count;
      this.#waiting -= size;
      this.#underWay.delete(done);
    });
    this.#underWay.add(done);
  }
}
