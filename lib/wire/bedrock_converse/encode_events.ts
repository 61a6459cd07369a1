import { encodeAwsEvent, EXCEPTION_PREFIX } from "../aws_event_stream.ts";
import type { JsonObject, Part, StreamEvent, Usage } from "../canonical.ts";
import type { EventEncoder } from "../codec.ts";
import { wrapCustomInput } from "../custom_tools.ts";
import { ownFields } from "../extensions.ts";
import { isObject } from "../shape.ts";
import { FORMAT } from "./format.ts";
import { encodeStopReason } from "./stop_reason.ts";
import { encodeUsage } from "./usage.ts";

/** A block that its stop has not been told of. */
interface OpenBlock {
  readonly index: number;
  /** Free-text input, which is JSON here once it is whole; null for all other parts. */
  held: string | null;
}

/** Events in AWS's frames. Blocks may interleave: each event says which block it is about. */
export class ConverseEventEncoder implements EventEncoder {
  readonly #blocks = new Map<number, OpenBlock>();
  #count = 0;
  #finish: (StreamEvent & { type: "finish" }) | null = null;
  #usage: Usage | undefined;
  #closed = false;

  final(): null {
    return null;
  }

  push(event: StreamEvent): string {
    if (this.#closed) return "";
    switch (event.type) {
      case "start":
        this.#usage = event.usage;
        return send("messageStart", { role: "assistant" });
      case "usage":
        this.#usage = event.usage;
        return "";
      case "end":
        return this.#end();
      case "error":
        this.#closed = true;
        return encodeException("internalServerException", event.message);
      case "ping":
        return "";
      case "opaque":
        return event.format === FORMAT && isObject(event.value.event)
          ? send(String(event.value.type), event.value.event)
          : "";
      case "finish":
        if (event.choice === 0) this.#finish ??= event;
        return "";
      default:
        // A message has one answer: of several choices it is the first.
        return event.choice === 0 ? this.#part(event) : "";
    }
  }

  #part(event: StreamEvent & { part: number }): string {
    if (event.type === "part_start") return this.#start(event.part, event.value);
    const block = this.#blocks.get(event.part);
    if (block === undefined) return "";
    switch (event.type) {
      case "text_delta":
      case "refusal_delta":
        return event.text === "" ? "" : delta(block, { text: event.text });
      case "reasoning_delta":
        return event.text === "" ? "" : delta(block, { reasoningContent: { text: event.text } });
      case "signature_delta":
        return event.format === "anthropic_messages"
          ? delta(block, { reasoningContent: { signature: event.signature } })
          : "";
      case "arguments_delta":
        if (block.held === null) return delta(block, { toolUse: { input: event.text } });
        block.held += event.text;
        return "";
      case "annotation":
        return event.format === FORMAT && isObject(event.value)
          ? delta(block, { citation: event.value })
          : "";
      case "part_end":
        return this.#stop(event.part, block);
      default:
        return "";
    }
  }

  #start(part: number, value: Part): string {
    if (
      value.type !== "text" && value.type !== "refusal" && value.type !== "reasoning" &&
      value.type !== "tool_call"
    ) {
      return "";
    }
    const custom = value.type === "tool_call" && value.custom === true;
    const block: OpenBlock = { index: this.#count++, held: custom ? value.arguments : null };
    this.#blocks.set(part, block);
    switch (value.type) {
      case "tool_call": {
        const start = { toolUse: { toolUseId: value.id, name: value.name } };
        const text = send("contentBlockStart", { contentBlockIndex: block.index, start });
        return custom || value.arguments === ""
          ? text
          : text + delta(block, { toolUse: { input: value.arguments } });
      }
      case "reasoning": {
        if (value.redacted !== undefined) {
          return delta(block, { reasoningContent: { redactedContent: value.redacted } });
        }
        return value.text === "" ? "" : delta(block, { reasoningContent: { text: value.text } });
      }
      default:
        return value.text === "" ? "" : delta(block, { text: value.text });
    }
  }

  #stop(part: number, block: OpenBlock): string {
    this.#blocks.delete(part);
    const input = block.held === null
      ? ""
      : delta(block, { toolUse: { input: JSON.stringify(wrapCustomInput(block.held)) } });
    return input + send("contentBlockStop", { contentBlockIndex: block.index });
  }

  #end(): string {
    this.#closed = true;
    let text = "";
    for (const [part, block] of [...this.#blocks]) text += this.#stop(part, block);
    const { reason = "stop", stopSequence, extensions } = this.#finish ?? {};
    const stop: JsonObject = {
      stopReason: encodeStopReason(reason, stopSequence),
      ...ownFields(FORMAT, extensions),
    };
    const metadata = { usage: encodeUsage(this.#usage), metrics: { latencyMs: 0 } };
    return text + send("messageStop", stop) + send("metadata", metadata);
  }
}

function send(type: string, event: JsonObject): string {
  return encodeAwsEvent(type, JSON.stringify(event));
}

function delta(block: OpenBlock, value: JsonObject): string {
  return send("contentBlockDelta", { contentBlockIndex: block.index, delta: value });
}

/** An error after the stream began; nothing follows it. */
export function encodeException(name: string, message: string): string {
  return encodeAwsEvent(EXCEPTION_PREFIX + name, JSON.stringify({ message }));
}
