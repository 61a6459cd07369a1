import { type RandomSource, writeHex } from "./ids.ts";

/** A `traceparent` of version 00, not sampled. */
const LENGTH = 55;
const TEMPLATE = `00-${"0".repeat(32)}-${"0".repeat(16)}-00`;
const TRACE_ID = 3;
const SPAN_ID = 36;
/** Bytes of a trace id, and of two span ids. */
const ROW_BYTES = 32;
const ROWS = 128;
const ONE = "1".charCodeAt(0);
const utf8 = new TextDecoder();

/**
 * Traces that begin here, as what is told of them: `traceparent` of a request's own span, followed by that of the
 * span of its first call to a provider, for a trace that is not kept. They are made a block at a time and cut out of
 * its text: a text that is put together from ids is copied, piece by piece, by each header that it goes into, and
 * such requests are most of all.
 */
export class FreshTraces {
  readonly #random: RandomSource;
  readonly #bytes = new Uint8Array(ROWS * ROW_BYTES);
  readonly #rows = new TextEncoder().encode(TEMPLATE.repeat(2 * ROWS));
  #text = "";
  #next = ROWS;

  constructor(random: RandomSource = (bytes) => crypto.getRandomValues(bytes)) {
    this.#random = random;
  }

  /** Both, one after the other; no id is zero. */
  next(): string {
    if (this.#next === ROWS) this.#refill();
    const from = this.#next++ * 2 * LENGTH;
    return this.#text.slice(from, from + 2 * LENGTH);
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
    this.#text = utf8.decode(this.#rows);
    this.#next = 0;
  }

  #write(from: number, count: number, to: number): void {
    const zero = writeHex(this.#bytes, from, count, this.#rows, to);
    if (zero) this.#rows[to + 2 * count - 1] = ONE;
  }
}

const source = new FreshTraces();

/** A trace that begins here; see {@linkcode FreshTraces}. */
export function freshTrace(): string {
  return source.next();
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
