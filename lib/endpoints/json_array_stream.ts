import type { WireEvent } from "../wire/framing.ts";
import { SseParser } from "../wire/sse.ts";

const encoder = new TextEncoder();

/**
 * A stream of server-sent events as one JSON array with an element an event, which is what Google answers to clients
 * that do not ask for events. Comments, which keep an idle connection alive, become white space. Backpressure and the
 * client's leaving go through.
 */
export function jsonArrayOf(
  events: ReadableStream<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let text = "";
  let separator = "[";
  const parser = new SseParser((event: WireEvent) => {
    text += separator + event.data;
    separator = ",\r\n";
  }, { maxEventBytes: Infinity, onComment: () => text += "\n" });
  return events.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        parser.push(chunk);
        if (text !== "") controller.enqueue(encoder.encode(text));
        text = "";
      },
      flush(controller) {
        controller.enqueue(encoder.encode(separator === "[" ? "[]" : "]"));
      },
    }),
  );
}
