import type { Exchange } from "../exchange.ts";
import { record, type RecordIo, type Said } from "./record_fields.ts";

const encoder = new TextEncoder();

/** How a number is written: by its kind, then its bytes. */
export enum NumberKind {
  NaN,
  Double,
  Byte,
  Short,
  Word,
}

/** How a text of its own is written: by its length up to this; with this one, as UTF-8 with a length of four bytes. */
export const LONG_TEXT = 255;

/** A number of a name from here on takes four bytes. */
const LARGE = 0x8000;

/** Bytes before the first record: where the names stand, and how many records there are. */
export const BATCH_HEAD = 8;

const FIRST_SIZE = 192 * 1024;
/** Characters up to which a loop is sooner done than the encoder has begun. */
const SHORT = 64;
/**
 * Room that there is after each text and at the beginning of each item, so that what is short need not look for it:
 * more than all numbers, flags and names take that stand between two such places.
 */
const AHEAD = 1024;

/**
 * Writes records of finished requests into one batch, which is complete in itself: what comes again (models, routes,
 * addresses) stands in it once. Little-endian; `record_fields.ts` says what stands there.
 */
export class RecordWriter implements RecordIo {
  readonly more = true;
  /** Records of this batch. */
  count = 0;
  #bytes = new Uint8Array(FIRST_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #at = BATCH_HEAD;
  readonly #numbers = new Map<string, number>();
  #names: string[] = [];
  /** What the record before had for its first name, its second, and so on: mostly the same again. */
  #lastNames: (string | null)[] = [];
  #lastNumbers: number[] = [];
  #place = 0;
  /** As they were written in this batch. */
  readonly #objects = new Map<object, Uint8Array>();

  /** Bytes so far, names aside. */
  get length(): number {
    return this.#at;
  }

  add(exchange: Exchange, said: Said | null): void {
    const from = this.#at;
    this.#place = 0;
    this.#room(AHEAD);
    this.#at += 4;
    try {
      record(this, { exchange, said });
    } catch (error) {
      // Half a record would make the others unreadable.
      this.#at = from;
      throw error;
    }
    this.#view.setUint32(from, this.#at - from - 4, true);
    this.count++;
  }

  /** Takes the batch, and begins the next. */
  take(): ArrayBuffer {
    const namesAt = this.#at;
    for (const name of this.#names) this.#long(name);
    this.#view.setUint32(0, namesAt, true);
    this.#view.setUint32(4, this.count, true);
    const batch = this.#bytes.buffer.slice(0, this.#at);
    this.count = 0;
    this.#at = BATCH_HEAD;
    this.#numbers.clear();
    this.#objects.clear();
    this.#names = [];
    this.#lastNames = [];
    this.#lastNumbers = [];
    return batch;
  }

  // What is inline here is what most fields are: V8 makes one piece of a short function and the short ones it calls.
  number(value: number): number {
    if (value !== value) this.#bytes[this.#at++] = NumberKind.NaN;
    else this.#number(value);
    return value;
  }

  #number(value: number): void {
    const view = this.#view;
    const at = this.#at;
    if (value < 0x100 && value >= 0 && (value | 0) === value) {
      this.#bytes[at] = NumberKind.Byte;
      this.#bytes[at + 1] = value;
      this.#at = at + 2;
    } else if (value < 0x10000 && value > 0 && (value | 0) === value) {
      view.setUint8(at, NumberKind.Short);
      view.setUint16(at + 1, value, true);
      this.#at = at + 3;
    } else if (value < 0x100000000 && value > 0 && value >>> 0 === value) {
      view.setUint8(at, NumberKind.Word);
      view.setUint32(at + 1, value, true);
      this.#at = at + 5;
    } else {
      view.setUint8(at, NumberKind.Double);
      view.setFloat64(at + 1, value, true);
      this.#at = at + 9;
    }
  }

  flag(value: boolean): boolean {
    this.#bytes[this.#at++] = value ? 1 : 0;
    return value;
  }

  name<T extends string>(value: T): T {
    const place = this.#place++;
    if (this.#lastNames[place] !== value) this.#learn(place, value);
    this.#view.setUint16(this.#at, this.#lastNumbers[place] as number, true);
    this.#at += 2;
    return value;
  }

  /** Two bytes are enough for most; of what has a greater number the first two go out here. */
  #learn(place: number, value: string): void {
    let number = 0;
    if (value !== "") {
      number = this.#numbers.get(value) ?? 0;
      if (number === 0) {
        number = this.#names.push(value);
        this.#numbers.set(value, number);
      }
    }
    if (number < LARGE) {
      this.#lastNames[place] = value;
      this.#lastNumbers[place] = number;
    } else {
      this.#lastNames[place] = null;
      this.#lastNumbers[place] = number & 0xffff;
      this.#view.setUint16(this.#at, LARGE | number >>> 16, true);
      this.#at += 2;
    }
  }

  text(value: string): string {
    const { length } = value;
    if (length >= LONG_TEXT) {
      this.#bytes[this.#at++] = LONG_TEXT;
      this.#long(value);
      return value;
    }
    this.#room(length + AHEAD);
    if (this.#ascii(value, this.#at + 1)) {
      this.#bytes[this.#at] = length;
      this.#at += 1 + length;
    } else {
      this.#bytes[this.#at++] = LONG_TEXT;
      this.#long(value);
    }
    return value;
  }

  /** Writes a text at a place, as far as it is ASCII. @returns whether it is. */
  #ascii(value: string, at: number): boolean {
    const bytes = this.#bytes;
    const { length } = value;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[at + i] = code;
    }
    return true;
  }

  json<T>(value: T): T {
    this.name(value === null ? "" : JSON.stringify(value));
    return value;
  }

  storyText(value: string): string {
    return this.text(value);
  }

  storyJson<T>(value: T): T {
    return this.json(value);
  }

  list<T>(items: T[], item: (io: RecordIo, item: T | null) => T): void {
    const { length } = items;
    this.number(length);
    for (let i = 0; i < length; i++) {
      this.#room(AHEAD);
      item(this, items[i] as T);
    }
  }

  same<T extends object>(value: T | null, item: (io: RecordIo, item: T | null) => T): T {
    if (value === null) return item(this, value);
    const known = this.#objects.get(value);
    if (known === undefined) {
      const from = this.#at;
      const place = this.#place;
      item(this, value);
      this.#place = place;
      this.#objects.set(value, this.#bytes.slice(from, this.#at));
    } else {
      this.#bytes.set(known, this.#at);
      this.#at += known.length;
    }
    return value;
  }

  maybe<T>(value: T | null, item: (io: RecordIo, item: T | null) => T): T | null {
    this.flag(value !== null);
    this.#room(AHEAD);
    if (value !== null) item(this, value);
    return value;
  }

  #long(value: string): void {
    // UTF-8 takes three bytes a unit at most.
    this.#room(value.length * 3 + AHEAD);
    if (value.length <= SHORT && this.#ascii(value, this.#at + 4)) {
      this.#view.setUint32(this.#at, value.length, true);
      this.#at += 4 + value.length;
      return;
    }
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(this.#at + 4));
    this.#view.setUint32(this.#at, written, true);
    this.#at += 4 + written;
  }

  #room(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, needed));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
