import type { Clock } from "../clock.ts";
import { type ContentFieldOptions, contentFields } from "./content_fields.ts";
import type { Exchange } from "./exchange.ts";
import { RecordWriter } from "./projections/record_writer.ts";
import type { Projection } from "./recorder.ts";
import { SignalStats } from "./self.ts";

/** Where batches of records go. */
export interface RecordSink {
  /** @param batches transferred. Rejects where one cannot be kept. */
  append(batches: readonly ArrayBuffer[]): Promise<void>;
}

export interface RequestRowsOptions {
  readonly sink: RecordSink;
  readonly clock: Clock;
  /** Null: what was said is not kept. */
  readonly content: ContentFieldOptions | null;
  /** Bytes that may be under way; batches beyond are dropped and counted. Default 16 MiB. */
  readonly maxWaiting?: number;
}

/**
 * Bytes of a batch: one record is read with its whole batch, and one that is larger than what malloc has at hand is
 * made of fresh pages, which take longer to come than to fill.
 */
const MAX_BATCH = 64 * 1024;
/** Bytes that go out together: few transactions cost less, and one holds up whoever else waits for the store. */
const MAX_TOGETHER = 2 * 1024 * 1024;
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
  /** Null: what was said is not kept. */
  content: ContentFieldOptions | null;
  readonly #options: RequestRowsOptions;
  readonly #writer = new RecordWriter();
  readonly #maxWaiting: number;
  readonly #underWay = new Set<Promise<void>>();
  /** Batches that are to go out, their records and their bytes. */
  #ready: ArrayBuffer[] = [];
  #count = 0;
  #size = 0;
  #waiting = 0;
  #stopFlushing: (() => void) | null = null;
  #idleTurns = 0;

  constructor(options: RequestRowsOptions) {
    this.#options = options;
    this.content = options.content;
    this.#maxWaiting = options.maxWaiting ?? MAX_WAITING;
  }

  /** As of spans: health, metrics and administration are none of it. */
  project(exchange: Exchange): void {
    if (exchange.background) return;
    const { content } = this;
    const { clock } = this.#options;
    this.#writer.add(exchange, content === null ? null : contentFields(exchange, content));
    this.stats.produced++;
    this.stats.queued++;
    if (this.#writer.length >= MAX_BATCH) this.#end();
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
    if (this.#count + this.#writer.count > 0) {
      this.#idleTurns = 0;
      this.#send();
    } else if (++this.#idleTurns >= MAX_IDLE_TURNS) {
      this.#idleTurns = 0;
      this.close();
    }
  }

  /** Ends a batch. */
  #end(): void {
    this.#count += this.#writer.count;
    const batch = this.#writer.take();
    this.#ready.push(batch);
    this.#size += batch.byteLength;
    if (this.#size >= MAX_TOGETHER) this.#send();
  }

  /** Hands over what there is. */
  #send(): void {
    const { stats } = this;
    if (this.#writer.count > 0) this.#end();
    const [batches, count, size] = [this.#ready, this.#count, this.#size];
    if (count === 0) return;
    this.#ready = [];
    this.#count = this.#size = 0;
    if (this.#waiting + size > this.#maxWaiting) {
      stats.queued -= count;
      stats.dropped += count;
      return;
    }
    this.#waiting += size;
    const done = this.#options.sink.append(batches).then(() => {
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
