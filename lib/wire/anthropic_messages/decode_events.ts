import { GatewayError } from "../../errors.ts";
import type { JsonObject, Part, StreamEvent } from "../canonical.ts";
import type { EventDecoder } from "../codec.ts";
import { MALFORMED_EVENT, parseEvent } from "../observed.ts";
import { Fields, put, unknownFields } from "../shape.ts";
import type { WireEvent } from "../framing.ts";
import { parseArguments, printArguments } from "../tool_arguments.ts";
import { decodeBlock } from "./decode_blocks.ts";
import { restOf } from "./response.ts";
import { unsealSignature } from "./signature.ts";
import { decodeStopReason } from "./stop_reason.ts";
import { errorOf, SPLICED_STREAM } from "./stream_error.ts";
import { decodeServiceTier, decodeUsage, mergeUsage } from "./usage.ts";

const FORMAT = "anthropic_messages";
const FAULT = "upstream_invalid_response";

const KNOWN_OF_MESSAGE = new Set([
  ...["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"],
]);
const KNOWN_OF_EVENT = new Set(["type", "delta", "usage"]);
const KNOWN_OF_DELTA = new Set(["stop_reason", "stop_sequence"]);

/** A content block under way. */
interface OpenBlock {
  readonly part: number;
  readonly value: Part;
  /** `input` that stood in the block's start; deltas replace it. */
  readonly input: JsonObject | undefined;
  /** Text of the `input_json_delta`s so far. */
  json: string;
}

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
export class MessageEventDecoder implements EventDecoder {
  readonly #blocks = new Map<number, OpenBlock>();
  #parts = 0;
  /** The answer's id; null before it began. */
  #id: string | null = null;
  #usage: JsonObject = {};
  /** Stop reason that stood in the answer's start already; null once it was told. */
  #stopReason: string | null = null;
  #ended = false;

  push(event: WireEvent): StreamEvent[] {
    if (this.#ended) return [];
    const body = parseEvent(event);
    if (body === null) return this.#fail({ type: "error", ...MALFORMED_EVENT });
    try {
      return this.#decode(new Fields(body, "", FAULT), event.type);
    } catch (cause) {
      if (!(cause instanceof GatewayError)) throw cause;
      return this.#fail({ type: "error", code: cause.code, message: cause.message });
    }
  }

  #decode(body: Fields, eventType: string): StreamEvent[] {
    switch (body.raw("type") ?? eventType) {
      case "message_start":
        return this.#start(body.fields("message"));
      case "content_block_start":
        return this.#blockStart(body.number("index"), body.fields("content_block"));
      case "content_block_delta":
        return this.#delta(body.number("index"), body.fields("delta"), body.object);
      case "content_block_stop":
        return this.#blockStop(body.number("index"));
      case "message_delta":
        return this.#messageDelta(body);
      case "message_stop":
        this.#ended = true;
        return [...this.#finish(this.#stopReason ?? undefined), { type: "end" }];
      case "ping":
        return [{ type: "ping" }];
      case "error":
        return this.#fail({ type: "error", ...errorOf(body.object) });
      default:
        return [{ type: "opaque", format: FORMAT, value: body.object }];
    }
  }

  #start(message: Fields): StreamEvent[] {
    const id = message.string("id");
    if (this.#id !== null) {
      return id === this.#id ? [] : this.#fail({ type: "error", ...SPLICED_STREAM });
    }
    this.#id = id;
    const start: StreamEvent = { type: "start", id, model: message.string("model") };
    const usage = message.optionalObject("usage");
    if (usage !== undefined) {
      this.#usage = usage;
      start.usage = decodeUsage(usage);
      put(start, "serviceTier", decodeServiceTier(usage));
    }
    const rest = unknownFields(message.object, KNOWN_OF_MESSAGE);
    if (rest !== undefined) start.extensions = { format: FORMAT, fields: rest };
    const events: StreamEvent[] = [start];
    // An answer that only has the calls which a tool of the provider's made is there from its start, with its
    // stop reason; no `message_delta` follows.
    this.#stopReason = message.optionalString("stop_reason") ?? "end_turn";
    for (const block of message.optionalItems("content") ?? []) {
      events.push(...this.#blockStart(-1, block), ...this.#blockStop(-1));
    }
    return events;
  }

  #blockStart(index: number, block: Fields): StreamEvent[] {
    const decoded = decodeBlock(block);
    const part = this.#parts++;
    const input = decoded.type === "tool_call" ? block.optionalObject("input") : undefined;
    const value = emptied(decoded);
    this.#blocks.set(index, { part, value, input, json: "" });
    const events: StreamEvent[] = [{ type: "part_start", choice: 0, part, value }];
    if (decoded.type === "text") {
      if (decoded.text !== "") events.push({ type: "text_delta", choice: 0, part, text: decoded.text });
      for (const item of decoded.annotations?.items ?? []) {
        events.push({ type: "annotation", choice: 0, part, format: FORMAT, value: item });
      }
    } else if (decoded.type === "reasoning") {
      if (decoded.text !== "") events.push({ type: "reasoning_delta", choice: 0, part, text: decoded.text });
      if (decoded.signature !== undefined) events.push(signatureDelta(part, decoded.signature));
    }
    return events;
  }

