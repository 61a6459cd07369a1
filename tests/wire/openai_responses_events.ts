import { assertEquals } from "@std/assert";
import type { JsonObject, Part, StreamEvent } from "../../lib/wire/canonical.ts";
import type { EncodeContext } from "../../lib/wire/codec.ts";
import { openaiResponses as codec } from "../../lib/wire/openai_responses.ts";
import { isObject } from "../../lib/wire/shape.ts";
import { sseEvents } from "./recordings.ts";

export const DIGITS = "00112233445566778899aabbccddeeff";

export function context(request: JsonObject = {}): EncodeContext {
  return { id: `resp_${DIGITS}`, model: "asked", created: 1_790_000_000, request, includeUsage: false };
}

export const START: StreamEvent = { type: "start", id: "up", model: "real" };
export const END: StreamEvent[] = [
  { type: "finish", choice: 0, reason: "stop" },
  { type: "usage", usage: { input: 3, output: 2 } },
  { type: "end" },
];

export function start(part: number, value: Part): StreamEvent {
  return { type: "part_start", choice: 0, part, value };
}
export function text(part: number, delta: string): StreamEvent {
  return { type: "text_delta", choice: 0, part, text: delta };
}
export function args(part: number, delta: string): StreamEvent {
  return { type: "arguments_delta", choice: 0, part, text: delta };
}
export function end(part: number, value?: Part): StreamEvent {
  return { type: "part_end", choice: 0, part, ...(value === undefined ? {} : { value }) };
}

/** The data of the events that a stream is written as; names and numbers are checked on the way. */
export function encode(events: readonly StreamEvent[], request: JsonObject = {}): JsonObject[] {
  const encoder = codec.eventEncoder(context(request));
  const written = sseEvents(events.map((event) => encoder.push(event)).join(""));
  return written.map(({ type, data }, index) => {
    const value = JSON.parse(data);
    assertEquals([value.type, value.sequence_number], [type, index]);
    return value;
  });
}

/** Without the whole responses, which have tests of their own, and the numbers. */
export function brief(events: readonly JsonObject[]): JsonObject[] {
  return events
    .map(({ sequence_number: _number, response, ...rest }) =>
      isObject(response) ? { ...rest, status: response.status ?? null } : rest
    );
}

export const TEXT: Part = { type: "text", text: "" };
