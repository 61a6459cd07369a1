import { assertEquals } from "@std/assert";
import { LogSink, type LogWriter } from "../../lib/telemetry/log_sink.ts";

/** Takes what it is given when told to. */
class ManualWriter implements LogWriter {
  text = "";
  writes = 0;
  #waiting: { bytes: Uint8Array; resolve: (count: number) => void; reject: (error: Error) => void } | null =
    null;

  write(bytes: Uint8Array): Promise<number> {
    this.writes++;
    return new Promise((resolve, reject) => this.#waiting = { bytes, resolve, reject });
  }

  /** Accepts `count` bytes of the write under way, or all. */
  async accept(count?: number): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = null;
    const taken = waiting?.bytes.subarray(0, count ?? waiting.bytes.length) ?? new Uint8Array();
    this.text += new TextDecoder().decode(taken);
    waiting?.resolve(taken.length);
    await turn();
  }

  async fail(): Promise<void> {
    this.#waiting?.reject(new Deno.errors.BrokenPipe("gone"));
    await turn();
  }
}

/** Lets all that is ready run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("LogSink writes lines of one turn together, in order", async () => {
  const writer = new ManualWriter();
  const sink = new LogSink({ pace: 0, writer });
  sink.write("one");
  sink.write("two");
  await turn();
  await writer.accept();
  assertEquals([writer.text, writer.writes], ["one\ntwo\n", 1]);
  assertEquals({ ...sink.stats }, { produced: 2, exported: 2, dropped: 0, failed: 0, queued: 0 });
});

Deno.test("LogSink has one write under way and goes on after a part was written", async () => {
  const writer = new ManualWriter();
  const sink = new LogSink({ pace: 0, writer });
  sink.write("first");
  await turn();
  sink.write("second");
  await turn();
  assertEquals(writer.writes, 1);
  await writer.accept(2);
  await writer.accept();
  await writer.accept();
  assertEquals(writer.text, "first\nsecond\n");
});

Deno.test("LogSink drops and counts, and never waits, when nobody reads", async () => {
  const writer = new ManualWriter();
  const sink = new LogSink({ pace: 0, writer, maxQueued: 100 });
  sink.write("taken");
  await turn();
  let accepted = 0;
  for (let i = 0; i < 50; i++) if (sink.write("0123456789")) accepted++;
  assertEquals(accepted, 9);
  assertEquals(sink.stats.dropped, 41);
  assertEquals(sink.stats.balanced, true);
  await writer.accept();
  await writer.accept();
  assertEquals(sink.write("again"), true);
  await turn();
  await writer.accept();
  assertEquals(writer.text.endsWith("0123456789\nagain\n"), true);
  assertEquals({ ...sink.stats }, { produced: 52, exported: 11, dropped: 41, failed: 0, queued: 0 });
});

Deno.test("LogSink counts what a closed pipe loses and tries again with the next line", async () => {
  const writer = new ManualWriter();
  const sink = new LogSink({ pace: 0, writer });
  sink.write("lost");
  await turn();
  await writer.fail();
  assertEquals([sink.stats.dropped, sink.stats.failed], [1, 1]);
  sink.write("kept");
  await turn();
  await writer.accept();
  assertEquals([writer.text, sink.stats.exported, sink.stats.balanced], ["kept\n", 1, true]);
});

Deno.test("LogSink gives a writer that takes nothing up", async () => {
  const sink = new LogSink({ pace: 0, writer: { write: () => Promise.resolve(0) } });
  sink.write("line");
  await sink.flush(1000);
  assertEquals([sink.stats.dropped, sink.stats.queued], [1, 0]);
});

Deno.test("LogSink.flush() waits for what was written, and no longer than it may", async () => {
  const writer = new ManualWriter();
  const sink = new LogSink({ pace: 0, writer });
  await sink.flush(1000);
  sink.write("line");
  await sink.flush(1);
  assertEquals(sink.stats.queued, 1);
  const flushed = sink.flush(10_000);
  await writer.accept();
  await flushed;
  assertEquals(sink.stats.exported, 1);
});

Deno.test("LogSink does not stop the process when the reader of a real pipe stops", async () => {
  const module = new URL("../../lib/telemetry/log_sink.ts", import.meta.url).href;
  const script = `
    import { LogSink } from "${module}";
    const sink = new LogSink({ pace: 0, writer: Deno.stdout, maxQueued: 1e6 });
    let longest = 0;
    for (let i = 0; i < 200; i++) {
      const before = performance.now();
      for (let j = 0; j < 100; j++) sink.write("x".repeat(1000));
      await new Promise((resolve) => setTimeout(resolve, 0));
      longest = Math.max(longest, performance.now() - before);
    }
    await sink.flush(100);
    Deno.stderr.writeSync(new TextEncoder().encode(JSON.stringify({ longest, ...sink.stats })));
    Deno.exit(0);
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", script],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // Its standard output is not read until it is done.
  const report = JSON.parse(await new Response(child.stderr).text());
  await child.stdout.cancel();
  await child.status;
  assertEquals(report.longest < 1000, true, `the loop stood for ${report.longest} ms`);
  assertEquals(report.dropped > 10_000, true);
  assertEquals(report.produced, report.exported + report.dropped + report.queued);
});

Deno.test("LogSink lets lines that come soon after a write share the next one, and a flush does not wait for it", async () => {
  const writes: string[] = [];
  const wrote = Promise.withResolvers<void>();
  const writer: LogWriter = {
    write(bytes) {
      writes.push(new TextDecoder().decode(bytes));
      wrote.resolve();
      return Promise.resolve(bytes.length);
    },
  };
  const sink = new LogSink({ pace: 60_000, writer });
  sink.write("first");
  await wrote.promise;
  for (const line of ["second", "third"]) sink.write(line);
  await sink.flush(1000);
  assertEquals(writes, ["first\n", "second\nthird\n"]);
  assertEquals([sink.stats.exported, sink.stats.queued], [3, 0]);
});

Deno.test("LogSink tells once what was lost, when there is room again", async () => {
  const writer = new ManualWriter();
  const told: number[] = [];
  const sink = new LogSink({ pace: 0, writer, maxQueued: 40, onRecovered: (lost) => told.push(lost) });
  sink.write("first");
  await turn();
  for (let n = 0; n < 5; n++) sink.write("a line of 16 chr");
  assertEquals([sink.stats.dropped, told], [3, []]);
  await writer.accept();
  await writer.accept();
  assertEquals(told, [3]);
  sink.write("lost to a closed pipe");
  await turn();
  await writer.fail();
  assertEquals(told, [3]);
  sink.write("again");
  await turn();
  await writer.accept();
  assertEquals(told, [3, 1]);
  sink.write("and on");
  await turn();
  await writer.accept();
  assertEquals(told, [3, 1]);
});

Deno.test("LogSink does not pause between writes as long as more than one is full", async () => {
  let written = 0;
  const sink = new LogSink({
    pace: 60_000,
    writer: {
      write(bytes) {
        written += bytes.length;
        return Promise.resolve(bytes.length);
      },
    },
  });
  const line = "x".repeat(1023);
  for (let i = 0; i < 3000; i++) sink.write(line);
  await turn();
  // What fills no write of its own waits for more, and is flushed.
  assertEquals(written >= 2.5 * 1024 * 1024, true, `${written} bytes`);
  await sink.flush(1000);
  assertEquals([written, sink.stats.exported, sink.stats.dropped], [3000 * 1024, 3000, 0]);
});

Deno.test("LogSink ends its pause as soon as a write is full", async () => {
  const writes: number[] = [];
  const sink = new LogSink({
    pace: 60_000,
    writer: {
      write({ length }) {
        writes.push(length);
        return Promise.resolve(length);
      },
    },
  });
  const line = "x".repeat(1023);
  sink.write(line);
  await turn();
  for (let i = 0; i < 256; i++) sink.write(line);
  await turn();
  assertEquals(writes, [1024]);
  sink.write(line);
  await turn();
  assertEquals(writes, [1024, 256 * 1024]);
  await sink.flush(1000);
  assertEquals([sink.stats.exported, sink.stats.queued], [258, 0]);
});
