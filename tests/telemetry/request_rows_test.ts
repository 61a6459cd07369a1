import { assert, assertEquals } from "@std/assert";
import { SqliteRequestStore } from "../../lib/stores/sqlite_request_store.ts";
import { handedRecords } from "../../lib/telemetry/projections/handed_records.ts";
import { RecordReader } from "../../lib/telemetry/projections/record_reader.ts";
import { type RecordSink, RequestRows, type RequestRowsOptions } from "../../lib/telemetry/request_rows.ts";
import { ManualClock } from "../manual_clock.ts";
import { arrived, end } from "./exchanges.ts";

const FLUSH_MS = 400;

/** A store that is slow: it reads what it was given when it is told to, the latest first. */
class SlowSink implements RecordSink {
  readonly ids: string[] = [];
  readonly buffers = new Set<ArrayBufferLike>();
  readonly #given: { batches: readonly Uint8Array[]; answer: PromiseWithResolvers<void> }[] = [];

  append(batches: readonly Uint8Array[]): Promise<void> {
    for (const { buffer } of batches) this.buffers.add(buffer);
    const answer = Promise.withResolvers<void>();
    this.#given.push({ batches, answer });
    return answer.promise;
  }

  get waiting(): number {
    return this.#given.length;
  }

  keep(): void {
    for (const { batches, answer } of this.#given.splice(0).reverse()) {
      for (const batch of batches) this.#read(batch);
      answer.resolve();
    }
  }

  /** As a worker that takes too long: it is asked no more, and goes on. @returns to be called when it comes to it. */
  fail(): () => void {
    const given = this.#given.splice(0);
    for (const { answer } of given) answer.reject(new Error("too slow"));
    return () => given.forEach(({ batches }) => batches.forEach((batch) => this.#read(batch)));
  }

  #read(batch: Uint8Array): void {
    for (const { exchange } of handedRecords(batch)) this.ids.push(exchange.requestId);
  }
}

class Scene {
  readonly clock = new ManualClock();
  readonly rows: RequestRows;
  #last = 0;

  constructor(sink: RecordSink, options: Partial<RequestRowsOptions> = {}) {
    this.rows = new RequestRows({ sink, clock: this.clock, content: null, ...options });
  }

  /** Requests with numbers for ids; @param name theirs beside. */
  finish(count: number, name = ""): void {
    for (let i = 0; i < count; i++) {
      const exchange = arrived();
      exchange.requestId = String(++this.#last);
      exchange.user = name;
      this.rows.project(end(exchange, "success", 200));
    }
  }

  get counts(): Record<string, number> {
    const { produced, exported, dropped, queued } = this.rows.stats;
    return { produced, exported, dropped, queued };
  }
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

Deno.test("RequestRows writes over a batch only once it is read, and makes no more than are under way", async () => {
  const sink = new SlowSink();
  const scene = new Scene(sink);
  for (let round = 0; round < 20; round++) {
    scene.finish(500);
    scene.clock.advance(FLUSH_MS);
    // These are written while the ones before have not been read.
    scene.finish(700);
    scene.clock.advance(FLUSH_MS);
    assertEquals([sink.waiting, scene.counts["queued"]], [2, 1200]);
    sink.keep();
    await scene.rows.flush();
  }
  assertEquals(sink.ids.map(Number).sort((a, b) => a - b).map(String), numbers(1, 24_000));
  assertEquals(scene.counts, { produced: 24_000, exported: 24_000, dropped: 0, queued: 0 });
  assert(sink.buffers.size <= 8, `${sink.buffers.size} buffers`);
  scene.rows.close();
});

Deno.test("RequestRows leaves a batch alone whose store did not answer in time, and counts it as dropped", async () => {
  const sink = new SlowSink();
  const scene = new Scene(sink);
  scene.finish(10);
  scene.clock.advance(FLUSH_MS);
  const goOn = sink.fail();
  await scene.rows.flush();
  assertEquals(scene.counts, { produced: 10, exported: 0, dropped: 10, queued: 0 });
  for (let round = 0; round < 5; round++) {
    scene.finish(100);
    scene.clock.advance(FLUSH_MS);
    sink.keep();
    await scene.rows.flush();
  }
  sink.ids.length = 0;
  goOn();
  assertEquals(sink.ids, numbers(1, 10));
  assertEquals([scene.rows.stats.failed, scene.rows.stats.balanced], [1, true]);
  scene.rows.close();
});

Deno.test("RequestRows drops what is beyond its bound, and what comes later is whole", async () => {
  const sink = new SlowSink();
  const scene = new Scene(sink, { maxWaiting: 20_000 });
  for (let round = 0; round < 30; round++) {
    scene.finish(10);
    scene.clock.advance(FLUSH_MS);
  }
  const { dropped = 0, queued = 0 } = scene.counts;
  assert(dropped > 0 && queued > 0 && dropped + queued === 300, `${dropped} and ${queued}`);
  assertEquals(sink.waiting, queued / 10);
  sink.keep();
  await scene.rows.flush();
  scene.finish(10);
  const flushed = scene.rows.flush();
  sink.keep();
  await flushed;
  assertEquals(sink.ids.map(Number).sort((a, b) => a - b).map(String), [
    ...numbers(1, queued),
    ...numbers(301, 310),
  ]);
  assertEquals(scene.counts, { produced: 310, exported: queued + 10, dropped, queued: 0 });
  scene.rows.close();
});

Deno.test("RequestRows keeps records that are larger than a batch, and begins no more with their room", async () => {
  const sink = new SlowSink();
  const scene = new Scene(sink);
  for (let round = 0; round < 10; round++) {
    scene.finish(1, "ü".repeat(300_000) + round);
    scene.finish(3);
    scene.clock.advance(FLUSH_MS);
    sink.keep();
    await scene.rows.flush();
  }
  assertEquals(sink.ids.length, 40);
  const large = [...sink.buffers].filter(({ byteLength }) => byteLength > 600_000);
  assertEquals(large.length, 10);
  scene.rows.close();
});

Deno.test("RequestRows gives an SQLite store its records whole, however often batches are written over", async () => {
  const limits = { maxAge: 1e12, maxBytes: 1e9, maxRows: 1e6, slowMs: 0, profiles: [], path: null };
  const clock = new ManualClock();
  const store = await SqliteRequestStore.open({ ...limits, clock });
  const scene = new Scene(store);
  for (let round = 0; round < 10; round++) {
    scene.finish(300, `user ${round}`);
    scene.clock.advance(FLUSH_MS);
    scene.finish(300, `user ${round} ü`);
    await scene.rows.flush();
  }
  scene.rows.close();
  const found: string[] = [];
  for await (const batch of store.records(0)) {
    const reader = new RecordReader(batch);
    for (let record = reader.next(); record !== null; record = reader.next()) {
      const { requestId, user } = record.exchange;
      found.push(requestId);
      const before = Math.floor((Number(requestId) - 1) / 300);
      assertEquals(user, `user ${before >> 1}${before % 2 === 0 ? "" : " ü"}`);
    }
  }
  assertEquals(found, numbers(1, 6000));
  await store.close();
});
