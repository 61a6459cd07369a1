import { FEW_BYTES, writeAscii } from "./write_ascii.ts";

/**
 * Writes lines of JSON as bytes into one buffer. A line is three quarters what lines before it said, so its constant
 * parts and its runs of fields come encoded and are copied; only what is new is written digit by digit.
 */
const encoder = new TextEncoder();

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const DOT = 0x2e;
const SPACE = 0x20;
const DELETE = 0x7f;

/** 128 for each character of ASCII that does not stand for itself in a string of JSON. */
const SPECIAL = new Uint8Array(128).fill(128, 0, SPACE);
SPECIAL[QUOTE] = SPECIAL[BACKSLASH] = SPECIAL[DELETE] = 128;

/** A part of lines that never changes. */
export function token(text: string): Uint8Array {
  return encoder.encode(text);
}

export class LineWriter {
  #bytes = new Uint8Array(4096);
  #at = 0;

  /** What was written, until more is. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  get length(): number {
    return this.#at;
  }

  reset(): void {
    this.#at = 0;
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    this.#room(length);
    const to = this.#bytes;
    const at = this.#at;
    if (length > FEW_BYTES) to.set(bytes, at);
    else for (let i = 0; i < length; i++) to[at + i] = bytes[i] as number;
    this.#at = at + length;
  }

  /** Text as it is. */
  text(text: string): void {
    const { length } = text;
    this.#room(length);
    if (!writeAscii(this.#bytes, this.#at, text)) return this.raw(encoder.encode(text));
    this.#at += length;
  }

  /** A string of JSON. */
  quoted(text: string): void {
    const { length } = text;
    this.#room(length + 2);
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at++] = QUOTE;
    let special = 0;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      special |= code | (SPECIAL[code & 127] as number);
      bytes[at + i] = code;
    }
    // Looked at once, at the end: at every character it takes longer.
    if (special > 127) return this.raw(encoder.encode(JSON.stringify(text)));
    at += length;
    bytes[at++] = QUOTE;
    this.#at = at;
  }

  /** A string of JSON that stands somewhere as bytes. @returns false where it is more than ASCII that stands for itself. */
  quotedBytes(source: Uint8Array, from: number, count: number): boolean {
    this.#room(count + 2);
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at++] = QUOTE;
    let special = 0;
    for (let i = 0; i < count; i++) {
      const byte = source[from + i] as number;
      special |= SPECIAL[byte] as number;
      bytes[at + i] = byte;
    }
    if (special > 127) return false;
    at += count;
    bytes[at++] = QUOTE;
    this.#at = at;
    return true;
  }

  /** A number of JSON. */
  number(value: number): void {
    if (value >= 0 && value < 1e9 && Number.isInteger(value)) this.#digits(value);
    else this.text(`${value}`);
  }

  /** Milliseconds with at most three decimals; what is no time at all is 0. */
  millis(ms: number): void {
    const micros = ms < 1e12 ? Math.round(ms * 1000) : 0;
    if (micros <= 0) return this.#digits(0);
    const whole = Math.floor(micros / 1000);
    this.number(whole);
    const rest = micros - whole * 1000 | 0;
    if (rest === 0) return;
    this.#room(4);
    const bytes = this.#bytes;
    bytes[this.#at++] = DOT;
    const tenths = rest / 100 | 0;
    bytes[this.#at++] = ZERO + tenths;
    const below = rest - tenths * 100 | 0;
    if (below === 0) return;
    const hundredths = below / 10 | 0;
    bytes[this.#at++] = ZERO + hundredths;
    const last = below - hundredths * 10;
    if (last > 0) bytes[this.#at++] = ZERO + last;
  }

  /** Three digits over those that stand somewhere already. */
  patchThousandth(at: number, value: number): void {
    const bytes = this.#bytes;
    bytes[at] = ZERO + Math.floor(value / 100);
    bytes[at + 1] = ZERO + Math.floor(value / 10) % 10;
    bytes[at + 2] = ZERO + value % 10;
  }

  /** @param value whole, from 0 to 10⁹: by whole numbers of 32 bits, which a processor divides by ten without dividing. */
  #digits(value: number): void {
    this.#room(10);
    let rest = value | 0;
    let size = 1;
    for (let limit = 10; rest >= limit && size < 10; limit *= 10) size++;
    const bytes = this.#bytes;
    const start = this.#at;
    for (let at = start + size - 1; at >= start; at--) {
      const tenth = rest / 10 | 0;
      bytes[at] = ZERO + (rest - tenth * 10);
      rest = tenth;
    }
    this.#at = start + size;
  }

  #room(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + count));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}
