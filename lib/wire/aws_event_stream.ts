/**
 * AWS's binary event streams (`application/vnd.amazon.eventstream`): messages of headers and a payload, each with
 * two checksums. https://smithy.io/2.0/aws/amazon-eventstream.html
 */
import { crc32 } from "./crc32.ts";
import {
  type EventParser,
  type EventParserOptions,
  EventTooLargeError,
  type Framing,
  FramingError,
  type WireEvent,
} from "./framing.ts";
import { GrowingBytes } from "./growing_bytes.ts";

/** Lengths of the message and of its headers, and the checksum of both. */
const PRELUDE = 12;
const CHECKSUM = 4;
const TYPE_STRING = 7;
/** Bytes of the values of the other header types, by type; the ones left out say their length themselves. */
const FIXED_LENGTHS: readonly number[] = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16];

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** What the name of an event begins with that is an exception. */
export const EXCEPTION_PREFIX = "exception:";

export const awsEventStream: Framing = {
  contentType: "application/vnd.amazon.eventstream",
  alsoAccepted: [],
  parser: (onEvent, options) => new AwsEventStreamParser(onEvent, options),
  bytes: (written) => Uint8Array.from(written, (character) => character.charCodeAt(0)),
  ping: null,
  comment: () => "",
};

/**
 * The `type` of an event is its `:event-type`; of an exception `exception:` and its `:exception-type` or
 * `:error-code`. `data` is the payload's text.
 */
export class AwsEventStreamParser implements EventParser {
  readonly #onEvent: (event: WireEvent) => void;
  readonly #maxEventBytes: number;
  readonly #held = new GrowingBytes();
  #failure: Error | null = null;

  constructor(onEvent: (event: WireEvent) => void, options: EventParserOptions = {}) {
    this.#onEvent = onEvent;
    this.#maxEventBytes = options.maxEventBytes ?? 1 << 20;
  }

  push(chunk: Uint8Array): void {
    if (this.#failure !== null) throw this.#failure;
    this.#held.add(chunk);
    const { bytes } = this.#held;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    while (bytes.length - at >= PRELUDE) {
      const length = view.getUint32(at);
      if (view.getUint32(at + 8) !== crc32(bytes.subarray(at, at + 8))) {
        this.#fail(new FramingError("Cannot parse the event stream: a prelude's checksum is wrong"));
      }
      if (length > this.#maxEventBytes) this.#fail(new EventTooLargeError(this.#maxEventBytes));
      if (length < PRELUDE + CHECKSUM || view.getUint32(at + 4) > length - PRELUDE - CHECKSUM) {
        this.#fail(
          new FramingError("Cannot parse the event stream: a message's lengths contradict each other"),
        );
      }
      if (bytes.length - at < length) break;
      this.#message(bytes.subarray(at, at + length));
      at += length;
    }
    this.#held.dropFront(at);
  }

  end(): boolean {
    const whole = this.#held.length === 0;
    this.#held.clear();
    return whole;
  }

  #message(raw: Uint8Array): void {
    const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
    const payloadEnd = raw.length - CHECKSUM;
    if (view.getUint32(payloadEnd) !== crc32(raw.subarray(0, payloadEnd))) {
      this.#fail(new FramingError("Cannot parse the event stream: a message's checksum is wrong"));
    }
    const headersEnd = PRELUDE + view.getUint32(4);
    const headers = readHeaders(raw, PRELUDE, headersEnd);
    if (headers === null) {
      this.#fail(new FramingError("Cannot parse the event stream: a message's headers cannot be read"));
    }
    const payload = decoder.decode(raw.subarray(headersEnd, payloadEnd));
    switch (headers.get(":message-type")) {
      case "exception":
        return this.#onEvent({
          type: EXCEPTION_PREFIX + (headers.get(":exception-type") ?? ""),
          data: payload,
          raw,
        });
      case "error": {
        const message = headers.get(":error-message") ?? "";
        const type = EXCEPTION_PREFIX + (headers.get(":error-code") ?? "");
        return this.#onEvent({ type, data: JSON.stringify({ message }), raw });
      }
      default:
        this.#onEvent({ type: headers.get(":event-type") ?? "", data: payload, raw });
    }
  }

  #fail(error: Error): never {
    this.#held.clear();
    throw this.#failure = error;
  }
}

/** The headers with texts for values; null where they end in the middle or have a type that is none. */
function readHeaders(bytes: Uint8Array, start: number, end: number): Map<string, string> | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, end);
  const headers = new Map<string, string>();
  let at = start;
  while (at < end) {
    const nameEnd = at + 1 + view.getUint8(at);
    if (nameEnd >= end) return null;
    const name = decoder.decode(bytes.subarray(at + 1, nameEnd));
    const type = view.getUint8(nameEnd);
    let from = nameEnd + 1;
    let length = FIXED_LENGTHS[type];
    if (length === undefined) return null;
    if (length < 0) {
      if (from + 2 > end) return null;
      length = view.getUint16(from);
      from += 2;
    }
    at = from + length;
    if (at > end) return null;
    if (type === TYPE_STRING) headers.set(name, decoder.decode(bytes.subarray(from, at)));
  }
  return headers;
}

/** One message with its checksums. Header values are texts of less than 64 KiB. */
export function encodeAwsMessage(
  headers: Readonly<Record<string, string>>,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const encoded = Object.entries(headers).map(([name, value]) =>
    [encoder.encode(name), encoder.encode(value)] as const
  );
  const headersLength = encoded.reduce((sum, [name, value]) => sum + 4 + name.length + value.length, 0);
  const length = PRELUDE + headersLength + payload.length + CHECKSUM;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length);
  view.setUint32(4, headersLength);
  view.setUint32(8, crc32(bytes.subarray(0, 8)));
  let at = PRELUDE;
  for (const [name, value] of encoded) {
    bytes[at] = name.length;
    bytes.set(name, at + 1);
    at += 1 + name.length;
    bytes[at] = TYPE_STRING;
    view.setUint16(at + 1, value.length);
    bytes.set(value, at + 3);
    at += 3 + value.length;
  }
  bytes.set(payload, at);
  view.setUint32(length - CHECKSUM, crc32(bytes.subarray(0, length - CHECKSUM)));
  return bytes;
}

/** An event with a JSON payload, in the writing of {@linkcode awsEventStream}'s encoders: a byte a character. */
export function encodeAwsEvent(type: string, json: string): string {
  const exception = type.startsWith(EXCEPTION_PREFIX);
  const message = encodeAwsMessage(
    exception
      ? {
        ":exception-type": type.slice(EXCEPTION_PREFIX.length),
        ":content-type": "application/json",
        ":message-type": "exception",
      }
      : { ":event-type": type, ":content-type": "application/json", ":message-type": "event" },
    encoder.encode(json),
  );
  let written = "";
  for (const byte of message) written += String.fromCharCode(byte);
  return written;
}
