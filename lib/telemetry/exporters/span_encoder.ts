import type { Attributes } from "../projections/attributes.ts";
import { type SpanEvent, SpanKind, type SpanRecord, SpanStatus } from "../projections/span.ts";
import { AttributeBlock } from "./attribute_block.ts";
import { BatchBuffer } from "./batch_buffer.ts";
import type { BatchEncoder } from "./batch_encoder.ts";
import { writeAttributes } from "./otlp_attributes.ts";
import { type OtlpEnvelope, RECORD } from "./otlp_envelope.ts";

/** `Span.flags`: the low byte is the trace's, the next two bits say whether the parent is remote. */
const FLAG_SAMPLED = 0x01;
const FLAG_HAS_IS_REMOTE = 0x100;
const FLAG_IS_REMOTE = 0x200;

/** Bytes of a span's length: one span in a thousand is longer than 16 KiB. */
const LENGTH = 2;

/** Where ids stand in a span without a `tracestate`, from where its fields begin. */
const TRACE_ID = 2;
const SPAN_ID = TRACE_ID + 16 + 2;
const PARENT_ID = SPAN_ID + 8 + 2;
/** Bytes from the beginning of one of two times to the next. */
const TIME = 9;

/** More than there are kinds of spans. */
const MAX_KINDS = 64;

/** The last span of a kind, for the next one: what stands before the attributes is the same but for ids and times. */
interface Kind {
  readonly attributes: AttributeBlock;
  /** Which buffer it stands in; -1: in none. */
  round: number;
  /** Where it begins, and its fields. */
  start: number;
  fields: number;
  /** Where its first time stands, from its fields' beginning on. */
  times: number;
  name: string;
  kind: SpanKind;
  child: boolean;
  remoteParent: boolean;
}

/**
 * Spans as OTLP's `ExportTraceServiceRequest`.
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/trace/v1/trace.proto
 */
export class SpanEncoder implements BatchEncoder<SpanRecord> {
  readonly #batch: BatchBuffer;
  readonly #kinds = new Map<Attributes, Kind>();
  #round = 0;
  /** Ids of the last span and where they stand: V8 takes longer for a digit of a text than for a byte. */
  #traceId = "";
  #traceAt = 0;
  #spanId = "";
  #idAt = 0;

  constructor(envelope: OtlpEnvelope) {
    this.#batch = new BatchBuffer(envelope);
  }

  add(span: SpanRecord): void {
    const kind = this.#kinds.get(span.attributes) ?? this.#newKind(span.attributes);
    const { writer } = this.#batch;
    const start = writer.length;
    const fields = kind.round === this.#round && precedes(kind, span)
      ? this.#again(kind, span)
      : this.#anew(kind, span);
    kind.start = start;
    kind.fields = fields;
    this.#traceId = span.traceId;
    this.#spanId = span.spanId;
    if (span.droppedAttributes > 0) writer.uint(10, span.droppedAttributes);
    for (const event of span.events) this.#event(event);
    if (span.status !== SpanStatus.Unset) {
      const status = writer.begin(15);
      if (span.message !== "") writer.string(2, span.message);
      writer.uint(3, span.status);
      writer.end(status);
    }
    if (writer.end(fields, LENGTH)) this.#reset();
  }

  take(): Uint8Array<ArrayBuffer> {
    this.#reset();
    return this.#batch.take();
  }

  release(batch: Uint8Array<ArrayBuffer>): void {
    this.#batch.release(batch);
  }

  /** Copies the last one of its kind as far as its attributes go, and changes what is another. */
  #again(kind: Kind, span: SpanRecord): number {
    const { writer } = this.#batch;
    const { attributes } = kind;
    const { traceId, spanId, parentSpanId } = span;
    const { bytes } = span.attributes;
    const fields = writer.length + kind.fields - kind.start;
    writer.copy(kind.start, attributes.end);
    const known = !span.first && traceId === this.#traceId;
    const traceAt = fields + TRACE_ID;
    const idAt = fields + SPAN_ID;
    if (known) writer.patchCopy(traceAt, this.#traceAt, 16);
    else if (span.traceIdAt < 0) writer.patchHex(traceAt, traceId);
    else writer.patchHexBytes(traceAt, bytes, span.traceIdAt, 32);
    if (span.spanIdAt < 0) writer.patchHex(idAt, spanId);
    else writer.patchHexBytes(idAt, bytes, span.spanIdAt, 16);
    // Most spans are children of the one before them.
    if (known && parentSpanId === this.#spanId) writer.patchCopy(fields + PARENT_ID, this.#idAt, 8);
    else if (kind.child) writer.patchHex(fields + PARENT_ID, parentSpanId);
    this.#traceAt = traceAt;
    this.#idAt = idAt;
    const times = fields + kind.times;
    writer.patchUnixNanos(times, span.start);
    writer.patchUnixNanos(times + TIME, span.end);
    attributes.alter(writer, 9, span.attributes);
    return fields;
  }

  #anew(kind: Kind, span: SpanRecord): number {
    const { writer } = this.#batch;
    const fields = writer.begin(RECORD, LENGTH);
    this.#traceAt = fields + TRACE_ID;
    this.#idAt = fields + SPAN_ID;
    writer.hex(1, span.traceId);
    writer.hex(2, span.spanId);
    kind.child = span.parentSpanId !== "";
    if (kind.child) writer.hex(4, span.parentSpanId);
    if (span.traceState !== "") writer.string(3, span.traceState);
    writer.string(5, span.name);
    writer.uint(6, span.kind);
    writer.fixed32(16, FLAG_SAMPLED | FLAG_HAS_IS_REMOTE | (span.remoteParent ? FLAG_IS_REMOTE : 0));
    kind.times = writer.length + 1 - fields;
    writer.unixNanos(7, span.start);
    writer.unixNanos(8, span.end);
    kind.name = span.name;
    kind.kind = span.kind;
    kind.remoteParent = span.remoteParent;
    kind.round = span.traceState === "" ? this.#round : -1;
    kind.attributes.write(writer, 9, span.attributes);
    return fields;
  }

  #newKind(attributes: Attributes): Kind {
    // Another configuration makes others.
    if (this.#kinds.size >= MAX_KINDS) this.#kinds.clear();
    const kind: Kind = {
      attributes: new AttributeBlock(),
      round: -1,
      start: 0,
      fields: 0,
      times: 0,
      name: "",
      kind: SpanKind.Internal,
      child: false,
      remoteParent: false,
    };
    this.#kinds.set(attributes, kind);
    return kind;
  }

  /** The buffer was emptied, or what is in it was moved: nothing stands where it did. */
  #reset(): void {
    this.#round++;
    this.#traceId = "";
  }

  #event(event: SpanEvent): void {
    const { writer } = this.#batch;
    const start = writer.begin(11);
    writer.unixNanos(1, event.at);
    writer.string(2, event.name);
    writeAttributes(writer, 3, event.attributes);
    writer.end(start);
  }
}

/** Whether a span can be made of the last one of its kind. */
function precedes(kind: Kind, span: SpanRecord): boolean {
  return kind.name === span.name && kind.kind === span.kind && kind.child === (span.parentSpanId !== "") &&
    kind.remoteParent === span.remoteParent && span.traceState === "" &&
    kind.attributes.precedes(span.attributes);
}
