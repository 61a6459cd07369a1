import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { JsonLogsSerializer } from "@opentelemetry/otlp-transformer";
import { LogEncoder } from "../../../lib/telemetry/exporters/log_encoder.ts";
import { OtlpEnvelope } from "../../../lib/telemetry/exporters/otlp_envelope.ts";
import { protobufToJson } from "../../../lib/telemetry/exporters/otlp_json.ts";
import { OTLP_REQUESTS } from "../../../lib/telemetry/exporters/otlp_schema.ts";
import { closingEvent } from "../../../lib/telemetry/projections/closing_event.ts";
import { closingRecord } from "../../../lib/telemetry/projections/closing_record.ts";
import { closingLine } from "../../../lib/telemetry/projections/log_line.ts";
import { LogRecord } from "../../../lib/telemetry/projections/log_record.ts";
import { exchanges } from "../random_exchanges.ts";
import { plainAttributes } from "../spans.ts";
import { RESOURCE, SCOPE } from "./spans.ts";

const NUMBERS = { DEBUG: 5, INFO: 9, WARNING: 13, ERROR: 17, CRITICAL: 21 } as const;

function hrTime(ms: number): [number, number] {
  const nanos = BigInt(Math.floor(ms)) * 1_000_000n + BigInt(Math.round((ms - Math.floor(ms)) * 1e6));
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)];
}

function stock(record: LogRecord): unknown {
  const { time, level, body, event, traceId, spanId, sampled } = record;
  const sdk = {
    hrTime: hrTime(time),
    hrTimeObserved: hrTime(time),
    severityNumber: NUMBERS[level],
    severityText: level,
    body,
    eventName: event,
    attributes: plainAttributes(record.attributes),
    spanContext: { traceId, spanId, traceFlags: sampled ? 1 : 0 },
    droppedAttributesCount: 0,
    resource: { attributes: RESOURCE, asyncAttributesPending: false },
    instrumentationScope: SCOPE,
  };
  const bytes = JsonLogsSerializer.serializeRequest([sdk] as never);
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Whole numbers are texts in one and numbers in the other, zeros are left out or not. */
function meaning(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (name, it) => {
    if (it !== null && typeof it === "object" && ("intValue" in it || "doubleValue" in it)) {
      return { number: Number(Object.values(it)[0]) };
    }
    if (name === "values" && it.length === 0) return undefined;
    return (name === "droppedAttributesCount" || name === "flags") && it === 0 ? undefined : it;
  }));
}

Deno.test("LogEncoder means what the stock serialiser means, on random records", () => {
  const encoder = new LogEncoder(new OtlpEnvelope(RESOURCE, SCOPE));
  const record = new LogRecord();
  fc.assert(fc.property(exchanges, (exchange) => {
    closingRecord(record, exchange, closingEvent(exchange, 0));
    encoder.add(record);
    const ours = JSON.parse(protobufToJson(encoder.take(), OTLP_REQUESTS.logs));
    assertEquals(meaning(ours), meaning(stock(record)));
  }));
});

Deno.test("closingRecord() says what closingLine() says, on random records", () => {
  const record = new LogRecord();
  fc.assert(fc.property(exchanges, (exchange) => {
    const closing = closingEvent(exchange, 50);
    closingRecord(record, exchange, closing);
    const { time, timestamp, level, msg, message, event, trace_id, span_id, ...fields } = JSON.parse(
      closingLine(exchange, closing),
    );
    assertEquals(JSON.parse(JSON.stringify(plainAttributes(record.attributes))), fields);
    assertEquals([record.level, record.body, record.event, record.traceId, record.spanId], [
      level,
      msg,
      event,
      trace_id,
      span_id,
    ]);
    assertEquals([new Date(Math.floor(record.time)).toISOString(), message], [time, msg]);
    assertEquals(timestamp, time);
  }));
});

Deno.test("closingRecord() has no ids where nothing is traced", () => {
  const record = new LogRecord();
  const [exchange] = fc.sample(exchanges, 1);
  if (exchange === undefined) throw new Error("no sample");
  exchange.traced = false;
  closingRecord(record, exchange, closingEvent(exchange, 0));
  assertEquals([record.traceId, record.spanId], ["", ""]);
});
