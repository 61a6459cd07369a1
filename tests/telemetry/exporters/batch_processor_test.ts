import { assertEquals } from "@std/assert";
import type { BatchEncoder } from "../../../lib/telemetry/exporters/batch_encoder.ts";
import { type BatchOptions, BatchProcessor } from "../../../lib/telemetry/exporters/batch_processor.ts";
import { type Exporter, ExportError, type ExportResult } from "../../../lib/telemetry/exporters/exporter.ts";
import { Logger } from "../../../lib/telemetry/logger.ts";
import { LogSink } from "../../../lib/telemetry/log_sink.ts";
import { SignalStats } from "../../../lib/telemetry/self.ts";
import { ManualClock } from "../../manual_clock.ts";

/** An exporter whose exports end when a test says so. */
class ManualExporter implements Exporter {
  readonly destination = "a test";
  /** How many items each batch had. */
  readonly batches: number[] = [];
  closed = false;
  #pending: { resolve: (result: ExportResult) => void; reject: (error: Error) => void } | null = null;

  export(body: Uint8Array, signal: AbortSignal): Promise<ExportResult> {
    this.batches.push(body.length);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      signal.addEventListener("abort", () => reject(new ExportError("no answer in time", 1)));
    });
  }

  async succeed(rejected = 0): Promise<void> {
    this.#pending?.resolve({ rejected, message: rejected > 0 ? "too old" : "", failedAttempts: 0 });
    await settled();
  }

  async fail(message: string, attempts = 1): Promise<void> {
    this.#pending?.reject(new ExportError(message, attempts));
    await settled();
  }

  close(): void {
    this.closed = true;
  }
}

/** A byte for each item. */
class CountingEncoder implements BatchEncoder<string> {
  #count = 0;

  add(): void {
    this.#count++;
  }

  take(): Uint8Array<ArrayBuffer> {
    const body = new Uint8Array(this.#count);
    this.#count = 0;
    return body;
  }

  release(): void {}
}

/** Lets all promises that are ready go on. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

function setUp(options: Partial<BatchOptions<string>> = {}) {
  const clock = new ManualClock();
  const exporter = new ManualExporter();
  const stats = new SignalStats();
  const lines: string[] = [];
  const sink = new LogSink({
    pace: 0,
    writer: {
      write(bytes) {
        for (const line of new TextDecoder().decode(bytes).trimEnd().split("\n")) {
          const { level, msg, dropped } = JSON.parse(line);
          lines.push(dropped === undefined ? `${level} ${msg}` : `${level} ${msg} (${dropped})`);
        }
        return Promise.resolve(bytes.length);
      },
    },
  });
  const logger = new Logger({ sink, clock, level: "INFO", format: { type: "json", colour: false } });
  const processor = new BatchProcessor({
    signal: "traces",
    clock,
    encoder: new CountingEncoder(),
    exporter,
    logger,
    stats,
    maxQueue: 10,
    maxSize: 4,
    delay: 5000,
    ...options,
  });
  const add = (count: number) => {
    for (let i = 0; i < count; i++) processor.add(`span ${i}`);
  };
  return { clock, exporter, stats, lines, processor, add };
}

Deno.test("BatchProcessor exports when a batch is full", async () => {
  const { exporter, stats, add } = setUp();
  add(3);
  await settled();
  assertEquals(exporter.batches.length, 0);
  add(1);
  await settled();
  assertEquals([exporter.batches[0], stats.queued], [4, 4]);
  await exporter.succeed();
  assertEquals({ ...stats }, { produced: 4, exported: 4, dropped: 0, failed: 0, queued: 0 });
});

Deno.test("BatchProcessor exports what waits after the delay", async () => {
  const { clock, exporter, stats, add } = setUp();
  add(2);
  clock.advance(5000);
  await settled();
  await exporter.succeed();
  assertEquals([exporter.batches[0], stats.exported], [2, 2]);
});

Deno.test("BatchProcessor has one export under way", async () => {
  const { clock, exporter, add } = setUp();
  add(10);
  clock.advance(20_000);
  await settled();
  assertEquals(exporter.batches.length, 1);
  await exporter.succeed();
  assertEquals(exporter.batches.length, 2);
  await exporter.succeed();
  // The rest is no full batch and waits for the delay.
  assertEquals(exporter.batches.length, 2);
  clock.advance(5000);
  await settled();
  assertEquals(exporter.batches, [4, 4, 2]);
  await exporter.succeed();
});

Deno.test("BatchProcessor drops and counts what does not fit, with one warning and one line of recovery", async () => {
  const { clock, exporter, stats, lines, add } = setUp();
  add(25);
  await settled();
  assertEquals([stats.produced, stats.dropped, stats.queued, stats.balanced], [25, 15, 10, true]);
  await exporter.succeed();
  add(1);
  await exporter.succeed();
  clock.advance(5000);
  await settled();
  await exporter.succeed();
  await settled();
  assertEquals(lines, [
    "WARNING Failed to export spans: the queue of 10 spans is full",
    "INFO Exporting spans again (15)",
  ]);
  assertEquals({ ...stats }, { produced: 26, exported: 11, dropped: 15, failed: 0, queued: 0 });
});

Deno.test("BatchProcessor warns once while the backend is down, and says when it is back", async () => {
  const { clock, exporter, stats, lines, add } = setUp();
  for (let i = 0; i < 5; i++) {
    add(2);
    clock.advance(5000);
    await settled();
    await exporter.fail("connection refused", 3);
    assertEquals(stats.balanced, true);
  }
  add(2);
  clock.advance(5000);
  await settled();
  await exporter.succeed();
  await settled();
  assertEquals(lines, [
    "WARNING Failed to export spans: connection refused",
    "INFO Exporting spans again (10)",
  ]);
  assertEquals({ ...stats }, { produced: 12, exported: 2, dropped: 10, failed: 15, queued: 0 });
});

Deno.test("BatchProcessor counts spans that the backend refused as dropped", async () => {
  const { clock, exporter, stats, lines, add } = setUp();
  add(3);
  clock.advance(5000);
  await settled();
  await exporter.succeed(2);
  await settled();
  assertEquals([stats.exported, stats.dropped, stats.balanced], [1, 2, true]);
  assertEquals(lines, ["WARNING Failed to export spans: the collector refused 2 spans: too old"]);
});

Deno.test("BatchProcessor.shutdown() exports all that waits and closes", async () => {
  const { exporter, stats, processor, add } = setUp();
  add(6);
  await settled();
  const done = processor.shutdown(5000);
  await settled();
  await exporter.succeed();
  await exporter.succeed();
  await done;
  assertEquals([exporter.batches.length, stats.exported, exporter.closed], [2, 6, true]);
  add(1);
  assertEquals([stats.dropped, stats.balanced], [1, true]);
});

Deno.test("BatchProcessor.shutdown() gives up in time and counts what is left", async () => {
  const { exporter, stats, processor, add } = setUp();
  add(6);
  await settled();
  await processor.shutdown(1);
  assertEquals({ ...stats }, { produced: 6, exported: 0, dropped: 6, failed: 1, queued: 0 });
  assertEquals(exporter.closed, true);
});
