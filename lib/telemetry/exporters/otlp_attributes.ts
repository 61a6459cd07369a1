import type { AttributeKey } from "../names/attribute_key.ts";
import { attributeKey } from "../names/attribute_key.ts";
import type { Attributes, AttributeValue } from "../projections/attributes.ts";
import { ProtoWriter, shortIntSize } from "./proto_writer.ts";

/** Keys as fields of `KeyValue`, by the keys' numbers. The same bytes wherever they are written. */
const KEY_FIELDS: Uint8Array[] = [];

/** Writes attributes as repeated `KeyValue`s. */
export function writeAttributes(writer: ProtoWriter, field: number, attributes: Attributes): void {
  for (let i = 0; i < attributes.count; i++) {
    writeAttribute(writer, field, attributes.keys[i] as AttributeKey, attributes.valueAt(i));
  }
}

/**
 * How an attribute stands there: whether another value can be written over its own. From 1 to 4: the bytes of a whole
 * number; from {@linkcode TEXT} on: the characters of a text.
 */
export type AttributeForm = number;

export const UNALTERABLE = 0;
const DOUBLE = 5;
const TEXT = 6;

/** Writes one `KeyValue` whose name is known beforehand; nothing where it has no value. */
export function writeAttribute(
  writer: ProtoWriter,
  field: number,
  key: AttributeKey,
  value: AttributeValue | null,
): AttributeForm {
  if (value === null) return UNALTERABLE;
  const encoded = KEY_FIELDS[key.id] ?? keyField(key);
  if (typeof value === "string") {
    if (writer.shortText(field, encoded, value)) return TEXT + value.length;
  } else if (typeof value === "number") {
    if (key.double || !Number.isInteger(value)) {
      if (writer.shortDouble(field, encoded, value)) return DOUBLE;
    } else if (writer.shortInt(field, encoded, value)) return shortIntSize(value);
  }
  const start = writer.begin(field);
  writer.raw(encoded);
  writeValue(writer, 2, value, key.double);
  writer.end(start);
  return UNALTERABLE;
}

/**
 * Writes the value at a place over that of an attribute that ends at `end`, where it takes as many bytes.
 * @returns false where it does not fit: what stands there then is to be written anew.
 */
export function overwriteAttribute(
  writer: ProtoWriter,
  end: number,
  form: AttributeForm,
  attributes: Attributes,
  place: number,
): boolean {
  const number = attributes.numbers[place] as number;
  if (!Number.isNaN(number)) {
    return overwriteNumber(writer, end, form, attributes.keys[place] as AttributeKey, number);
  }
  const value = attributes.values[place];
  if (typeof value !== "string" || form !== TEXT + value.length) return false;
  const at = attributes.bytesAt[place] as number;
  if (at < 0) return writer.patchText(end, value);
  writer.patchBytes(end - value.length, attributes.bytes, at, value.length);
  return true;
}

function overwriteNumber(
  writer: ProtoWriter,
  end: number,
  form: AttributeForm,
  key: AttributeKey,
  number: number,
): boolean {
  if (key.double || !Number.isInteger(number)) {
    if (form !== DOUBLE) return false;
    writer.patchDouble(end, number);
    return true;
  }
  if (form === UNALTERABLE || shortIntSize(number) !== form) return false;
  writer.patchInt(end, number, form);
  return true;
}

/** Writes attributes whose names are known beforehand from an object. */
export function writeRecord(
  writer: ProtoWriter,
  field: number,
  record: Readonly<Record<string, AttributeValue>>,
): void {
  for (const [name, value] of Object.entries(record)) {
    writeAttribute(writer, field, attributeKey(name), value);
  }
}

/** Writes an `AnyValue`. */
export function writeValue(
  writer: ProtoWriter,
  field: number,
  value: AttributeValue | null | undefined,
  double = false,
): void {
  const start = writer.begin(field);
  if (typeof value === "string") writer.string(1, value);
  else if (typeof value === "boolean") writer.bool(2, value);
  else if (typeof value === "number") {
    if (double || !Number.isSafeInteger(value)) writer.double(4, value);
    else writer.int64(3, value);
  } else if (isList(value)) {
    const list = writer.begin(5);
    for (const item of value) writeValue(writer, 1, item);
    writer.end(list);
  } else if (value !== null && value !== undefined) {
    const list = writer.begin(6);
    for (const [name, item] of Object.entries(value)) {
      const pair = writer.begin(1);
      writer.string(1, name);
      writeValue(writer, 2, item);
      writer.end(pair);
    }
    writer.end(list);
  }
  writer.end(start);
}

/** `Array.isArray` does not narrow a read-only list. */
function isList(value: AttributeValue | null | undefined): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

function keyField(key: AttributeKey): Uint8Array {
  const writer = new ProtoWriter(256);
  writer.string(1, key.name);
  return KEY_FIELDS[key.id] = writer.finish();
}
