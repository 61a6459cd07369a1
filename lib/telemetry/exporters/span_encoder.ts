import { type SpanEvent, type SpanRecord, SpanStatus } from "../projections/span.ts";
import { AttributeBlocks } from "./attribute_block.ts";
import { BatchBuffer } from "./batch_buffer.ts";
import type { BatchEncoder } from "./batch_encoder.ts";
import { writeAttributes } from "./otlp_attributes.ts";
import { type OtlpEnvelope, RECORD } from "./otlp_envelope.ts";

/** `Span.flags`: the low byte is the trace's, the next two bits say whether the parent is remote. */
const FLAG_SAMPLED = 0x01;
const FLAG_HAS_IS_REMOTE = 0x100;
const FLAG_IS_REMOTE = 0x200;

/** Bytes of a trace's id as a field, and of a span's from its length on. */
const TRACE_ID = 18;
const SPAN_ID = 9;

/** Bytes of a span's length: one span in a thousand is longer than 16 KiB. */
const LENGTH = 2;

/**
 * Spans as OTLP's `ExportTraceServiceRequest`.
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/trace/v1/trace.proto
 */
export class SpanEncoder implements BatchEncoder<SpanRecord> {
  readonly #batch: BatchBuffer;
  readonly #blocks = new AttributeBlocks();
  /** Ids of the last span and where they stand: V8 takes longer for a digit of a text than for a byte. */
  #traceId = "";
  #traceAt = 0;
  #spanId = "";
  #idAt = 0;

  constructor(envelope: OtlpEnvelope) {
    this.#batch = new BatchBuffer(envelope);
  }

  add(span: SpanRecord): void {
    const { writer } = this.#batch;
    const start = writer.begin(RECORD, LENGTH);
    const { traceId, spanId, parentSpanId } = span;
    const known = !span.first && traceId === this.#traceId;
    const traceAt = writer.length;
    if (known) writer.copy(this.#traceAt, this.#traceAt + TRACE_ID);
    else {
      writer.hex(1, traceId);
      this.#traceId = traceId;
    }
    this.#traceAt = traceAt;
    const idAt = writer.length + 1;
    writer.hex(2, spanId);
    if (span.traceState !== "") writer.string(3, span.traceState);
    // Most spans are children of the one before them.
    if (known && parentSpanId === this.#spanId) writer.again(4, this.#idAt, SPAN_ID);
    else if (parentSpanId !== "") writer.hex(4, parentSpanId);
    this.#spanId = spanId;
    this.#idAt = idAt;
    writer.string(5, span.name);
    writer.uint(6, span.kind);
    writer.unixNanos(7, span.start);
    writer.unixNanos(8, span.end);
    this.#blocks.write(writer, 9, span.attributes);
    if (span.droppedAttributes > 0) writer.uint(10, span.droppedAttributes);
    for (const event of span.events) this.#event(event);
    if (span.status !== SpanStatus.Unset) {
      const status = writer.begin(15);
      if (span.message !== "") writer.string(2, span.message);
      writer.uint(3, span.status);
      writer.end(status);
    }
    writer.fixed32(16, FLAG_SAMPLED | FLAG_HAS_IS_REMOTE | (span.remoteParent ? FLAG_IS_REMOTE : 0));
    if (writer.end(start, LENGTH)) this.#reset();
  }

  take(): Uint8Array<ArrayBuffer> {
    this.#reset();
    return this.#batch.take();
  }

  release(batch: Uint8Array<ArrayBuffer>): void {
    this.#batch.release(batch);
  }

  #reset(): void {
    this.#blocks.reset();
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
