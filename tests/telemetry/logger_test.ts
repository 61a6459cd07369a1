import { assertEquals, assertMatch } from "@std/assert";
import { Logger, type LoggerOptions } from "../../lib/telemetry/logger.ts";
import { LogSink } from "../../lib/telemetry/log_sink.ts";
import { LEVELS } from "../../lib/telemetry/names/log_fields.ts";
import { ManualClock } from "../manual_clock.ts";

async function written(
  options: Partial<LoggerOptions>,
  act: (logger: Logger, sink: LogSink) => void,
): Promise<string[]> {
  let text = "";
  const sink = new LogSink({
    pace: 0,
    writer: {
      write(bytes) {
        text += new TextDecoder().decode(bytes);
        return Promise.resolve(bytes.length);
      },
    },
  });
  const clock = new ManualClock(Date.UTC(2026, 2, 3, 6, 36, 44, 7));
  act(new Logger({ sink, clock, level: "INFO", format: { type: "json", colour: false }, ...options }), sink);
  await sink.flush(1000);
  return text === "" ? [] : text.trimEnd().split("\n");
}

Deno.test("Logger writes one JSON object a line", async () => {
  const [line] = await written({}, (logger) => logger.info("listening", { port: 8080, none: undefined }));
  assertEquals(JSON.parse(line ?? ""), {
    time: "2026-03-03T06:36:44.007Z",
    timestamp: "2026-03-03T06:36:44.007Z",
    level: "INFO",
    msg: "listening",
    message: "listening",
    port: 8080,
  });
});

Deno.test("Logger writes for people on a terminal", async () => {
  const lines = await written(
    { format: { type: "pretty", colour: false } },
    (logger) => logger.warn("two\nlines\x1b[2J", { provider: "openai", models: ["a"] }),
  );
  assertEquals(lines, ['06:36:44.007 WARNING  two lines [2J  provider=openai  models=["a"]']);
});

Deno.test("Logger writes no line below its level", async () => {
  for (const [place, level] of LEVELS.entries()) {
    const lines = await written({ level }, (logger) => {
      for (const each of LEVELS) logger.log(each, each);
    });
    assertEquals(lines.map((line) => JSON.parse(line).level), LEVELS.slice(place));
  }
});

Deno.test("Logger shows an error by name and message", async () => {
  const [line] = await written(
    {},
    (logger) => logger.error("failed", { error: new TypeError("no such thing") }),
  );
  assertEquals(JSON.parse(line ?? "").error, "TypeError: no such thing");
});

Deno.test("Logger never throws, whatever the fields are", async () => {
  const ring: Record<string, unknown> = {};
  ring["self"] = ring;
  const lines = await written({}, (logger) => {
    logger.info("ring", { ring });
    logger.info("big", { big: 1n });
  });
  assertEquals(lines.map((line) => JSON.parse(line).msg), ["ring", "big"]);
});

Deno.test("Logger.configure() changes what is written, and how", async () => {
  const lines = await written({}, (logger, sink) => {
    logger.debug("one");
    logger.configure({ sink, level: "DEBUG", format: { type: "json", colour: false } });
    logger.debug("two");
    logger.configure({ sink, level: "INFO", format: { type: "pretty", colour: false } });
    logger.debug("three");
    logger.info("four");
  });
  assertEquals(lines.length, 2);
  assertEquals(JSON.parse(lines[0] ?? "").msg, "two");
  assertMatch(lines[1] ?? "", /^\S+ +INFO +four$/);
});
