/**
 * Server-sent events: a parser over bytes by the WHATWG algorithm
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation) that also says
 * which bytes each event was, so that a relay can pass them on unchanged, and the few words for writing events.
 */

import {
  type EventParser,
  type EventParserOptions,
  EventTooLargeError,
  type Framing,
  type WireEvent,
} from "./framing.ts";

/** One dispatched event. */
export class SseEvent implements WireEvent {
  constructor(
    /** Event name; the empty string where none was given (WHATWG calls that one `message`). */
    readonly type: string,
    /** The values of the `data` lines, joined with LF. */
    readonly data: string,
    /** The `id` that stands in this event, or null; one with NUL in it counts as none. */
    readonly id: string | null,
    /** The event's bytes as they came, with comments before it and the blank line that ends it. */
    readonly raw: Uint8Array,
  ) {}
}

export interface SseParserOptions extends EventParserOptions {
  /** Hears of blocks that dispatch no event (comments, `retry`, blank lines), as they came. */
  readonly onComment?: (raw: Uint8Array) => void;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const NOTHING = new Uint8Array(0);

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Takes the chunks of one event stream, split anywhere, and calls `onEvent` for each event before `push`
 * returns. The `raw`s of events and comments, put together, are the input up to what is unfinished.
 *
 * `raw` is a view of the chunk where the event lies in one chunk whole. An event that ends with CR at the end
 * of a chunk is dispatched at once; the LF that may follow opens the next block's `raw`.
 */
export class SseParser implements EventParser {
  readonly #onEvent: (event: SseEvent) => void;
  readonly #onComment: ((raw: Uint8Array) => void) | undefined;
  readonly #maxEventBytes: number;

  /** The unfinished block: `#held` bytes from the start of a buffer that may be larger. */
  #buffer = NOTHING;
  #held = 0;
  /** Where in it the unfinished line begins, and from where no line end was looked for yet. */
  #lineStart = 0;
  #scanned = 0;
  /** The last byte was a CR: a LF that comes next belongs to it. */
  #afterCr = false;
  /** Bytes at the block's start that are the second half of the CRLF before it. */
  #leadingLf = 0;
  #firstLine = true;
  #failure: EventTooLargeError | null = null;

  // The unfinished block's fields.
  #data: string | null = null;
  #type = "";
  #id: string | null = null;

  // The last event name, since a stream says few different ones many times.
  #lastTypeBytes = NOTHING;
  #lastType = "";

  constructor(onEvent: (event: SseEvent) => void, options: SseParserOptions = {}) {
    this.#onEvent = onEvent;
    this.#onComment = options.onComment;
    this.#maxEventBytes = options.maxEventBytes ?? 1 << 20;
  }

  /** @throws {EventTooLargeError} then and at every later call; what came before it was dispatched. */
  push(chunk: Uint8Array): void {
    if (this.#failure !== null) throw this.#failure;
    if (chunk.length === 0) return;
    if (this.#held === 0) {
      this.#parse(chunk, chunk);
    } else {
      this.#append(chunk);
      this.#parse(this.#buffer.subarray(0, this.#held), null);
    }
  }

  /**
   * The stream ended. An unfinished event is discarded, as the algorithm says.
   * @returns false where there was one.
   */
  end(): boolean {
    const whole = this.#held === this.#leadingLf;
    this.#drop();
    return whole;
  }

  /** Parses from where the last call stopped; `chunk` is what `bytes` is, unless it is the parser's buffer. */
  #parse(bytes: Uint8Array, chunk: Uint8Array | null): void {
    const length = bytes.length;
    let blockStart = 0;
    let lineStart = this.#lineStart;
    let at = this.#scanned;
    if (this.#afterCr) {
      this.#afterCr = false;
      if (bytes[at] === LF) {
        // Only a CR that ended the line just before can have set the flag, so the line begins after the LF.
        lineStart = ++at;
        if (lineStart === 1) this.#leadingLf = 1;
      }
    }
    // A plain loop: for the lines of an event it beats two native searches, one for each line end.
    while (at < length) {
      const byte = bytes[at];
      if (byte !== LF && byte !== CR) {
        at++;
        continue;
      }
      const lineEnd = at++;
      if (byte === CR) {
        if (at === length) this.#afterCr = true;
        else if (bytes[at] === LF) at++;
      }
      if (this.#firstLine) {
        this.#firstLine = false;
        if (bytes[lineStart] === 0xef && bytes[lineStart + 1] === 0xbb && bytes[lineStart + 2] === 0xbf) {
          lineStart += 3;
        }
      }
      if (lineStart === lineEnd) {
        this.#dispatch(bytes.subarray(blockStart, at));
        blockStart = at;
      } else {
        this.#line(bytes, lineStart, lineEnd);
      }
      lineStart = at;
    }
    this.#keep(bytes, blockStart, lineStart, chunk);
  }

