import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { OtlpEnvelope } from "../../../lib/telemetry/exporters/otlp_envelope.ts";
import { protobufToJson } from "../../../lib/telemetry/exporters/otlp_json.ts";
import { OTLP_REQUESTS } from "../../../lib/telemetry/exporters/otlp_schema.ts";
import { SpanEncoder } from "../../../lib/telemetry/exporters/span_encoder.ts";
import { attributeKey } from "../../../lib/telemetry/names/attribute_key.ts";
import { PROFILES } from "../../../lib/telemetry/names/profiles.ts";
import { SpanKind, type SpanRecord, SpanStatus } from "../../../lib/telemetry/projections/span.ts";
import { SpanProjection } from "../../../lib/telemetry/projections/spans.ts";
import { answeredCall, arrived, end, storeOperation } from "../exchanges.ts";
import { exchanges } from "../random_exchanges.ts";
import { attributesWith, plainAttributes, type SpanChange, spansOf, spanWith } from "../spans.ts";
import { decodeRequest, type Message, spansOf as decodedSpans } from "./otlp_decoder.ts";
import { encoded, RESOURCE, SCOPE } from "./spans.ts";

function realSpans(): SpanRecord[] {
  const cancelled = arrived();
  cancelled.cancelStage = "streaming";
  cancelled.parentSpanId = "b7ad6b7169203331";
  cancelled.traceState = "foo=1,bar=2";
  answeredCall(cancelled, "generate_stream");
  const failed = arrived();
  failed.errorType = "upstream_error";
  failed.errorMessage = "The provider said nö.";
  storeOperation(failed, "get");
  return [
    ...spansOf(end(cancelled, "cancelled", 499)),
    ...spansOf(end(failed, "error", 502)),
  ];
}

/** The same spans as the SDK holds them, for its own serialisers. */
function sdkSpans(
  spans: readonly SpanRecord[],
): Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0] {
  const resource = { attributes: RESOURCE, asyncAttributesPending: false };
  const hrTime = (ms: number) => {
    const nanos = BigInt(Math.floor(ms)) * 1_000_000n + BigInt(Math.round((ms - Math.floor(ms)) * 1e6));
    return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)];
  };
  return spans.map((span) => ({
    name: span.name,
    kind: span.kind - 1,
    spanContext: () => ({
      traceId: span.traceId,
      spanId: span.spanId,
      traceFlags: 1,
      ...(span.traceState === "" ? {} : { traceState: { serialize: () => span.traceState } }),
    }),
    ...(span.parentSpanId === "" ? {} : {
      parentSpanContext: { traceId: span.traceId, spanId: span.parentSpanId, isRemote: span.remoteParent },
    }),
    startTime: hrTime(span.start),
    endTime: hrTime(span.end),
    status: { code: span.status, ...(span.message === "" ? {} : { message: span.message }) },
    attributes: plainAttributes(span.attributes),
    events: span.events.map((event) => ({
      name: event.name,
      time: hrTime(event.at),
      attributes: plainAttributes(event.attributes),
    })),
    links: [],
    duration: [0, 0],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  })) as unknown as Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0];
}

/** Without what is absent by default: zeros, empty texts, lists and messages. */
function meaning(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(meaning);
  if (value === null || typeof value !== "object") return value;
  // The stock one does not know which facts are doubles: whole ones it writes as integers.
  if ("intValue" in value || "doubleValue" in value) return { number: Number(Object.values(value)[0]) };
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, it]) => [name, meaning(it)] as const)
      .filter(([name, it]) => !isDefault(name, it)),
  );
}

