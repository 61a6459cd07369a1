import { EventStreamCodec } from "@smithy/eventstream-codec";
import { awsEventStream } from "../../../lib/wire/aws_event_stream.ts";
import type { WireEvent } from "../../../lib/wire/framing.ts";
import { fixtureBytes } from "../../fixtures/fixture.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();
const codec = new EventStreamCodec(
  (bytes) => text.decode(bytes as Uint8Array),
  (value) => utf8.encode(value),
);

const PREFIX = "exception:";

/** One event in a frame of AWS's own codec's making. */
export function frame(type: string, payload: unknown): Uint8Array {
  const exception = type.startsWith(PREFIX);
  const named = (name: string, value: string) => ({ [name]: { type: "string" as const, value } });
  return codec.encode({
    headers: exception
      ? { ...named(":message-type", "exception"), ...named(":exception-type", type.slice(PREFIX.length)) }
      : { ...named(":message-type", "event"), ...named(":event-type", type) },
    body: utf8.encode(JSON.stringify(payload)),
  });
}

/** The events of a stream in a fixture, framed and read. */
export function framedEvents(path: string): WireEvent[] {
  const events: WireEvent[] = [];
  const parser = awsEventStream.parser((event) => events.push(event), {});
  for (const line of text.decode(fixtureBytes(path)).split("\n").filter(Boolean)) {
    const [type, payload] = JSON.parse(line);
    parser.push(frame(type, payload));
  }
  parser.end();
  return events;
}
