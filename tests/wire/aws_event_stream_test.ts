import { assertEquals, assertThrows } from "@std/assert";
import { EventStreamCodec } from "@smithy/eventstream-codec";
import fc from "fast-check";
import {
  awsEventStream,
  AwsEventStreamParser,
  encodeAwsEvent,
  encodeAwsMessage,
} from "../../lib/wire/aws_event_stream.ts";
import { crc32 } from "../../lib/wire/crc32.ts";
import { EventTooLargeError, FramingError } from "../../lib/wire/framing.ts";
import { joinBytes } from "../../lib/wire/join_bytes.ts";
import { cut, parseChunks } from "./framings.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();
/** AWS's own, as its SDK uses it. */
const theirs = new EventStreamCodec(
  (bytes) => text.decode(bytes as Uint8Array),
  (value) => utf8.encode(value),
);

function event(type: string, payload: string): Uint8Array {
  return encodeAwsMessage({ ":event-type": type, ":message-type": "event" }, utf8.encode(payload));
}

Deno.test("crc32() gives the check value of the algorithm's catalogue", () => {
  assertEquals(crc32(utf8.encode("123456789")), 0xcbf43926);
});

Deno.test("encodeAwsMessage() writes what AWS's codec reads", () => {
  const headers = { ":event-type": "contentBlockDelta", ":content-type": "application/json", "x": "Grüße" };
  const message = theirs.decode(encodeAwsMessage(headers, utf8.encode(`{"a":"🦕"}`)));
  assertEquals(text.decode(message.body), `{"a":"🦕"}`);
  assertEquals(
    Object.fromEntries(Object.entries(message.headers).map(([name, { value }]) => [name, value])),
    headers,
  );
});

Deno.test("AwsEventStreamParser reads what AWS's codec writes, whatever the types of the headers", () => {
  const bytes = theirs.encode({
    headers: {
      "yes": { type: "boolean", value: true },
      "no": { type: "boolean", value: false },
      "byte": { type: "byte", value: 1 },
      "short": { type: "short", value: 2 },
      "integer": { type: "integer", value: 3 },
      "long": { type: "long", value: { bytes: new Uint8Array(8), valueOf: () => 4 } as never },
      "binary": { type: "binary", value: Uint8Array.of(1, 2, 3) },
      "timestamp": { type: "timestamp", value: new Date(0) },
      "uuid": { type: "uuid", value: "01234567-89ab-cdef-0123-456789abcdef" },
      ":message-type": { type: "string", value: "event" },
      ":event-type": { type: "string", value: "messageStop" },
    },
    body: utf8.encode(`{"stopReason":"end_turn"}`),
  });
  assertEquals(parseChunks(awsEventStream, [bytes]).events, [
    { type: "messageStop", data: `{"stopReason":"end_turn"}` },
  ]);
});

Deno.test("AwsEventStreamParser tells exceptions and errors from events", () => {
  const exception = awsEventStream.bytes(
    encodeAwsEvent("exception:throttlingException", `{"message":"slow"}`),
  );
  const error = encodeAwsMessage(
    { ":message-type": "error", ":error-code": "InternalFailure", ":error-message": "oh" },
    new Uint8Array(),
  );
  assertEquals(parseChunks(awsEventStream, [exception, error]).events, [
    { type: "exception:throttlingException", data: `{"message":"slow"}` },
    { type: "exception:InternalFailure", data: `{"message":"oh"}` },
  ]);
});

Deno.test("AwsEventStreamParser says the same for every way to split the bytes", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.string({ maxLength: 20 }), fc.string({ unit: "binary", maxLength: 60 })), {
      maxLength: 5,
    }),
    fc.array(fc.nat(), { maxLength: 12 }),
    // Cut off, damaged, or left as it is.
    fc.constantFrom("whole", "cut", "damaged"),
    fc.nat(),
    fc.constantFrom(80, undefined),
    (messages, places, fate, place, limit) => {
      let bytes = joinBytes(messages.map(([type, payload]) => event(type, payload)));
      if (bytes.length > 0 && fate === "cut") bytes = bytes.slice(0, place % bytes.length);
      else if (bytes.length > 0 && fate === "damaged") {
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ 0x40;
      }
      const whole = parseChunks(awsEventStream, [bytes], limit);
      assertEquals(parseChunks(awsEventStream, cut(bytes, places), limit), whole);
      if (limit === undefined && fate === "whole") {
        const expected = messages.map(([type, payload]) => ({
          type: text.decode(utf8.encode(type)),
          data: text.decode(utf8.encode(payload)),
        }));
        assertEquals(whole, { events: expected, raws: whole.raws, failure: "", whole: true });
        assertEquals(joinBytes(whole.raws), bytes);
      }
      // Every bit stands under a checksum.
      if (limit === undefined && fate === "damaged" && bytes.length > 0) {
        assertEquals(whole.failure, "FramingError");
      }
    },
  ));
});

Deno.test("AwsEventStreamParser refuses a message over the limit as soon as it says its length", () => {
  const parser = new AwsEventStreamParser(() => {}, { maxEventBytes: 100 });
  const long = event("x", "y".repeat(100));
  parser.push(long.slice(0, 11));
  assertThrows(() => parser.push(long.slice(11, 12)), EventTooLargeError);
  assertThrows(() => parser.push(event("x", "{}")), EventTooLargeError);
});

Deno.test("AwsEventStreamParser refuses lengths that contradict each other and headers that break off", () => {
  const withPrelude = (length: number, headers: number, rest: Uint8Array) => {
    const bytes = new Uint8Array(12 + rest.length + 4);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, length);
    view.setUint32(4, headers);
    view.setUint32(8, crc32(bytes.subarray(0, 8)));
    bytes.set(rest, 12);
    view.setUint32(12 + rest.length, crc32(bytes.subarray(0, 12 + rest.length)));
    return bytes;
  };
  for (
    const bytes of [
      withPrelude(15, 0, new Uint8Array()),
      withPrelude(0, 0, new Uint8Array()),
      withPrelude(16, 1, new Uint8Array()),
      withPrelude(20, 4, Uint8Array.of(9, 0, 0, 0)),
      withPrelude(20, 4, Uint8Array.of(1, 0x61, 7, 0)),
      withPrelude(21, 5, Uint8Array.of(1, 0x61, 7, 0, 9)),
      withPrelude(19, 3, Uint8Array.of(1, 0x61, 12)),
    ]
  ) {
    assertThrows(() => new AwsEventStreamParser(() => {}).push(bytes), FramingError);
  }
});
