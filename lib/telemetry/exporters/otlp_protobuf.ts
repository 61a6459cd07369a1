/**
 * Spans as OTLP's `ExportTraceServiceRequest` in protocol buffers.
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/trace/v1/trace.proto
 */
import { isDouble } from "../names/attributes.ts";
import type { Attributes, AttributeValue, SpanEvent, SpanRecord } from "../projections/span.ts";
import { SpanStatus } from "../projections/span.ts";
import type { Resource, Scope } from "./exporter.ts";
import { ProtoWriter } from "./proto_writer.ts";

/** `Span.flags`: the low byte is the trace's, the next two bits say whether the parent is remote. */
const FLAG_SAMPLED = 0x01;
const FLAG_HAS_IS_REMOTE = 0x100;
const FLAG_IS_REMOTE = 0x200;

/** Bytes of a span's length: one span in a thousand is longer than 16 KiB. */
const SPAN_LENGTH = 2;

/** An attribute's key as a field of `KeyValue`, and how its numbers are written. */
interface EncodedKey {
  readonly field: Uint8Array;
  readonly double: boolean;
}

/** Encodes batches; keeps the encoded keys and its buffer. */
export class OtlpProtobufEncoder {
  readonly contentType = "application/x-protobuf";
  readonly #writer = new ProtoWriter();
  readonly #keys = new Map<string, EncodedKey>();
  /** `ResourceSpans.resource` and `ScopeSpans.scope`, which are the same for all. */
  readonly #resource: Uint8Array;
  readonly #scope: Uint8Array;

  constructor(resource: Resource, scope: Scope) {
    this.#resource = this.#encodedResource(resource);
    this.#scope = this.#encodedScope(scope);
  }

  encode(spans: readonly SpanRecord[]): Uint8Array<ArrayBuffer> {
    const writer = this.#writer;
    writer.reset();
    const resourceSpans = writer.begin(1);
    writer.raw(this.#resource);
    const scopeSpans = writer.begin(2);
    writer.raw(this.#scope);
    for (const span of spans) this.#span(span);
    writer.end(scopeSpans);
    writer.end(resourceSpans);
    return writer.finish();
  }

  #span(span: SpanRecord): void {
    const writer = this.#writer;
    const start = writer.begin(2, SPAN_LENGTH);
    writer.hex(1, span.traceId);
    writer.hex(2, span.spanId);
    if (span.traceState !== "") writer.string(3, span.traceState);
    if (span.parentSpanId !== "") writer.hex(4, span.parentSpanId);
    writer.string(5, span.name);
    writer.uint(6, span.kind);
    writer.unixNanos(7, span.start);
    writer.unixNanos(8, span.end);
    this.#attributes(9, span.attributes);
    if (span.droppedAttributes > 0) writer.uint(10, span.droppedAttributes);
    for (const event of span.events) this.#event(event);
    if (span.status !== SpanStatus.Unset) {
      const status = writer.begin(15);
      if (span.message !== "") writer.string(2, span.message);
      writer.uint(3, span.status);
      writer.end(status);
    }
    writer.fixed32(16, FLAG_SAMPLED | FLAG_HAS_IS_REMOTE | (span.remoteParent ? FLAG_IS_REMOTE : 0));
    writer.end(start, SPAN_LENGTH);
  }

  #event(event: SpanEvent): void {
    const writer = this.#writer;
    const start = writer.begin(11);
    writer.unixNanos(1, event.at);
    writer.string(2, event.name);
    this.#attributes(3, event.attributes);
    writer.end(start);
  }

  #attributes(field: number, attributes: Attributes): void {
    const { names, values } = attributes;
    for (let i = 0; i < names.length; i++) {
      this.#keyValue(field, names[i] as string, values[i] as AttributeValue);
    }
  }

  #keyValue(field: number, name: string, value: AttributeValue): void {
    const writer = this.#writer;
    const key = this.#keys.get(name) ?? this.#encodeKey(name);
    const start = writer.begin(field);
    writer.raw(key.field);
    const any = writer.begin(2);
    if (typeof value === "string") writer.string(1, value);
    else if (typeof value === "boolean") writer.bool(2, value);
    else if (typeof value === "number") {
      if (key.double || !Number.isSafeInteger(value)) writer.double(4, value);
      else writer.int64(3, value);
    } else this.#strings(value);
    writer.end(any);
    writer.end(start);
  }

  #strings(values: readonly string[]): void {
    const writer = this.#writer;
    const array = writer.begin(5);
    for (const value of values) {
      const any = writer.begin(1);
      writer.string(1, value);
      writer.end(any);
    }
    writer.end(array);
  }

  #encodeKey(name: string): EncodedKey {
    const writer = new ProtoWriter(256);
    writer.string(1, name);
    const key = { field: writer.finish(), double: isDouble(name) };
    // Names come from a table and, bounded too, from the configuration.
    this.#keys.set(name, key);
    return key;
  }

  #encodedResource(resource: Resource): Uint8Array {
    const writer = this.#writer;
    writer.reset();
    const start = writer.begin(1);
    this.#attributes(1, { names: Object.keys(resource), values: Object.values(resource) });
    writer.end(start);
    return writer.finish();
  }

  #encodedScope(scope: Scope): Uint8Array {
    const writer = this.#writer;
    writer.reset();
    const start = writer.begin(1);
    writer.string(1, scope.name);
    writer.string(2, scope.version);
    writer.end(start);
    return writer.finish();
  }
}
