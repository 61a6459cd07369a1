import type { RandomSource } from "./ids.ts";

/** A `traceparent` of version 00, not sampled. */
const LENGTH = 55;
const TEMPLATE = `00-${"0".repeat(32)}-${"0".repeat(16)}-00`;
const TRACE_ID = 3;
const SPAN_ID = 36;
/** Bytes of a trace id, and of two span ids. */
const ROW_BYTES = 32;
const ROWS = 64;
/** Characters of all traces of a block: as they are told where they are not kept, and behind it where they are. */
const BLOCK_LENGTH = ROWS * 2 * LENGTH;
const ONE = "1".charCodeAt(0);
const DIGITS = new TextEncoder().encode("0123456789abcdef");
// Not Latin-1, which costs nine times as much for the same digits.
const utf8 = new TextDecoder();

/**
 * Traces that begin here, as what is told of them: `traceparent` of a request's own span, followed by that of the
 * span of its first call to a provider. They are made a block at a time and cut out of its text: a text that is put
 * together from ids is copied, piece by piece, by each header that it goes into.
 */
export class FreshTraces {
  readonly #random: RandomSource;
  readonly #bytes = new Uint8Array(ROWS * ROW_BYTES);
  readonly #rows = new TextEncoder().encode(TEMPLATE.repeat(4 * ROWS));
  #text = "";
  #next = ROWS;

  constructor(random: RandomSource = (bytes) => crypto.getRandomValues(bytes)) {
    this.#random = random;
  }

  /** Both, one after the other, of a trace that is not kept; no id is zero. */
  next(): string {
    if (this.#next === ROWS) this.#refill();
    const from = this.#next++ * 2 * LENGTH;
    return this.#text.slice(from, from + 2 * LENGTH);
  }

  /** The same of the last one, where it is kept. */
  get kept(): string {
    const to = BLOCK_LENGTH + this.#next * 2 * LENGTH;
    return this.#text.slice(to - 2 * LENGTH, to);
  }

  #refill(): void {
    this.#random(this.#bytes);
    for (let row = 0; row < ROWS; row++) {
      const from = row * ROW_BYTES;
      const own = row * 2 * LENGTH;
      const callees = own + LENGTH;
      this.#write(from, 16, own + TRACE_ID);
      this.#rows.copyWithin(callees + TRACE_ID, own + TRACE_ID, own + TRACE_ID + 32);
      this.#write(from + 16, 8, own + SPAN_ID);
      this.#write(from + 24, 8, callees + SPAN_ID);
    }
    this.#rows.copyWithin(BLOCK_LENGTH, 0, BLOCK_LENGTH);
    for (let end = BLOCK_LENGTH + LENGTH; end <= 2 * BLOCK_LENGTH; end += LENGTH) this.#rows[end - 1] = ONE;
    this.#text = utf8.decode(this.#rows);
    this.#next = 0;
  }

  /** Writes so many bytes as the digits of an id. */
  #write(from: number, count: number, to: number): void {
    const bytes = this.#bytes;
    const rows = this.#rows;
    let any = 0;
    for (let i = 0; i < count; i++) {
      const byte = bytes[from + i] as number;
      any |= byte;
      rows[to + 2 * i] = DIGITS[byte >> 4] as number;
      rows[to + 2 * i + 1] = DIGITS[byte & 15] as number;
    }
    if (any === 0) rows[to + 2 * count - 1] = ONE;
  }
}

const source = new FreshTraces();

/** A trace that begins here, told as one that is not kept; see {@linkcode FreshTraces}. */
export function freshTrace(): string {
  return source.next();
}

/** The last one of those, told as one that is kept. */
export function keptTrace(): string {
  return source.kept;
}

/** The trace id of a `traceparent` that was made here. */
export function traceIdIn(traceparent: string): string {
  return traceparent.slice(TRACE_ID, TRACE_ID + 32);
}

/** The span id of a `traceparent` that was made here. */
export function spanIdIn(traceparent: string): string {
  return traceparent.slice(SPAN_ID, SPAN_ID + 16);
}

/** The request's own of both. */
export function ownTraceparent(fresh: string): string {
  return fresh.slice(0, LENGTH);
}

/** That of its first call's span. */
export function calleesTraceparent(fresh: string): string {
  return fresh.slice(LENGTH);
}
