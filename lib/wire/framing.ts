/** One event of a stream, whatever bytes it came in. */
export interface WireEvent {
  /** Name of the event where the framing has names; else empty. */
  readonly type: string;
  /** The event's content, as a rule JSON text. */
  readonly data: string;
  /** The event's bytes as they came, with whatever stands around it. */
  readonly raw: Uint8Array;
}

/** Finds the events in the chunks of one stream, split anywhere; calls its listener before `push` returns. */
export interface EventParser {
  /** @throws {EventTooLargeError} or {@linkcode FramingError}, then and at every later call. */
  push(chunk: Uint8Array): void;
  /**
   * The stream ended. An event that lacks nothing but its separator is dispatched, any other is discarded.
   * @returns false where there was one of these.
   */
  end(): boolean;
}

export interface EventParserOptions {
  /** Longest event in bytes, what separates it from the next included. Default 1 MiB. */
  readonly maxEventBytes?: number;
}

/** How the events of a stream become bytes and back. A codec has one; it holds nothing of a stream. */
export interface Framing {
  /** `content-type` of a client's stream. */
  readonly contentType: string;
  /** What a provider's may begin with besides that. */
  readonly alsoAccepted: readonly string[];
  parser(onEvent: (event: WireEvent) => void, options: EventParserOptions): EventParser;
  /** The bytes of what this framing's encoders wrote: text, or in a binary framing a byte a character. */
  bytes(written: string): Uint8Array<ArrayBuffer>;
  /** Bytes that say nothing and keep an idle connection alive; null: the framing has none. */
  readonly ping: Uint8Array<ArrayBuffer> | null;
  /** Words for people, as `bytes` takes them, that readers pass over; empty: the framing has none. */
  comment(words: string): string;
}

/** Whether a provider's `content-type` is one of this framing's; one that says nothing is believed. */
export function accepts(framing: Framing, contentType: string): boolean {
  return contentType === "" || contentType.startsWith(framing.contentType) ||
    framing.alsoAccepted.some((each) => contentType.startsWith(each));
}

/** An event, finished or not, that is longer than the parser was told to hold. */
export class EventTooLargeError extends Error {
  override readonly name = "EventTooLargeError";
  constructor(readonly maxEventBytes: number) {
    super(`Cannot parse the event stream: an event is longer than ${maxEventBytes} bytes`);
  }
}

/** Bytes that are no stream of this framing. */
export class FramingError extends Error {
  override readonly name = "FramingError";
}
