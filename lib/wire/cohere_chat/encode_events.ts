import type { JsonObject, Part, StreamEvent, Usage } from "../canonical.ts";
import type { EncodeContext, EventEncoder } from "../codec.ts";
import { ownFields } from "../extensions.ts";
import { encodeSse } from "../sse.ts";
import { encodeFinishReason } from "./finish_reason.ts";
import { encodeCall, isPlan } from "./messages.ts";
import { encodeUsage } from "./usage.ts";

const FORMAT = "cohere_chat";

/** A part that shows: its kind and its index in the wire. */
interface OpenPart {
  readonly kind: "plan" | "text" | "thinking" | "call";
  readonly index: number;
}

/** Events as Cohere sends them: `message-end` has the reason and the usage, which both wait for it. */
export class CohereEventEncoder implements EventEncoder {
  readonly #open = new Map<number, OpenPart>();
  #contents = 0;
  #calls = 0;
  #citations = 0;
  #finish: (StreamEvent & { type: "finish" }) | null = null;
  #usage: Usage | undefined;
  #closed = false;

  constructor(private readonly context: EncodeContext) {}

  final(): null {
    return null;
  }

  push(event: StreamEvent): string {
    if (this.#closed) return "";
    switch (event.type) {
      case "start": {
        const message = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };
        this.#usage = event.usage;
        return send({ id: this.context.id, type: "message-start", delta: { message } });
      }
      case "usage":
        this.#usage = event.usage;
        return "";
      case "end":
        return this.#end();
      case "error":
        this.#closed = true;
        return encodeErrorEvent(event.message);
      case "opaque":
        return event.format === FORMAT ? send(event.value) : "";
      case "ping":
        return "";
      case "finish":
        if (event.choice === 0) this.#finish ??= event;
        return "";
      default:
        // An answer has one choice: of several it is the first.
        return event.choice === 0 ? this.#part(event) : "";
    }
  }

  #part(event: StreamEvent & { part: number }): string {
    if (event.type === "part_start") return this.#start(event.part, event.value);
    const open = this.#open.get(event.part);
    if (event.type === "annotation") return this.#citation(event);
    if (open === undefined) return "";
    switch (event.type) {
      case "text_delta":
      case "refusal_delta":
      case "reasoning_delta":
        return this.#text(open, event.text);
      case "arguments_delta":
        return this.#arguments(open, event.text);
      case "part_end":
        this.#open.delete(event.part);
        if (open.kind === "plan") return "";
        return send({ type: open.kind === "call" ? "tool-call-end" : "content-end", index: open.index });
      default:
        return "";
    }
  }

  #start(part: number, value: Part): string {
    switch (value.type) {
      case "tool_call": {
        const open: OpenPart = { kind: "call", index: this.#calls++ };
        this.#open.set(part, open);
        const call = encodeCall({ ...value, arguments: "" });
        return send({
          type: "tool-call-start",
          index: open.index,
          delta: { message: { tool_calls: call } },
        }) +
          this.#arguments(open, value.arguments);
      }
      case "text":
      case "refusal":
      case "reasoning": {
        if (isPlan(value)) return this.#begin(part, { kind: "plan", index: 0 }, value.text);
        const kind = value.type === "reasoning" ? "thinking" : "text";
        const open: OpenPart = { kind, index: this.#contents++ };
        const content = { type: kind, [kind]: "" };
        return send({ type: "content-start", index: open.index, delta: { message: { content } } }) +
          this.#begin(part, open, value.text);
      }
      default:
        return "";
    }
  }

  #begin(part: number, open: OpenPart, text: string): string {
    this.#open.set(part, open);
    return this.#text(open, text);
  }

  #text({ kind, index }: OpenPart, text: string): string {
    if (text === "") return "";
    if (kind === "plan") return send({ type: "tool-plan-delta", delta: { message: { tool_plan: text } } });
    return send({ type: "content-delta", index, delta: { message: { content: { [kind]: text } } } });
  }

  #arguments({ index }: OpenPart, text: string): string {
    if (text === "") return "";
    const call = { function: { arguments: text } };
    return send({ type: "tool-call-delta", index, delta: { message: { tool_calls: call } } });
  }

  #citation(event: StreamEvent & { type: "annotation" }): string {
    if (event.format !== FORMAT) return "";
    const index = this.#citations++;
    return send({ type: "citation-start", index, delta: { message: { citations: event.value } } }) +
      send({ type: "citation-end", index });
  }

  #end(): string {
    this.#closed = true;
    const { reason = "stop", extensions } = this.#finish ?? {};
    const delta: JsonObject = { finish_reason: encodeFinishReason(reason), ...ownFields(FORMAT, extensions) };
    if (this.#usage !== undefined) delta.usage = encodeUsage(this.#usage);
    return send({ type: "message-end", delta });
  }
}

/** The end of a stream that broke off; nothing follows it. */
export function encodeErrorEvent(message: string): string {
  return send({ type: "message-end", delta: { finish_reason: "ERROR", error: message } });
}

function send(event: JsonObject): string {
  return encodeSse(JSON.stringify(event), String(event.type));
}
