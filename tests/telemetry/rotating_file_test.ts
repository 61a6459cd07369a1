import { assertEquals, assertRejects } from "@std/assert";
import { LogSink } from "../../lib/telemetry/log_sink.ts";
import { RotatingFile, type RotationOptions } from "../../lib/telemetry/rotating_file.ts";
import { ManualClock } from "../manual_clock.ts";

const DAY = 86_400_000;
const KEEP: RotationOptions = { maxSize: 0, daily: false, keep: 30 * DAY, compress: false };

interface SetUp {
  readonly path: string;
  readonly clock: ManualClock;
  open(options?: Partial<RotationOptions>): RotatingFile;
  /** Names in the folder, in order. */
  names(): string[];
}

async function withFolder(test: (setUp: SetUp) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "logs-" });
  const opened: RotatingFile[] = [];
  // Files have the system's time, so the clock begins there.
  const clock = new ManualClock(Date.now());
  const path = `${folder}/requests.log`;
  try {
    await test({
      path,
      clock,
      open(options) {
        const file = new RotatingFile(path, clock, { ...KEEP, ...options });
        opened.push(file);
        return file;
      },
      names: () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
    });
  } finally {
    for (const file of opened) file.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function write(file: RotatingFile, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  assertEquals(await file.write(bytes), bytes.length);
}

const ROTATED = /^requests\.log\.\d{8}T\d{6}Z(-\d+)?$/;

Deno.test("RotatingFile begins another file before one grows too large, and loses nothing", () =>
  withFolder(async ({ open, names, path }) => {
    const file = open({ maxSize: 10 });
    for (const text of ["12345\n", "678\n", "90\n", "x\n"]) await write(file, text);
    const [current, old] = names();
    assertEquals([current, ROTATED.test(old ?? "")], ["requests.log", true]);
    assertEquals(await Deno.readTextFile(`${path.replace("requests.log", old ?? "")}`), "12345\n678\n");
    assertEquals(await Deno.readTextFile(path), "90\nx\n");
  }));

Deno.test("RotatingFile sets aside twice within a second under two names", () =>
  withFolder(async ({ open, names }) => {
    const file = open({ maxSize: 4 });
    for (let i = 0; i < 4; i++) await write(file, `${i}23\n`);
    assertEquals(names().filter((name) => ROTATED.test(name)).length, 3);
  }));

Deno.test("RotatingFile has a file for each day, also after a restart", () =>
  withFolder(async ({ open, names, clock, path }) => {
    const file = open({ daily: true });
    await write(file, "today\n");
    clock.advance(DAY);
    await write(file, "tomorrow\n");
    assertEquals(names().length, 2);
    assertEquals(await Deno.readTextFile(path), "tomorrow\n");
    await Deno.utime(path, new Date(clock.wall() - 2 * DAY), new Date(clock.wall() - 2 * DAY));
    await write(open({ daily: true }), "a process later\n");
    assertEquals(names().length, 3);
    assertEquals(await Deno.readTextFile(path), "a process later\n");
  }));

Deno.test("RotatingFile compresses old files a while later and deletes those that are too old", () =>
  withFolder(async ({ open, names, clock, path }) => {
    const stamp = (days: number) =>
      new Date(clock.wall() - days * DAY).toISOString().replace(/\.\d+/, "").replace(/[-:]/g, "");
    await Deno.writeTextFile(`${path}.${stamp(31)}.gz`, "old");
    await Deno.writeTextFile(`${path}.${stamp(29)}.gz`, "young");
    await Deno.writeTextFile(`${path}.mine`, "not ours");
    const file = open({ maxSize: 6, compress: true });
    await write(file, "first\n");
    await write(file, "second\n");
    assertEquals(names().some((name) => ROTATED.test(name)), true);
    clock.advance(5_000);
    await file.tidied;
    assertEquals(names().map((name) => name.replace(/\d{8}T\d{6}Z/, "TIME")), [
      "requests.log",
      "requests.log.TIME.gz",
      "requests.log.TIME.gz",
      "requests.log.mine",
    ]);
    const compressed = names().filter((name) => name.endsWith(".gz")).at(-1) ?? "";
    const stream = (await Deno.open(path.replace("requests.log", compressed))).readable
      .pipeThrough(new DecompressionStream("gzip"));
    assertEquals(await new Response(stream).text(), "first\n");
  }));

Deno.test("RotatingFile goes on in a new file when told to, and soon when its file was moved away", () =>
  withFolder(async ({ open, clock, path }) => {
    const file = open();
    await write(file, "one\n");
    await Deno.rename(path, `${path}.1`);
    await write(file, "two\n");
    file.reopen();
    await write(file, "three\n");
    assertEquals(await Deno.readTextFile(`${path}.1`), "one\ntwo\n");
    assertEquals(await Deno.readTextFile(path), "three\n");
    await Deno.remove(path);
    clock.advance(1_000);
    await write(file, "four\n");
    assertEquals(await Deno.readTextFile(path), "four\n");
  }));

Deno.test("RotatingFile is shared by two processes without a line lost", () =>
  withFolder(async ({ open, names, clock, path }) => {
    const [first, second] = [open({ maxSize: 100 }), open({ maxSize: 100 })];
    for (let i = 0; i < 100; i++) {
      await write(i % 2 === 0 ? first : second, `line ${`${i}`.padStart(4, "0")}\n`);
      clock.advance(300);
    }
    const lines = names().flatMap((name) =>
      Deno.readTextFileSync(path.replace("requests.log", name)).trimEnd().split("\n")
    );
    assertEquals(lines.toSorted(), Array.from({ length: 100 }, (_, i) => `line ${`${i}`.padStart(4, "0")}`));
    assertEquals(names().length > 5, true);
  }));

Deno.test({
  name: "a full disk drops lines, counts them, is told of, and is over once it is over",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async ({ open, path }) => {
      await Deno.symlink("/dev/full", path);
      const file = open();
      await assertRejects(() => file.write(new Uint8Array(1)));
      const sink = new LogSink({ writer: file });
      sink.write("lost");
      await sink.flush(1000);
      assertEquals({ ...sink.stats }, { produced: 1, exported: 0, dropped: 1, failed: 1, queued: 0 });
      assertEquals(/no space/i.test(sink.trouble), true);
      await Deno.remove(path);
      file.reopen();
      sink.write("kept");
      await sink.flush(1000);
      assertEquals([sink.stats.exported, sink.trouble], [1, ""]);
      assertEquals(await Deno.readTextFile(path), "kept\n");
    }),
});