  /** One line that is not blank: a comment or a field. */
  #line(bytes: Uint8Array, start: number, end: number): void {
    switch (bytes[start]) {
      case 0x64: { // data
        if (bytes[start + 1] !== 0x61 || bytes[start + 2] !== 0x74 || bytes[start + 3] !== 0x61) return;
        const from = valueStart(bytes, start + 4, end);
        if (from < 0) return;
        const value = from === end ? "" : decoder.decode(bytes.subarray(from, end));
        this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
        return;
      }
      case 0x65: { // event
        if (bytes[start + 1] !== 0x76 || bytes[start + 2] !== 0x65) return;
        if (bytes[start + 3] !== 0x6e || bytes[start + 4] !== 0x74) return;
        const from = valueStart(bytes, start + 5, end);
        if (from >= 0) this.#type = this.#typeOf(bytes, from, end);
        return;
      }
      case 0x69: { // id
        if (bytes[start + 1] !== 0x64) return;
        const from = valueStart(bytes, start + 2, end);
        if (from < 0) return;
        const value = decoder.decode(bytes.subarray(from, end));
        if (!value.includes("\0")) this.#id = value;
        return;
      }
    }
  }

  #typeOf(bytes: Uint8Array, from: number, end: number): string {
    const last = this.#lastTypeBytes;
    const length = end - from;
    if (length === last.length) {
      let same = 0;
      while (same < length && bytes[from + same] === last[same]) same++;
      if (same === length) return this.#lastType;
    }
    this.#lastTypeBytes = bytes.slice(from, end);
    return this.#lastType = decoder.decode(this.#lastTypeBytes);
  }

  #dispatch(raw: Uint8Array): void {
    const data = this.#data;
    const type = this.#type;
    const id = this.#id;
    this.#data = null;
    this.#type = "";
    this.#id = null;
    this.#leadingLf = 0;
    if (raw.length > this.#maxEventBytes) this.#fail();
    if (data === null) this.#onComment?.(raw);
    else this.#onEvent(new SseEvent(type, data, id, raw));
  }

  /** Holds what is unfinished from `blockStart` on. */
  #keep(bytes: Uint8Array, blockStart: number, lineStart: number, chunk: Uint8Array | null): void {
    const held = bytes.length - blockStart;
    if (held > this.#maxEventBytes) this.#fail();
    if (held === 0) {
      this.#buffer = NOTHING;
    } else if (chunk !== null || blockStart > 0) {
      // A copy: events that were dispatched from the buffer own it now, and the chunk is the caller's.
      this.#buffer = bytes.slice(blockStart);
    }
    this.#held = held;
    this.#lineStart = lineStart - blockStart;
    this.#scanned = held;
  }

  #append(chunk: Uint8Array): void {
    const held = this.#held + chunk.length;
    if (held > this.#buffer.length) {
      // Doubling, so that a long event in small chunks costs linear time.
      const grown = new Uint8Array(Math.max(held, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(0, this.#held));
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#held);
    this.#held = held;
  }

  #fail(): never {
    this.#drop();
    throw this.#failure = new EventTooLargeError(this.#maxEventBytes);
  }

  #drop(): void {
    this.#buffer = NOTHING;
    this.#held =
      this.#lineStart =
      this.#scanned =
      this.#leadingLf =
        0;
    this.#afterCr = false;
    this.#data = null;
  }
}

/** Where a field's value begins, given the end of its name; -1 where the name goes on. */
function valueStart(bytes: Uint8Array, nameEnd: number, end: number): number {
  if (nameEnd === end) return end;
  if (bytes[nameEnd] !== COLON) return -1;
  return bytes[nameEnd + 1] === SPACE ? nameEnd + 2 : nameEnd + 1;
}

/** One event as text; `data` may have several lines, whose ends become LF. */
export function encodeSse(data: string, event = ""): string {
  const oneLine = !data.includes("\n") && !data.includes("\r");
  const lines = oneLine ? data : data.replaceAll(/\r\n|\r|\n/g, "\ndata: ");
  return event === "" ? `data: ${lines}\n\n` : `event: ${event}\ndata: ${lines}\n\n`;
}

/** The comment that keeps an idle connection alive; parsers skip it. */
export const SSE_PING = ": ping\n\n";
/** The event that ends a stream of chat completions. */
export const SSE_DONE = "data: [DONE]\n\n";

const encoder = new TextEncoder();

export const sse: Framing = {
  contentType: "text/event-stream",
  alsoAccepted: [],
  parser: (onEvent, options) => new SseParser(onEvent, options),
  bytes: (written) => encoder.encode(written),
  ping: encoder.encode(SSE_PING),
  comment: (words) => `: ${words.replace(/[\r\n]/g, " ")}\n\n`,
};

/**
 * The same for clients of Google's API: it sends no comments, and some take one for the start of an event
 * (LiteLLM then reads no event that follows). A blank line is as little to a parser and disturbs none.
 */
export const BLANK_PING = "\n";
export const sseWithoutComments: Framing = { ...sse, ping: encoder.encode(BLANK_PING), comment: () => "" };
