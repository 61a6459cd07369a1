import { FEW_BYTES, writeAscii } from "../projections/write_ascii.ts";

const encoder = new TextEncoder();

/** Wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const TWO_32 = 4294967296;

/**
 * Writes the protocol buffers wire format into one growing buffer. Text and keys of attributes are by far the
 * most of a span, so those have paths of their own: ASCII is copied without an encoder, and keys come encoded.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class ProtoWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  /** The same memory, for numbers of several bytes. */
  #view: DataView;
  #at = 0;
  #second = NaN;
  #secondLow = 0;
  #secondHigh = 0;

  constructor(capacity = 64 * 1024) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#at;
  }

  /** What was written, as long as nothing else is. */
  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at);
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }

  /** Takes back what was written from this place on. */
  truncate(length: number): void {
    this.#at = length;
  }

  /** Leaves room for what is written later. */
  skip(count: number): void {
    this.#room(count);
    this.#at += count;
  }

  /** Gives away its buffer as far as it is written, and goes on in another from the beginning. */
  handOver(next: Uint8Array<ArrayBuffer> | null): Uint8Array<ArrayBuffer> {
    const written = this.written();
    this.#goOnIn(next ?? new Uint8Array(this.#bytes.length));
    this.#at = 0;
    return written;
  }

  /** A field of a non-negative whole number or an enumeration. */
  uint(field: number, value: number): void {
    this.#room(16);
    this.#varint(field << 3 | VARINT);
    this.#varint(value);
  }

  /** A field of type `int64`, which may be negative. */
  int64(field: number, value: number): void {
    this.#room(16);
    this.#varint(field << 3 | VARINT);
    if (value >= 0) return this.#varint(value);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) this.#byte(Number(rest & 127n) | 128);
    this.#byte(Number(rest));
  }

  bool(field: number, value: boolean): void {
    this.uint(field, value ? 1 : 0);
  }

  double(field: number, value: number): void {
    this.#room(16);
    this.#varint(field << 3 | FIXED64);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  fixed32(field: number, value: number): void {
    this.#room(16);
    this.#varint(field << 3 | FIXED32);
    this.#word(value);
  }

  /** A time: nanoseconds since the epoch as `fixed64`, from milliseconds with their fraction. */
  unixNanos(field: number, ms: number): void {
    this.#room(16);
    this.#varint(field << 3 | FIXED64);
    this.patchUnixNanos(this.#at, ms);
    this.#at += 8;
  }

  /** Another time over one. */
  patchUnixNanos(at: number, ms: number): void {
    let into = ms - this.#second * 1000;
    if (!(into >= 0 && into < 1000)) {
      this.#beginSecond(Math.floor(ms / 1000));
      into = ms - this.#second * 1000;
    }
    // At most 2³² + 10⁹, which a number holds exactly; of which the lower 32 bits are written.
    const low = this.#secondLow + Math.round(into * 1e6);
    this.#view.setUint32(at, low, true);
    this.#view.setUint32(at + 4, low >= TWO_32 ? this.#secondHigh + 1 : this.#secondHigh, true);
  }

  /** All times of a second share the costly part: its nanoseconds as two words. */
  #beginSecond(second: number): void {
    // second × 10⁹ exceeds what a number holds exactly, so it is multiplied in two halves of 16 bits and the rest.
    const high = Math.floor(second / 65536) * 1e9;
    const low = (second % 65536) * 1e9 + (high % 65536) * 65536;
    this.#second = second;
    this.#secondLow = low % TWO_32;
    this.#secondHigh = Math.floor(high / 65536) + Math.floor(low / TWO_32);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#room(value.length + 16);
    this.#varint(field << 3 | BYTES);
    this.#varint(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** A field of bytes, given as hexadecimal digits in lower case. */
  hex(field: number, digits: string): void {
    const length = digits.length >> 1;
    this.#room(length + 16);
    this.#varint(field << 3 | BYTES);
    this.#varint(length);
    this.patchHex(this.#at, digits);
    this.#at += length;
  }

  /** Other bytes over as many, given as hexadecimal digits in lower case. */
  patchHex(from: number, digits: string): void {
    const bytes = this.#bytes;
    let at = from;
    for (let i = 0; i < digits.length; i += 2) {
      bytes[at++] = hexByte(digits.charCodeAt(i), digits.charCodeAt(i + 1));
    }
  }

  /** The same from digits that are bytes already. @param count of digits. */
  patchHexBytes(to: number, digits: Uint8Array, from: number, count: number): void {
    const bytes = this.#bytes;
    let at = to;
    for (let i = from; i < from + count; i += 2) {
      bytes[at++] = hexByte(digits[i] as number, digits[i + 1] as number);
    }
  }

  /** A few bytes over as many, from where they stand already. */
  patchCopy(at: number, from: number, count: number): void {
    this.patchBytes(at, this.#bytes, from, count);
  }

  /** A few bytes over as many. */
  patchBytes(at: number, source: Uint8Array, from: number, count: number): void {
    const bytes = this.#bytes;
    for (let i = 0; i < count; i++) bytes[at + i] = source[from + i] as number;
  }

  string(field: number, value: string): void {
    const { length } = value;
    this.#room(length + 16);
    const before = this.#at;
    this.#varint(field << 3 | BYTES);
    this.#varint(length);
    if (!writeAscii(this.#bytes, this.#at, value)) {
      this.#at = before;
      return this.bytes(field, encoder.encode(value));
    }
    this.#at += length;
  }

  /**
   * A `KeyValue` whose value is a short ASCII text, in one go: most attributes are such, and with lengths known
   * beforehand they cost half.
   * @param key encoded, as field 1.
   * @returns false, with nothing written, where the text is none of these.
   */
  shortText(field: number, key: Uint8Array, value: string): boolean {
    const { length } = value;
    const size = key.length + length + 6;
    if (size > 129 || field > 15) return false;
    this.#room(size);
    let at = this.#attribute(field, key, length + 4);
    const bytes = this.#bytes;
    bytes[at++] = 2 << 3 | BYTES;
    bytes[at++] = length + 2;
    bytes[at++] = 1 << 3 | BYTES;
    bytes[at++] = length;
    if (!writeAscii(bytes, at, value)) return false;
    this.#at = at + length;
    return true;
  }

  /** The same of a whole number that has a {@linkcode shortIntSize}. */
  shortInt(field: number, key: Uint8Array, value: number): boolean {
    const size = shortIntSize(value);
    if (size === 0 || key.length > 100 || field > 15) return false;
    this.#room(key.length + 16);
    let at = this.#attribute(field, key, size + 3);
    const bytes = this.#bytes;
    bytes[at++] = 2 << 3 | BYTES;
    bytes[at++] = size + 1;
    bytes[at++] = 3 << 3 | VARINT;
    let rest = value;
    for (; rest > 127; rest >>>= 7) bytes[at++] = rest & 127 | 128;
    bytes[at++] = rest;
    this.#at = at;
    return true;
  }

  /** The same of a number that is a double, whole or not. */
  shortDouble(field: number, key: Uint8Array, value: number): boolean {
    if (key.length > 100 || field > 15) return false;
    this.#room(key.length + 24);
    let at = this.#attribute(field, key, 11);
    const bytes = this.#bytes;
    bytes[at++] = 2 << 3 | BYTES;
    bytes[at++] = 9;
    bytes[at++] = 4 << 3 | FIXED64;
    this.#view.setFloat64(at, value, true);
    this.#at = at + 8;
    return true;
  }

  /**
   * Another ASCII text over one of the same length, which ends at `end`.
   * @returns false where it is none; what stands there then is neither.
   */
  patchText(end: number, value: string): boolean {
    return writeAscii(this.#bytes, end - value.length, value);
  }

  /** Another whole number over one of so many bytes as {@linkcode shortIntSize} says. */
  patchInt(end: number, value: number, size: number): void {
    const bytes = this.#bytes;
    let at = end - size;
    let rest = value;
    for (; rest > 127; rest >>>= 7) bytes[at++] = rest & 127 | 128;
    bytes[at] = rest;
  }

  /** Another double over one. */
  patchDouble(end: number, value: number): void {
    this.#view.setFloat64(end - 8, value, true);
  }

  /** Bytes that are encoded already, tag and all. */
  raw(encoded: Uint8Array): void {
    this.#room(encoded.length);
    this.#bytes.set(encoded, this.#at);
    this.#at += encoded.length;
  }

  /** What stands from one place to another, once more. */
  copy(from: number, to: number): void {
    this.#room(to - from);
    const bytes = this.#bytes;
    let at = this.#at;
    if (to - from > FEW_BYTES) bytes.copyWithin(at, from, to);
    else for (let i = from; i < to; i++) bytes[at++] = bytes[i] as number;
    this.#at += to - from;
  }

  /** The beginning of a message whose length is known. */
  header(field: number, length: number): void {
    this.#room(16);
    this.#varint(field << 3 | BYTES);
    this.#varint(length);
  }

  headerSize(field: number, length: number): number {
    return varintSize(field << 3 | BYTES) + varintSize(length);
  }

  /** A field of a non-negative whole number as `fixed64`. */
  fixed64(field: number, value: number): void {
    this.#room(16);
    this.#varint(field << 3 | FIXED64);
    this.#long(value);
  }

  /** A packed field of `fixed64`: non-negative whole numbers. */
  fixed64s(field: number, values: ArrayLike<number>): void {
    this.#room(values.length * 8 + 16);
    this.header(field, values.length * 8);
    for (let i = 0; i < values.length; i++) this.#long(values[i] as number);
  }

  /** A packed field of `double`. */
  doubles(field: number, values: ArrayLike<number>): void {
    this.#room(values.length * 8 + 16);
    this.header(field, values.length * 8);
    for (let i = 0; i < values.length; i++) {
      this.#view.setFloat64(this.#at, values[i] as number, true);
      this.#at += 8;
    }
  }

  /**
   * Begins a message as a field.
   * @param room bytes kept for its length, which is not known yet; with a wrong guess the message is moved.
   * @returns what {@linkcode end} is given.
   */
  begin(field: number, room = 1): number {
    this.#room(16);
    this.#varint(field << 3 | BYTES);
    this.#at += room;
    return this.#at;
  }

  /**
   * Ends a message: `start` is what `begin` returned, `room` what it was given.
   * @returns whether the message had to be moved, so that places within it are others now.
   */
  end(start: number, room = 1): boolean {
    const length = this.#at - start;
    if (room === 1 && length < 128) {
      this.#bytes[start - 1] = length;
      return false;
    }
    const size = varintSize(length);
    if (size !== room) {
      this.#room(16);
      this.#bytes.copyWithin(start + size - room, start, this.#at);
    }
    this.#at = start - room;
    this.#varint(length);
    this.#at += length;
    return size !== room;
  }

  /** The beginning of a short `KeyValue`, its key included. @returns where its value begins. */
  #attribute(field: number, key: Uint8Array, valueSize: number): number {
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at++] = field << 3 | BYTES;
    bytes[at++] = key.length + valueSize;
    bytes.set(key, at);
    return at + key.length;
  }

  #room(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + count));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#goOnIn(grown);
  }

  #goOnIn(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  #byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#at++] = rest % 128 | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  #long(value: number): void {
    this.#word(value % TWO_32);
    this.#word(Math.floor(value / TWO_32));
  }

  /** The lower 32 bits of a whole number. */
  #word(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }
}

/** Bytes of a whole number that is not negative and below 2²⁸; 0 for any other. */
export function shortIntSize(value: number): number {
  if (!(value >= 0 && value < 0x10000000)) return 0;
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4;
}

/** A byte of two digits: of each its low four bits, and nine more where it is a letter. */
function hexByte(high: number, low: number): number {
  return (high & 15) + 9 * (high >> 6) << 4 | (low & 15) + 9 * (low >> 6);
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}