  #delta(index: number, delta: Fields, event: JsonObject): StreamEvent[] {
    const block = this.#blocks.get(index);
    if (block === undefined) return [];
    const { part } = block;
    switch (delta.raw("type")) {
      case "text_delta": {
        const text = delta.string("text");
        return text === "" ? [] : [{ type: "text_delta", choice: 0, part, text }];
      }
      case "thinking_delta": {
        const text = delta.string("thinking");
        return text === "" ? [] : [{ type: "reasoning_delta", choice: 0, part, text }];
      }
      case "signature_delta":
        return [signatureDelta(part, delta.string("signature"))];
      case "citations_delta":
        return [{
          type: "annotation",
          choice: 0,
          part,
          format: FORMAT,
          value: delta.raw("citation") ?? null,
        }];
      case "input_json_delta": {
        const text = delta.string("partial_json");
        block.json += text;
        if (block.value.type === "tool_call") {
          return text === "" ? [] : [{ type: "arguments_delta", choice: 0, part, text }];
        }
        return [{ type: "opaque", format: FORMAT, value: event }];
      }
      default:
        // A delta of a block that only this format knows: it goes out as it came.
        if (block.value.type === "opaque") Object.assign(block.value.value, contentOf(delta.object));
        return [{ type: "opaque", format: FORMAT, value: event }];
    }
  }

  #blockStop(index: number): StreamEvent[] {
    const block = this.#blocks.get(index);
    if (block === undefined) return [];
    this.#blocks.delete(index);
    const { part, value } = block;
    if (value.type === "tool_call" && block.json === "") {
      const text = printArguments(block.input);
      return [{ type: "arguments_delta", choice: 0, part, text }, { type: "part_end", choice: 0, part }];
    }
    if (value.type !== "opaque") return [{ type: "part_end", choice: 0, part }];
    if (block.json !== "") value.value.input = parseArguments(block.json);
    return [{ type: "part_end", choice: 0, part, value }];
  }

  #messageDelta(body: Fields): StreamEvent[] {
    const delta = body.optionalFields("delta");
    const events = this.#finish(delta?.optionalString("stop_reason"), delta, {
      ...unknownFields(body.object, KNOWN_OF_EVENT),
      ...(delta && unknownFields(delta.object, KNOWN_OF_DELTA)),
    });
    const usage = body.optionalObject("usage");
    if (usage !== undefined) {
      this.#usage = mergeUsage(this.#usage, usage);
      events.push({ type: "usage", usage: decodeUsage(this.#usage) });
    }
    return events;
  }

  #finish(raw: string | undefined, delta?: Fields, unknown?: JsonObject): StreamEvent[] {
    if (raw === undefined) return [];
    this.#stopReason = null;
    const finish: StreamEvent = { type: "finish", choice: 0, reason: decodeStopReason(raw) };
    put(finish, "stopSequence", delta?.optionalString("stop_sequence"));
    const rest = restOf(unknown, finish.reason, finish.stopSequence, raw) ?? {};
    if (Object.keys(rest).length > 0) finish.extensions = { format: FORMAT, fields: rest };
    return [finish];
  }

  #fail(error: StreamEvent): StreamEvent[] {
    this.#ended = true;
    return [error];
  }
}

function signatureDelta(part: number, value: string): StreamEvent {
  const { signature = "", signatureFormat = FORMAT } = unsealSignature(value);
  return { type: "signature_delta", choice: 0, part, signature, format: signatureFormat };
}

/** A part as it begins, before the deltas that fill it. */
function emptied(part: Part): Part {
  switch (part.type) {
    case "text": {
      const { annotations: _, ...rest } = part;
      return { ...rest, text: "" };
    }
    case "reasoning":
      return part.redacted === undefined ? { type: "reasoning", text: "" } : part;
    case "tool_call":
      return { ...part, arguments: "" };
    case "opaque":
      // A copy: what the deltas add must not change the event that was sent on.
      return { ...part, value: { ...part.value } };
    default:
      return part;
  }
}

/** What a delta adds to its block: all but its type (`compaction_delta` has `content`). */
function contentOf(delta: JsonObject): JsonObject {
  const { type: _, ...content } = delta;
  return content;
}
