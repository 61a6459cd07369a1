/** Fills an array with random bytes: `crypto.getRandomValues` in production. */
export type RandomSource = (bytes: Uint8Array<ArrayBuffer>) => void;

const BLOCK_BYTES = 4096;

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
    this.#hex = this.#bytes.toHex();
    this.#next = 0;
  }
}

const source = new SpanIdSource();

/** A new span id: 16 hexadecimal digits in lower case. */
export function newSpanId(): string {
  return source.next();
}
