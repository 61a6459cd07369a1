/** Fills an array with random bytes: `crypto.getRandomValues` in production. */
export type RandomSource = (bytes: Uint8Array<ArrayBuffer>) => void;

const BLOCK_BYTES = 4096;
const DIGITS = new TextEncoder().encode("0123456789abcdef");
// Not Latin-1, which costs nine times as much for the same digits.
const utf8 = new TextDecoder();

const LENGTH = 16;
const ZERO = "0".repeat(LENGTH);

/**
 * Makes span ids; those of traces that begin here are made with the trace's (`fresh_traces.ts`). Random bytes
 * are drawn and written as hexadecimal a block at a time; an id is then a slice of that text, which costs a tenth of
 * making it by itself.
 */
export class SpanIdSource {
  readonly #random: RandomSource;
  readonly #bytes = new Uint8Array(BLOCK_BYTES);
  readonly #digits = new Uint8Array(2 * BLOCK_BYTES);
  #hex = "";
  #next = 0;

  constructor(random: RandomSource = (bytes) => crypto.getRandomValues(bytes)) {
    this.#random = random;
  }

  /** 16 digits, never all zero. */
  next(): string {
    if (this.#next === this.#hex.length) this.#refill();
    const from = this.#next;
    this.#next = from + LENGTH;
    const id = this.#hex.slice(from, this.#next);
    return id === ZERO ? this.next() : id;
  }

  #refill(): void {
    this.#random(this.#bytes);
    writeHex(this.#bytes, 0, BLOCK_BYTES, this.#digits, 0);
    this.#hex = utf8.decode(this.#digits);
    this.#next = 0;
  }
}

/**
 * Writes `count` of the bytes from `from` on as digits, from `at` on.
 * @returns whether all of them are zero, which is no id.
 */
export function writeHex(
  bytes: Uint8Array,
  from: number,
  count: number,
  digits: Uint8Array,
  at: number,
): boolean {
  let any = 0;
  for (let i = 0; i < count; i++) {
    const byte = bytes[from + i] ?? 0;
    any |= byte;
    digits[at + 2 * i] = DIGITS[byte >> 4] ?? 0;
    digits[at + 2 * i + 1] = DIGITS[byte & 15] ?? 0;
  }
  return any === 0;
}

const source = new SpanIdSource();

/** A new span id: 16 hexadecimal digits in lower case. */
export function newSpanId(): string {
  return source.next();
}
