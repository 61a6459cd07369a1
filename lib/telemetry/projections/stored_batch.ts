import { writeAscii } from "./write_ascii.ts";

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

/** Bytes before a record: how many it has. */
const RECORD_HEAD = 4;

/** Room for whatever is written at once and has a bound: numbers, names, short texts. */
const AHEAD = 512;

/**
 * A batch of records as stores keep it: complete in itself, in as little room as is soon found out. What comes again
 * (models, routes, addresses) stands in it once, after the records. Little-endian.
 */
export class StoredBatch {
  /** Records that are whole. */
  count = 0;
  #bytes = new Uint8Array(64 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #at = BATCH_HEAD;
  /** Where the record begins that is written. */
  #from = BATCH_HEAD;
  #names: string[] = [];

  /** Bytes so far, names aside. */
  get length(): number {
    return this.#at;
  }

  begin(): void {
    this.#from = this.#at;
    this.#at += RECORD_HEAD;
  }

  end(): void {
    this.#room(0);
    this.#view.setUint32(this.#from, this.#at - this.#from - RECORD_HEAD, true);
    this.count++;
  }

  number(value: number): void {
    this.#room(0);
    const view = this.#view;
    const at = this.#at;
    if (value !== value) {
      view.setUint8(at, NumberKind.NaN);
      this.#at = at + 1;
    } else if (value < 0x100 && value >= 0 && (value | 0) === value) {
      view.setUint8(at, NumberKind.Byte);
      view.setUint8(at + 1, value);
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

  flag(value: boolean): void {
    this.#room(0);
    this.#bytes[this.#at++] = value ? 1 : 0;
  }

  /** @returns the number of a name that was not there yet. */
  learn(name: string): number {
    return this.#names.push(name);
  }

  /** Two bytes are enough for most; of what has a greater number the first two go out before. @param number 0: none. */
  name(number: number): void {
    this.#room(0);
    if (number >= LARGE) {
      this.#view.setUint16(this.#at, LARGE | number >>> 16, true);
      this.#at += 2;
    }
    this.#view.setUint16(this.#at, number & 0xffff, true);
    this.#at += 2;
  }

  text(value: string): void {
    this.#room(0);
    const { length } = value;
    if (length < LONG_TEXT && writeAscii(this.#bytes, this.#at + 1, value)) {
      this.#bytes[this.#at] = length;
      this.#at += 1 + length;
      return;
    }
    this.#bytes[this.#at++] = LONG_TEXT;
    this.#long(value);
  }

  /** The batch as it is now; begins another. */
  take(): Uint8Array<ArrayBuffer> {
    const namesAt = this.#at;
    for (const name of this.#names) this.#long(name);
    this.#view.setUint32(0, namesAt, true);
    this.#view.setUint32(4, this.count, true);
    const batch = this.#bytes.slice(0, this.#at);
    this.count = 0;
    this.#at = BATCH_HEAD;
    this.#names = [];
    return batch;
  }

  #long(value: string): void {
    // UTF-8 takes three bytes a unit at most.
    this.#room(value.length * 3);
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(this.#at + 4));
    this.#view.setUint32(this.#at, written, true);
    this.#at += 4 + written;
  }

  /** Makes room for so many bytes, and a few more. */
  #room(count: number): void {
    const needed = this.#at + count + AHEAD;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, needed));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