function isDefault(name: string, value: unknown): boolean {
  // A value of an attribute counts, whatever it is.
  if (name.endsWith("Value")) return false;
  if (value === 0 || value === "" || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

Deno.test("SpanEncoder means what the stock serialiser means", () => {
  const spans = realSpans();
  const ours = decodeRequest(encoded(spans));
  const stock = decodeRequest(ProtobufTraceSerializer.serializeRequest(sdkSpans(spans)) ?? new Uint8Array());
  assertEquals(meaning(ours), meaning(stock));
});

Deno.test("SpanEncoder writes no byte more than the stock serialiser", () => {
  const spans = realSpans();
  const stock = ProtobufTraceSerializer.serializeRequest(sdkSpans(spans)) ?? new Uint8Array();
  assertEquals(encoded(spans).length <= stock.length, true);
});

Deno.test("protobufToJson() means what the stock serialiser means", () => {
  const spans = realSpans();
  const text = (bytes: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(bytes));
  const ours = JSON.parse(protobufToJson(encoded(spans), OTLP_REQUESTS.traces));
  const stock = text(JsonTraceSerializer.serializeRequest(sdkSpans(spans)));
  // The stock one leaves flags to JSON and writes 64-bit attributes as numbers, which decoders take as well.
  const normalised = (value: unknown) =>
    meaning(
      JSON.parse(JSON.stringify(value, (name, it) =>
        name === "flags" || (name === "status" && it?.code === 0) ? undefined : it)),
    );
  assertEquals(normalised(ours), normalised(stock));
});

function roundTrip(change: SpanChange): Message {
  return decodedSpans(decodeRequest(encoded([spanWith(change)])))[0] ?? {};
}

Deno.test("SpanEncoder means what the stock serialiser means, on random records and under every profile", () => {
  const encoder = new SpanEncoder(new OtlpEnvelope(RESOURCE, SCOPE));
  fc.assert(fc.property(fc.array(exchanges, { minLength: 1, maxLength: 5 }), (list) => {
    const spans = list.flatMap((exchange) => spansOf(exchange, { profiles: PROFILES }));
    for (const span of spans) encoder.add(span);
    const stock = ProtobufTraceSerializer.serializeRequest(sdkSpans(spans)) ?? new Uint8Array();
    assertEquals(meaning(decodeRequest(encoder.take())), meaning(decodeRequest(stock)));
  }));
});

Deno.test("SpanEncoder keeps texts of any length and script", () => {
  fc.assert(fc.property(
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.string({ minLength: 100, maxLength: 200 }),
      fc.integer({ min: 0, max: 40_000 }).map((length) => "x".repeat(length)),
    ),
    (text) => {
      const span = roundTrip({
        name: text,
        attributes: { k: text, list: [text, "b"] },
      });
      assertEquals(span["name"], text);
      assertEquals(span["attributes"], [
        { key: "k", value: { stringValue: text } },
        { key: "list", value: { arrayValue: { values: [{ stringValue: text }, { stringValue: "b" }] } } },
      ]);
    },
  ));
});

Deno.test("SpanEncoder writes a lone surrogate as the replacement character", () => {
  assertEquals(roundTrip({ name: "a\ud800b" })["name"], "a\ufffdb");
});

Deno.test("SpanEncoder keeps numbers", () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -300, max: 300 }), fc.double()), (number) => {
      const [attribute] = roundTrip({
        attributes: { n: number },
      })["attributes"] as Message[];
      const value = attribute?.["value"] as Message;
      assertEquals(
        Number.isSafeInteger(number) ? Number(value["intValue"]) : value["doubleValue"],
        // A whole zero has no sign.
        Object.is(number, -0) ? 0 : number,
      );
    }),
  );
});

Deno.test("SpanEncoder writes a fact that is a double as one though it is whole", () => {
  const [attribute] = roundTrip({
    attributes: { "provider.ttfb_seconds": 1 },
  })["attributes"] as Message[];
  assertEquals(attribute?.["value"], { doubleValue: 1 });
});

Deno.test("SpanEncoder keeps times to the resolution of a number", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 4e12, noNaN: true }), (ms) => {
    const whole = Math.floor(ms);
    const expected = BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
    assertEquals(roundTrip({ start: ms })["startTimeUnixNano"], expected);
  }));
});

Deno.test("SpanEncoder keeps many large spans in one buffer", () => {
  const encoder = new SpanEncoder(new OtlpEnvelope(RESOURCE, SCOPE));
  const spans = Array.from(
    { length: 600 },
    (_, i) => spanWith({ name: `span ${i}`, attributes: { text: "y".repeat(i * 40) } }),
  );
  for (let round = 0; round < 2; round++) {
    for (const span of spans) encoder.add(span);
    assertEquals(
      decodedSpans(decodeRequest(encoder.take())).map((span) => span["name"]),
      spans.map((s) => s.name),
    );
  }
});

/** A span that needs two bytes for its length, as all real ones: a shorter one is moved, and not written over. */
const LONG = { name: "n".repeat(200) };

Deno.test("SpanEncoder writes what is as it was in the span before, whatever its length and that of its neighbours", () => {
  const value = fc.oneof(
    fc.constantFrom("a", "b", "é", "x".repeat(130), "y".repeat(20_000)),
    fc.constantFrom(0, 1, 300, 301, -1, 0.5, 0.25, true, 2 ** 40, null),
  );
  // Of a log line another key may come to a place.
  const key = fc.constantFrom("k0", "k1", "k2", "k3", "longer").map(attributeKey);
  const attributes = fc.uniqueArray(fc.tuple(key, value), { maxLength: 5, selector: ([{ name }]) => name });
  const step = fc.record({
    attributes,
    kind: fc.nat({ max: 1 }),
    /** Whether the encoder sees it: another may be the only one that does. */
    added: fc.boolean(),
    take: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 16 }), (steps) => {
      const encoder = new SpanEncoder(new OtlpEnvelope(RESOURCE, SCOPE));
      // Each kind of spans has attributes of its own, which are filled again and again.
      const kinds = [spanWith(LONG), spanWith(LONG)];
      let waiting: unknown[] = [];
      const check = () => {
        assertEquals(meaning(decodedSpans(decodeRequest(encoder.take()))), meaning(waiting));
        waiting = [];
      };
      for (const { attributes, kind, added, take } of steps) {
        const span = kinds[kind] as SpanRecord;
        span.attributes.clear();
        for (const [key, value] of attributes) span.attributes.add(key, value);
        if (added) {
          encoder.add(span);
          waiting.push(
            decodedSpans(
              decodeRequest(encoded([spanWith({ ...LONG, attributes: plainAttributes(span.attributes) })])),
            )[0],
          );
        }
        if (take) check();
      }
      check();
    }),
  );
});

