import type { JsonObject, Part, StreamEvent, Usage, WireFormat } from "../canonical.ts";
import type { EncodeContext, EventEncoder } from "../codec.ts";
import { wrapCustomInput } from "../custom_tools.ts";
import { Dropped, ownFields } from "../extensions.ts";
import { isObject } from "../shape.ts";
import { encodeSse } from "../sse.ts";
import { encodeToolUse } from "./encode_blocks.ts";
import { encodeThinking } from "./response.ts";
import { sealSignature } from "./signature.ts";
import { encodeStopReason } from "./stop_reason.ts";
import { encodeErrorEvent, errorTypeOf } from "./stream_error.ts";
import { encodeUsage } from "./usage.ts";

const FORMAT = "anthropic_messages";
const PING = encodeSse(`{"type":"ping"}`, "ping");
const STOP = encodeSse(`{"type":"message_stop"}`, "message_stop");

/** A part that shows: its block's deltas go out while it is first in line, and wait otherwise. */
interface Block {
  readonly value: Part;
  /** Events for it that wait. */
  readonly waiting: StreamEvent[];
  ended: boolean;
  /** Free-text input, which is JSON here once it is whole; null for all other parts. */
  held: string | null;
}

/**
 * Events in Anthropic's order. Blocks follow one another here, so what comes for a later part while an earlier
 * is open (calls side by side) waits until the earlier ends. `message_delta` is the last but one event and has
 * the usage, which other formats tell after the finish reason: both wait for the end.
 */
export class MessageEventEncoder implements EventEncoder {
  readonly #context: EncodeContext;
  /** Parts in the order of their start; the first is the open block. */
  readonly #line = new Map<number, Block>();
  #index = 0;
  #finish: (StreamEvent & { type: "finish" }) | null = null;
  #usage: Usage | undefined;
  #serviceTier: string | undefined;
  #closed = false;

  constructor(context: EncodeContext) {
    this.#context = context;
  }

  final(): null {
    return null;
  }

  push(event: StreamEvent): string {
    if (this.#closed) return "";
    switch (event.type) {
      case "start":
        return this.#start(event);
      case "usage":
        this.#usage = event.usage;
        return "";
      case "end":
        return this.#end();
      case "error":
        this.#closed = true;
        return encodeErrorEvent(event.message, errorTypeOf(event.code));
      case "ping":
        return PING;
      case "opaque":
        return event.format === FORMAT ? this.#opaque(event.value) : "";
      case "finish":
        if (event.choice === 0) this.#finish ??= event;
        return "";
      default:
        // A message has one answer: of several choices it is the first.
        return event.choice === 0 ? this.#part(event) : "";
    }
  }

  #start(event: StreamEvent & { type: "start" }): string {
    this.#serviceTier = event.serviceTier;
    this.#usage = event.usage;
    const message: JsonObject = {
      id: this.#context.id,
      type: "message",
      role: "assistant",
      model: this.#context.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: encodeUsage(event.usage, event.serviceTier),
      ...ownFields(FORMAT, event.extensions),
    };
    return send({ type: "message_start", message });
  }

