import { GatewayError } from "../../errors.ts";
import type { JsonObject, Part, StreamEvent } from "../canonical.ts";
import type { EventDecoder } from "../codec.ts";
import type { WireEvent } from "../framing.ts";
import { newId } from "../ids.ts";
import { MALFORMED_EVENT, parseEvent } from "../observed.ts";
import { Fields, put, unknownFields } from "../shape.ts";
import { decodeDoneReason } from "./done_reason.ts";
import { errorOf } from "./error.ts";
import { decodeTime, decodeUsage } from "./metrics.ts";
import { KNOWN } from "./response.ts";
import type { LineShape } from "./shape.ts";

/** Lines of a stream; the one with `done` is the last. https://docs.ollama.com/api/streaming */
export class LineDecoder implements EventDecoder {
  readonly #shape: LineShape;
  #started = false;
  #ended = false;
  #hasCalls = false;
  #parts = 0;
  /** The text or the thinking under way. */
  #open: Part["type"] | null = null;

  constructor(shape: LineShape) {
    this.#shape = shape;
  }

  push(event: WireEvent): StreamEvent[] {
    if (this.#ended) return [];
    const line = parseEvent(event);
    const error = line === null ? MALFORMED_EVENT : errorOf(line);
    if (line === null || error !== null) return this.#fail({ type: "error", ...(error ?? MALFORMED_EVENT) });
    try {
      return this.#decode(new Fields(line, "", "upstream_invalid_response"));
    } catch (cause) {
      if (!(cause instanceof GatewayError)) throw cause;
      return this.#fail({ type: "error", code: cause.code, message: cause.message });
    }
  }

  #decode(line: Fields): StreamEvent[] {
    const events: StreamEvent[] = [];
    if (!this.#started) {
      this.#started = true;
      const start: StreamEvent = { type: "start", id: "", model: line.optionalString("model") ?? "" };
      put(start, "created", decodeTime(line.raw("created_at")));
      events.push(start);
    }
    const { text, thinking, calls } = this.#shape.read(line, () => newId("call_"));
    if (thinking !== "") {
      const part = this.#openPart({ type: "reasoning", text: "" }, events);
      events.push({ type: "reasoning_delta", choice: 0, part, text: thinking });
    }
    if (text !== "") {
      const part = this.#openPart({ type: "text", text: "" }, events);
      const delta: StreamEvent = { type: "text_delta", choice: 0, part, text };
      put(delta, "logprobs", line.optionalArray("logprobs"));
      events.push(delta);
    }
    for (const call of calls) {
      this.#close(events);
      this.#hasCalls = true;
      const part = this.#parts++;
      const base = { choice: 0, part };
      events.push(
        { type: "part_start", ...base, value: { ...call, arguments: "" } },
        { type: "arguments_delta", ...base, text: call.arguments },
        { type: "part_end", ...base },
      );
    }
    if (line.optionalBoolean("done") === true) this.#end(line.object, events);
    return events;
  }

  /** @returns the number of the part of this type, which is begun if it is not under way. */
  #openPart(value: Part, events: StreamEvent[]): number {
    if (this.#open !== value.type) {
      this.#close(events);
      this.#open = value.type;
      events.push({ type: "part_start", choice: 0, part: this.#parts++, value });
    }
    return this.#parts - 1;
  }

  #close(events: StreamEvent[]): void {
    if (this.#open === null) return;
    this.#open = null;
    events.push({ type: "part_end", choice: 0, part: this.#parts - 1 });
  }

  #end(line: JsonObject, events: StreamEvent[]): void {
    this.#ended = true;
    this.#close(events);
    const reason = typeof line.done_reason === "string" ? line.done_reason : undefined;
    const finish: StreamEvent = {
      type: "finish",
      choice: 0,
      reason: decodeDoneReason(reason, this.#hasCalls),
    };
    const rest = unknownFields(line, new Set([...KNOWN, ...this.#shape.known]));
    if (rest !== undefined) finish.extensions = { format: this.#shape.format, fields: rest };
    events.push(finish);
    const usage = decodeUsage(line);
    if (usage !== undefined) events.push({ type: "usage", usage });
    events.push({ type: "end" });
  }

  #fail(error: StreamEvent): StreamEvent[] {
    this.#ended = true;
    return [error];
  }
}
