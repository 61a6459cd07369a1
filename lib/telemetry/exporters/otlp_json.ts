/**
 * OTLP in JSON, made from the same message in protocol buffers: one encoder a signal, and no second one that
 * could say something else.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import type { FieldType, MessageType, ScalarType } from "./otlp_schema.ts";

const decoder = new TextDecoder();

/** @throws {Error} on a field that the schema does not know. */
export function protobufToJson(bytes: Uint8Array, type: MessageType): string {
  return JSON.stringify(new Reader(bytes).message(bytes.length, type));
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(end: number, type: MessageType): Record<string, unknown> {
    const fields = type();
    const message: Record<string, unknown> = {};
    while (this.#at < end) {
      const number = this.#varint() >>> 3;
      const field = fields[number];
      if (field === undefined) throw new Error(`Cannot write field ${number} in JSON: the schema lacks it`);
      const value = this.#value(field.type);
      if (!field.repeated) message[field.name] = value;
      else if (Array.isArray(message[field.name])) (message[field.name] as unknown[]).push(value);
      else message[field.name] = [value];
    }
    return message;
  }

  #value(type: FieldType): unknown {
    if (typeof type !== "function") return this.#scalars[type]();
    const length = this.#varint();
    return this.message(this.#at + length, type);
  }

  /** 64-bit numbers are texts in protocol buffers' JSON. */
  readonly #scalars: Readonly<Record<ScalarType, () => unknown>> = {
    string: () => decoder.decode(this.#take()),
    id: () => hex(this.#take()),
    bool: () => this.#varint() !== 0,
    number: () => this.#varint(),
    int64: () => this.#int64(),
    double: () => number(this.#view.getFloat64(this.#skip(8), true)),
    fixed32: () => this.#view.getUint32(this.#skip(4), true),
    fixed64: () => `${this.#view.getBigUint64(this.#skip(8), true)}`,
    doubles: () => this.#packed(() => number(this.#view.getFloat64(this.#skip(8), true))),
    fixed64s: () => this.#packed(() => `${this.#view.getBigUint64(this.#skip(8), true)}`),
  };

  #packed(read: () => unknown): unknown[] {
    const values: unknown[] = [];
    const length = this.#varint();
    for (const end = this.#at + length; this.#at < end;) values.push(read());
    return values;
  }

  #take(): Uint8Array {
    const length = this.#varint();
    const from = this.#skip(length);
    return this.#bytes.subarray(from, from + length);
  }

  /** @returns where it was before. */
  #skip(length: number): number {
    const from = this.#at;
    this.#at += length;
    return from;
  }

  /** What a number holds exactly: tags, lengths, counts, enumerations. */
  #varint(): number {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  #int64(): string {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return `${BigInt.asIntN(64, value)}`;
    }
  }
}

function hex(bytes: Uint8Array): string {
  let digits = "";
  for (const byte of bytes) digits += (byte < 16 ? "0" : "") + byte.toString(16);
  return digits;
}

/** JSON has no word for these; protocol buffers' JSON has. */
function number(value: number): number | string {
  return Number.isFinite(value) ? value : `${value}`;
}