  #part(event: StreamEvent & { part: number }): string {
    if (event.type === "part_start") {
      if (!shows(event.value)) return "";
      const isFirst = this.#line.size === 0;
      const held = event.value.type === "tool_call" && event.value.custom === true ? "" : null;
      this.#line.set(event.part, { value: event.value, waiting: [], ended: false, held });
      return isFirst ? this.#open(event.value) : "";
    }
    const block = this.#line.get(event.part);
    if (block === undefined) return "";
    const [first] = this.#line.keys();
    if (event.part !== first) {
      if (event.type === "part_end") block.ended = true;
      else block.waiting.push(event);
      return "";
    }
    return event.type === "part_end" ? this.#advance() : this.#delta(block, event);
  }

  /** Ends the open block, and shows what waited for it. */
  #advance(): string {
    let text = "";
    for (const [part, block] of this.#line) {
      // The first round is the block that ends now.
      if (block.held !== null) text += this.#arguments(JSON.stringify(wrapCustomInput(block.held)));
      text += send({ type: "content_block_stop", index: this.#index++ });
      this.#line.delete(part);
      const [next] = this.#line.values();
      if (next === undefined) break;
      text += this.#open(next.value);
      for (const event of next.waiting) text += this.#delta(next, event);
      next.waiting.length = 0;
      if (!next.ended) break;
    }
    return text;
  }

  #open(value: Part): string {
    return send({
      type: "content_block_start",
      index: this.#index,
      content_block: begin(value),
    }) + this.#known(value);
  }

  /** What a part holds when it begins, which its deltas only add to. */
  #known(value: Part): string {
    switch (value.type) {
      case "text":
      case "refusal":
        return value.text === "" ? "" : this.#text(value.text);
      case "reasoning":
        if (value.redacted !== undefined) return "";
        return (value.text === "" ? "" : this.#thinking(value.text)) +
          (value.signature === undefined
            ? ""
            : this.#signature(value.signature, value.signatureFormat ?? FORMAT));
      case "tool_call":
        return value.arguments === "" || value.custom === true ? "" : this.#arguments(value.arguments);
      default:
        return "";
    }
  }

  #delta(block: Block, event: StreamEvent): string {
    switch (event.type) {
      case "text_delta":
      case "refusal_delta":
        return event.text === "" ? "" : this.#text(event.text);
      case "reasoning_delta":
        return event.text === "" ? "" : this.#thinking(event.text);
      case "signature_delta":
        return this.#signature(event.signature, event.format);
      case "arguments_delta":
        if (block.held === null) return this.#arguments(event.text);
        block.held += event.text;
        return "";
      case "annotation":
        return event.format === FORMAT
          ? this.#send(`{"type":"citations_delta","citation":${JSON.stringify(event.value)}}`)
          : "";
      default:
        return "";
    }
  }

  #text(text: string): string {
    return this.#send(`{"type":"text_delta","text":${JSON.stringify(text)}}`);
  }

  #thinking(text: string): string {
    return this.#send(`{"type":"thinking_delta","thinking":${JSON.stringify(text)}}`);
  }

  #signature(signature: string, signatureFormat: WireFormat): string {
    const sealed = sealSignature({ signature, signatureFormat });
    return this.#send(`{"type":"signature_delta","signature":${JSON.stringify(sealed)}}`);
  }

  #arguments(text: string): string {
    return this.#send(`{"type":"input_json_delta","partial_json":${JSON.stringify(text)}}`);
  }

  /** A delta of the open block. */
  #send(delta: string): string {
    return encodeSse(
      `{"type":"content_block_delta","index":${this.#index},"delta":${delta}}`,
      "content_block_delta",
    );
  }

  /** This format's own event, for the block that is open where it is about one. */
  #opaque(value: JsonObject): string {
    return send(value.index === undefined ? value : { ...value, index: this.#index });
  }

  #end(): string {
    this.#closed = true;
    const open = this.#line.size > 0 ? this.#advance() : "";
    const { reason = "stop", stopSequence, extensions } = this.#finish ?? {};
    const { context_management: edits, ...own } = ownFields(FORMAT, extensions) ?? {};
    const event: JsonObject = {
      type: "message_delta",
      delta: {
        stop_reason: encodeStopReason(reason, stopSequence),
        stop_sequence: stopSequence ?? null,
        ...own,
      },
      usage: encodeUsage(this.#usage, this.#serviceTier),
    };
    if (edits !== undefined) event.context_management = edits;
    return open + send(event) + STOP;
  }
}

function send(event: JsonObject): string {
  return encodeSse(JSON.stringify(event), String(event.type));
}

/** Parts of other formats' own tools, audio and the like have no block. */
function shows(part: Part): boolean {
  return part.type === "opaque"
    ? part.format === FORMAT
    : part.type !== "audio" && part.type !== "tool_result";
}

/** A block as it begins: empty where deltas will fill it. */
function begin(part: Part): JsonObject {
  switch (part.type) {
    case "reasoning":
      return part.redacted === undefined
        ? { type: "thinking", thinking: "", signature: "" }
        : encodeThinking(part);
    case "tool_call": {
      const { input: _, ...block } = encodeToolUse({ ...part, arguments: "" }, new Dropped());
      return { ...block, input: {} };
    }
    case "opaque":
      return part.value;
    default: {
      const own = part.type === "text" ? ownFields(FORMAT, part.extensions) : undefined;
      return { type: "text", text: "", ...(isObject(own) && own) };
    }
  }
}
