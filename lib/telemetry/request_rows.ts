import type { Clock } from "../clock.ts";
import { type ContentFieldOptions, contentFields } from "./content_fields.ts";
import type { Exchange } from "./exchange.ts";
import { BATCH_SIZE, newBatch, RecordWriter } from "./projections/record_writer.ts";
import type { Projection } from "./recorder.ts";
import { SignalStats } from "./self.ts";

type Batch = Uint8Array<SharedArrayBuffer>;

/** Where batches of records go. */
export interface RecordSink {
  /**
   * Resolves once batches are read, and may be written over. Rejects where one cannot be kept; they may yet be read
   * then.
   */
  append(batches: readonly Batch[]): Promise<void>;
}

export interface RequestRowsOptions {
  readonly sink: RecordSink;
  readonly clock: Clock;
  /** Null: what was said is not kept. */
  readonly content: ContentFieldOptions | null;
  /** Bytes that may be under way; batches beyond are dropped and counted. Default 16 MiB. */
  readonly maxWaiting?: number;
}

/** Bytes after which a batch ends; the last record goes beyond them. */
const MAX_BATCH = BATCH_SIZE * 3 / 4;
/** Bytes that go out together: few transactions cost less, and one holds up whoever else waits for the store. */
const MAX_TOGETHER = 2 * 1024 * 1024;
const FLUSH_MS = 400;
const MAX_WAITING = 16 * 1024 * 1024;
/** Batches that are written over: as many as go out together. */
const MAX_SPARE = 2 * MAX_TOGETHER / BATCH_SIZE;
/** Turns without a record after which the timer stops. */
const MAX_IDLE_TURNS = 25;

/**
 * Hands the record of each finished request to a store, in batches. On the way of a request it costs the copying of
 * its fields into a buffer and nothing else: rows, figures and indexes are made by the store, in its own thread, of
 * the same bytes. Batches that are read are written over, for a fresh one takes up to two milliseconds to come by.
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
  #ready: Batch[] = [];
  #count = 0;
  #size = 0;
  #waiting = 0;
  /** Batches that nobody reads any more. */
  readonly #spare: Batch[] = [];
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
      this.#spare.length = 0;
      this.close();
    }
  }

  /** Ends a batch. */
  #end(): void {
    this.#count += this.#writer.count;
    const batch = this.#writer.take(this.#spare.pop() ?? newBatch());
    this.#ready.push(batch);
    this.#size += batch.length;
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
      this.#reuse(batches);
      return;
    }
    this.#waiting += size;
    const done = this.#options.sink.append(batches).then(() => {
      stats.exported += count;
      this.#reuse(batches);
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

  #reuse(batches: readonly Batch[]): void {
    for (const { buffer } of batches) {
      const usual = buffer.byteLength === BATCH_SIZE;
      if (usual && this.#spare.length < MAX_SPARE) this.#spare.push(new Uint8Array(buffer));
    }
  }
}
