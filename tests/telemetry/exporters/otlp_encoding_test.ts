import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { OtlpJsonEncoder } from "../../../lib/telemetry/exporters/otlp_json.ts";
import { OtlpProtobufEncoder } from "../../../lib/telemetry/exporters/otlp_protobuf.ts";
import { DEFAULT_PROFILES } from "../../../lib/telemetry/names/profiles.ts";
import { SpanKind, type SpanRecord, SpanStatus } from "../../../lib/telemetry/projections/span.ts";
import { SpanProjection } from "../../../lib/telemetry/projections/spans.ts";
import { answeredCall, arrived, end, storeOperation } from "../exchanges.ts";
import { decodeRequest, type Message, spansOf } from "./otlp_decoder.ts";

const RESOURCE = { "service.name": "llm-gateway", "service.version": "0.1.0" };
const SCOPE = { name: "llm-gateway", version: "0.1.0" };

function realSpans(): SpanRecord[] {
  const projection = new SpanProjection({
    profiles: DEFAULT_PROFILES,
    maxAttributes: 128,
    maxLength: Infinity,
  });
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
    ...projection.spans(end(cancelled, "cancelled", 499)),
    ...projection.spans(end(failed, "error", 502)),
  ];
}

/** The same spans as the SDK holds them, for its own serialisers. */
function sdkSpans(
  spans: readonly SpanRecord[],
): Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0] {
  const resource = { attributes: RESOURCE, asyncAttributesPending: false };
  const hrTime = (ms: number) => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
  const object = (span: SpanRecord["attributes"]) =>
    Object.fromEntries(span.names.map((name, place) => [name, span.values[place]]));
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
    attributes: object(span.attributes),
    events: span.events.map((event) => ({
      name: event.name,
      time: hrTime(event.at),
      attributes: object(event.attributes),
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

Deno.test("OtlpProtobufEncoder means what the stock serialiser means", () => {
  const spans = realSpans();
  const ours = decodeRequest(new OtlpProtobufEncoder(RESOURCE, SCOPE).encode(spans));
  const stock = decodeRequest(ProtobufTraceSerializer.serializeRequest(sdkSpans(spans)) ?? new Uint8Array());
  assertEquals(meaning(ours), meaning(stock));
});

Deno.test("OtlpProtobufEncoder writes no byte more than the stock serialiser", () => {
  const spans = realSpans();
  const stock = ProtobufTraceSerializer.serializeRequest(sdkSpans(spans)) ?? new Uint8Array();
  assertEquals(new OtlpProtobufEncoder(RESOURCE, SCOPE).encode(spans).length <= stock.length, true);
});

Deno.test("OtlpJsonEncoder means what the stock serialiser means", () => {
  const spans = realSpans();
  const text = (bytes: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(bytes));
  const ours = text(new OtlpJsonEncoder(RESOURCE, SCOPE).encode(spans));
  const stock = text(JsonTraceSerializer.serializeRequest(sdkSpans(spans)));
  // The stock one leaves flags to JSON and writes 64-bit attributes as numbers, which decoders take as well.
  const normalised = (value: unknown) =>
    meaning(
      JSON.parse(JSON.stringify(value, (name, it) =>
        name === "flags" || (name === "status" && it?.code === 0)
          ? undefined
          : name === "intValue"
          ? Number(it)
          : it)),
    );
  assertEquals(normalised(ours), normalised(stock));
});

function spanWith(change: Partial<SpanRecord>): SpanRecord {
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    parentSpanId: "",
    remoteParent: false,
    traceState: "",
    name: "n",
    kind: SpanKind.Internal,
    start: 0,
    end: 0,
    attributes: { names: [], values: [] },
    droppedAttributes: 0,
    events: [],
    status: SpanStatus.Unset,
    message: "",
    ...change,
  };
}

function roundTrip(change: Partial<SpanRecord>): Message {
  const bytes = new OtlpProtobufEncoder(RESOURCE, SCOPE).encode([spanWith(change)]);
  return spansOf(decodeRequest(bytes))[0] ?? {};
}

Deno.test("OtlpProtobufEncoder keeps texts of any length and script", () => {
  fc.assert(fc.property(
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.string({ minLength: 100, maxLength: 200 }),
      fc.integer({ min: 0, max: 40_000 }).map((length) => "x".repeat(length)),
    ),
    (text) => {
      const span = roundTrip({
        name: text,
        attributes: { names: ["k", "list"], values: [text, [text, "b"]] },
      });
      assertEquals(span["name"], text);
      assertEquals(span["attributes"], [
        { key: "k", value: { stringValue: text } },
        { key: "list", value: { arrayValue: { values: [{ stringValue: text }, { stringValue: "b" }] } } },
      ]);
    },
  ));
});

Deno.test("OtlpProtobufEncoder writes a lone surrogate as the replacement character", () => {
  assertEquals(roundTrip({ name: "a\ud800b" })["name"], "a\ufffdb");
});

Deno.test("OtlpProtobufEncoder keeps numbers", () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -300, max: 300 }), fc.double()), (number) => {
      const [attribute] = roundTrip({
        attributes: { names: ["n"], values: [number] },
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

Deno.test("OtlpProtobufEncoder writes a fact that is a double as one though it is whole", () => {
  const [attribute] = roundTrip({
    attributes: { names: ["provider.ttfb_seconds"], values: [1] },
  })["attributes"] as Message[];
  assertEquals(attribute?.["value"], { doubleValue: 1 });
});

Deno.test("OtlpProtobufEncoder keeps times to the resolution of a number", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 4e12, noNaN: true }), (ms) => {
    const whole = Math.floor(ms);
    const expected = BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
    assertEquals(roundTrip({ start: ms })["startTimeUnixNano"], expected);
  }));
});

Deno.test("OtlpProtobufEncoder keeps many large spans in one buffer", () => {
  const encoder = new OtlpProtobufEncoder(RESOURCE, SCOPE);
  const spans = Array.from(
    { length: 600 },
    (_, i) => spanWith({ name: `span ${i}`, attributes: { names: ["text"], values: ["y".repeat(i * 40)] } }),
  );
  for (let round = 0; round < 2; round++) {
    assertEquals(
      spansOf(decodeRequest(encoder.encode(spans))).map((span) => span["name"]),
      spans.map((s) => s.name),
    );
  }
});
