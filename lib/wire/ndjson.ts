/** Newline-delimited JSON: a value a line (https://github.com/ndjson/ndjson-spec). */
import {
  type EventParser,
  type EventParserOptions,
  EventTooLargeError,
  type Framing,
  type WireEvent,
} from "./framing.ts";
import { GrowingBytes } from "./growing_bytes.ts";

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

export const ndjson: Framing = {
  contentType: "application/x-ndjson",
  alsoAccepted: ["application/ndjson", "application/jsonl", "application/json"],
  parser: (onEvent, options) => new NdjsonParser(onEvent, options),
  bytes: (written) => encoder.encode(written),
  // Clients read each line as JSON, blank ones too.
  ping: null,
  comment: () => "",
};

/** Blank lines are skipped; whether a line is JSON is for its reader to say. */
export class NdjsonParser implements EventParser {
  readonly #onEvent: (event: WireEvent) => void;
  readonly #maxEventBytes: number;
  /** The unfinished line. */
  readonly #held = new GrowingBytes();
  #failure: EventTooLargeError | null = null;

  constructor(onEvent: (event: WireEvent) => void, options: EventParserOptions = {}) {
    this.#onEvent = onEvent;
    this.#maxEventBytes = options.maxEventBytes ?? 1 << 20;
  }

  push(chunk: Uint8Array): void {
    if (this.#failure !== null) throw this.#failure;
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      const line = chunk.subarray(start, end + 1);
      start = end + 1;
      if (this.#held.length === 0) {
        this.#line(line);
      } else {
        this.#hold(line);
        const { bytes } = this.#held;
        // The buffer is the event's from here on.
        this.#held.clear();
        this.#line(bytes);
      }
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
  }

  /** The last line may lack its end. */
  end(): boolean {
    const { bytes } = this.#held;
    this.#held.clear();
    if (this.#failure === null) this.#line(bytes);
    return true;
  }

  #hold(bytes: Uint8Array): void {
    if (this.#held.length + bytes.length > this.#maxEventBytes) this.#fail();
    this.#held.add(bytes);
  }

  #line(raw: Uint8Array): void {
    if (raw.length > this.#maxEventBytes) this.#fail();
    let from = 0;
    let to = raw.length;
    while (to > from && isSpace(raw[to - 1])) to--;
    while (from < to && isSpace(raw[from])) from++;
    if (from < to) this.#onEvent({ type: "", data: decoder.decode(raw.subarray(from, to)), raw });
  }

  #fail(): never {
    this.#held.clear();
    throw this.#failure = new EventTooLargeError(this.#maxEventBytes);
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === LF || byte === CR || byte === SPACE || byte === TAB;
}