Deno.test("SpanEncoder writes what stands before attributes, and behind them, as it is in each span", () => {
  const ids = ["b7ad6b7169203331", "00f067aa0ba902b7"];
  const frame = fc.record({
    first: fc.boolean(),
    traceId: fc.constantFrom("0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736"),
    spanId: fc.constantFrom(...ids),
    parentSpanId: fc.constantFrom("", ...ids),
    remoteParent: fc.boolean(),
    traceState: fc.constantFrom("", "", "foo=1"),
    name: fc.constantFrom("n".repeat(200), "m".repeat(200), "n", "nö"),
    kind: fc.constantFrom(SpanKind.Server, SpanKind.Client),
    start: fc.double({ min: 1.7e12, max: 1.9e12, noNaN: true }),
    end: fc.double({ min: 1.7e12, max: 1.9e12, noNaN: true }),
    droppedAttributes: fc.constantFrom(0, 0, 3),
    events: fc.constantFrom([], [], [{ name: "e", at: 1.8e12, attributes: attributesWith({ stage: "s" }) }]),
    status: fc.constantFrom(SpanStatus.Unset, SpanStatus.Unset, SpanStatus.Error),
    message: fc.constantFrom("", "wrong"),
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(frame, fc.nat({ max: 1 }), fc.nat({ max: 2 })), { maxLength: 16 }),
      (steps) => {
        const encoder = new SpanEncoder(new OtlpEnvelope(RESOURCE, SCOPE));
        const kinds = [spanWith({}), spanWith({})];
        const alone: unknown[] = [];
        for (const [frame, kind, value] of steps) {
          const span = Object.assign(kinds[kind] as SpanRecord, frame);
          const told = { id: `${value}`, number: value * 100, text: "x".repeat(100 * value) };
          span.attributes.clear();
          for (const [name, value] of Object.entries(told)) span.attributes.add(attributeKey(name), value);
          encoder.add(span);
          alone.push(...decodedSpans(decodeRequest(encoded([spanWith({ ...frame, attributes: told })]))));
        }
        assertEquals(meaning(decodedSpans(decodeRequest(encoder.take()))), meaning(alone));
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("requests' spans are what they are by themselves, whichever came before them", () => {
  const limits = fc.record({
    maxAttributes: fc.constantFrom(128, 128, 7, 0),
    maxLength: fc.constantFrom(Infinity, 3),
  });
  fc.assert(
    fc.property(fc.array(exchanges, { maxLength: 8 }), limits, (requests, limits) => {
      const encoder = new SpanEncoder(new OtlpEnvelope(RESOURCE, SCOPE));
      const options = { profiles: PROFILES, ...limits };
      const projection = new SpanProjection(options, [encoder]);
      const alone = requests.flatMap((exchange) => {
        projection.project(exchange);
        const other = new SpanEncoder(new OtlpEnvelope(RESOURCE, SCOPE));
        new SpanProjection(options, [other]).project(exchange);
        return decodedSpans(decodeRequest(other.take()));
      });
      assertEquals(meaning(decodedSpans(decodeRequest(encoder.take()))), meaning(alone));
    }),
    { numRuns: 200 },
  );
});

Deno.test("SpanEncoder writes another key that comes to a place, though its value takes as many bytes", () => {
  const encoder = new SpanEncoder(new OtlpEnvelope(RESOURCE, SCOPE));
  const span = spanWith(LONG);
  const [input, output, cached] = ["input", "output", "cached"].map(attributeKey);
  const fillings = [[[output, 5], [cached, 0]], [[input, 7], [output, 5]], [[cached, 0]]] as const;
  for (const filling of fillings) {
    span.attributes.clear();
    for (const [key, value] of filling) if (key !== undefined) span.attributes.add(key, value);
    encoder.add(span);
  }
  const told = decodedSpans(decodeRequest(encoder.take())).map(({ attributes }) =>
    (attributes as Message[]).map(({ key }) => key)
  );
  assertEquals(told, [["output", "cached"], ["input", "output"], ["cached"]]);
});
