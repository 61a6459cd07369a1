import type { Level } from "../names/log_fields.ts";
import type { Attributes } from "../projections/attributes.ts";
import type { LogRecord } from "../projections/log_record.ts";
import { AttributeBlock } from "./attribute_block.ts";
import { BatchBuffer } from "./batch_buffer.ts";
import type { BatchEncoder } from "./batch_encoder.ts";
import { writeValue } from "./otlp_attributes.ts";
import { type OtlpEnvelope, RECORD } from "./otlp_envelope.ts";

/** @see https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const SEVERITY_NUMBERS: Readonly<Record<Level, number>> = {
  DEBUG: 5,
  INFO: 9,
  WARNING: 13,
  ERROR: 17,
  CRITICAL: 21,
};

const FLAG_SAMPLED = 0x01;

/** Bytes of a record's length: lines are longer than 127 bytes and shorter than 16 KiB. */
const LENGTH = 2;

/**
 * Log lines as OTLP's `ExportLogsServiceRequest`.
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/logs/v1/logs.proto
 */
export class LogEncoder implements BatchEncoder<LogRecord> {
  readonly #batch: BatchBuffer;
  readonly #attributes = new AttributeBlock();

  constructor(envelope: OtlpEnvelope) {
    this.#batch = new BatchBuffer(envelope);
  }

  add(record: LogRecord): void {
    const { writer } = this.#batch;
    const start = writer.begin(RECORD, LENGTH);
    writer.unixNanos(1, record.time);
    writer.uint(2, SEVERITY_NUMBERS[record.level]);
    writer.string(3, record.level);
    writeValue(writer, 5, record.body);
    this.#write(record.attributes);
    if (record.traceId !== "") {
      writer.fixed32(8, record.sampled ? FLAG_SAMPLED : 0);
      writer.hex(9, record.traceId);
      writer.hex(10, record.spanId);
    }
    writer.unixNanos(11, record.time);
    if (record.event !== "") writer.string(12, record.event);
    if (writer.end(start, LENGTH)) this.#attributes.forget();
  }

  take(): Uint8Array<ArrayBuffer> {
    this.#attributes.forget();
    return this.#batch.take();
  }

  release(batch: Uint8Array<ArrayBuffer>): void {
    this.#batch.release(batch);
  }

  #write(attributes: Attributes): void {
    const { writer } = this.#batch;
    if (!this.#attributes.precedes(attributes)) return this.#attributes.write(writer, 6, attributes);
    this.#attributes.copy(writer);
    this.#attributes.alter(writer, 6, attributes);
  }
}
