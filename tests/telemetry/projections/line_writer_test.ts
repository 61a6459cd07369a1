import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { closingEvent } from "../../../lib/telemetry/projections/closing_event.ts";
import { LineWriter, token } from "../../../lib/telemetry/projections/line_writer.ts";
import { closingLine } from "../../../lib/telemetry/projections/log_line.ts";
import { decimalMs } from "../../../lib/telemetry/projections/text.ts";
import { answered } from "../exchanges.ts";

function written(write: (line: LineWriter) => void): string {
  const line = new LineWriter();
  write(line);
  return new TextDecoder().decode(line.written);
}

Deno.test("LineWriter.quoted() is JSON.stringify() for any text", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (text) => {
    assertEquals(written((line) => line.quoted(text)), JSON.stringify(text));
  }));
  assertEquals(written((line) => line.quoted("\ud800")), JSON.stringify("\ud800"));
});

Deno.test("LineWriter.text() is the text, whatever it is", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    assertEquals(written((line) => line.text(text)), text);
  }));
});

Deno.test("LineWriter.millis() is decimalMs() for any time", () => {
  for (
    const ms of [
      0,
      0.0004,
      0.0005,
      1,
      1.5,
      1.01,
      12.3456,
      1234.05,
      99.9996,
      1e9,
      5e9 + 0.5,
      -1,
      NaN,
      Infinity,
    ]
  ) {
    assertEquals(written((line) => line.millis(ms)), decimalMs(ms), `${ms}`);
  }
  fc.assert(fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (ms) => {
    assertEquals(written((line) => line.millis(ms)), decimalMs(ms));
  }));
});

Deno.test("LineWriter.number() is a number of JSON", () => {
  for (const value of [0, 7, 10, 99, 100, 999_999_999, 1e9, 1e21, 0.000123, -5]) {
    assertEquals(written((line) => line.number(value)), JSON.stringify(value));
  }
});

Deno.test("LineWriter grows beyond its buffer", () => {
  const long = "x".repeat(100_000);
  const text = written((line) => {
    line.raw(token("{"));
    line.quoted(long);
    line.raw(token("}"));
  });
  assertEquals(text, `{"${long}"}`);
});

Deno.test("closingLine() has each request's own values, though the one before differs in one of them", () => {
  const changes: ((exchange: ReturnType<typeof answered>) => void)[] = [
    (it) => it.method = "PUT",
    (it) => it.path = "/other",
    (it) => it.status = 201,
    (it) => it.requestedModel = "another",
    (it) => it.stream = !it.stream,
    (it) => it.userAgent = "another/1.0",
    (it) => it.runId = "resp_1",
    (it) => it.call !== null && (it.call.model = "another"),
    (it) => it.call !== null && (it.call.provider = "another"),
    (it) => it.call?.attempts.forEach((attempt) => attempt.serverPort = 1),
    (it) => it.call?.attempts.forEach((attempt) => attempt.serverAddress = "elsewhere"),
  ];
  const fields = [
    "method",
    "path",
    "status",
    "requested_model",
    "stream",
    "user_agent",
    "response_id",
    "provider",
  ];
  const line = (change: (exchange: ReturnType<typeof answered>) => void) => {
    const exchange = answered();
    change(exchange);
    return { exchange, line: JSON.parse(closingLine(exchange, closingEvent(exchange, 0))) };
  };
  for (const change of changes) {
    line(() => {});
    const { exchange, line: told } = line(change);
    const call = exchange.call;
    assertEquals(fields.map((it) => told[it]), [
      exchange.method,
      exchange.path,
      exchange.status,
      exchange.requestedModel,
      exchange.stream,
      exchange.userAgent,
      exchange.runId === "" ? undefined : exchange.runId,
      call?.provider,
    ]);
    const last = call?.attempts.at(-1);
    assertEquals([told.model, told.endpoint], [call?.model, `${last?.serverAddress}:${last?.serverPort}`]);
  }
});
