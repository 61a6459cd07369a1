import type { JsonObject, Part, StreamEvent } from "../canonical.ts";
import type { EventDecoder } from "../codec.ts";
import type { WireEvent } from "../framing.ts";
import { newId } from "../ids.ts";
import { MALFORMED_EVENT, parseEvent } from "../observed.ts";
import { isObject } from "../shape.ts";
import { errorOf } from "./error.ts";
import { decodeFinishReason, encodeFinishReason } from "./finish_reason.ts";
import { planPart } from "./messages.ts";
import { decodeUsage } from "./usage.ts";

const FORMAT = "cohere_chat";

/** https://docs.cohere.com/v2/docs/streaming */
export class CohereEventDecoder implements EventDecoder {
  /** Parts that are open, by `content` or `call` and their index in the wire. */
  readonly #open = new Map<string, number>();
  #parts = 0;
  /** The last text: what citations are about. */
  #text = -1;
  #ended = false;

  push(event: WireEvent): StreamEvent[] {
    if (this.#ended) return [];
    const body = parseEvent(event);
    if (body === null) return this.#fail(MALFORMED_EVENT);
    const message = messageOf(body);
    switch (body.type) {
      case "message-start":
        return [{ type: "start", id: typeof body.id === "string" ? body.id : "", model: "" }];
      case "tool-plan-delta":
        return this.#plan(message.tool_plan);
      case "content-start":
        return this.#contentStart(body.index, message.content);
      case "content-delta":
        return this.#contentDelta(body.index, message.content);
      case "tool-call-start":
        return this.#callStart(body.index, message.tool_calls);
      case "tool-call-delta":
        return this.#callDelta(body.index, message.tool_calls);
      case "content-end":
        return this.#close(`content ${body.index}`);
      case "tool-call-end":
        return this.#close(`call ${body.index}`);
      case "citation-start":
        return this.#citation(message.citations);
      case "citation-end":
        return [];
      case "message-end":
        return this.#end(isObject(body.delta) ? body.delta : {});
      default: {
        const error = errorOf(body);
        return error === null ? [{ type: "opaque", format: FORMAT, value: body }] : this.#fail(error);
      }
    }
  }

  #start(key: string, value: Part, events: StreamEvent[]): number {
    const part = this.#parts++;
    this.#open.set(key, part);
    if (value.type === "text") this.#text = part;
    events.push({ type: "part_start", choice: 0, part, value });
    return part;
  }

  #close(key: string): StreamEvent[] {
    const part = this.#open.get(key);
    if (part === undefined) return [];
    this.#open.delete(key);
    return [{ type: "part_end", choice: 0, part }];
  }

  #plan(text: JsonObject[string] | undefined): StreamEvent[] {
    if (typeof text !== "string" || text === "") return [];
    const events: StreamEvent[] = [];
    const part = this.#open.get("plan") ?? this.#start("plan", planPart(""), events);
    events.push({ type: "text_delta", choice: 0, part, text });
    return events;
  }

  #contentStart(
    index: JsonObject[string] | undefined,
    content: JsonObject[string] | undefined,
  ): StreamEvent[] {
    const events = this.#close("plan");
    const thinks = isObject(content) && content.type === "thinking";
    this.#start(
      `content ${index}`,
      thinks ? { type: "reasoning", text: "" } : { type: "text", text: "" },
      events,
    );
    return [...events, ...this.#contentDelta(index, content)];
  }

  #contentDelta(
    index: JsonObject[string] | undefined,
    content: JsonObject[string] | undefined,
  ): StreamEvent[] {
    const part = this.#open.get(`content ${index}`);
    if (part === undefined || !isObject(content)) return [];
    const { text, thinking } = content;
    if (typeof thinking === "string" && thinking !== "") {
      return [{ type: "reasoning_delta", choice: 0, part, text: thinking }];
    }
    return typeof text === "string" && text !== "" ? [{ type: "text_delta", choice: 0, part, text }] : [];
  }

  #callStart(index: JsonObject[string] | undefined, call: JsonObject[string] | undefined): StreamEvent[] {
    const events = this.#close("plan");
    const fields = isObject(call) ? call : {};
    const described = isObject(fields.function) ? fields.function : {};
    this.#start(`call ${index}`, {
      type: "tool_call",
      id: typeof fields.id === "string" ? fields.id : newId("call_"),
      name: typeof described.name === "string" ? described.name : "",
      arguments: "",
    }, events);
    return [...events, ...this.#callDelta(index, call)];
  }

  #callDelta(index: JsonObject[string] | undefined, call: JsonObject[string] | undefined): StreamEvent[] {
    const part = this.#open.get(`call ${index}`);
    const described = isObject(call) && isObject(call.function) ? call.function : {};
    const { arguments: text } = described;
    if (part === undefined || typeof text !== "string" || text === "") return [];
    return [{ type: "arguments_delta", choice: 0, part, text }];
  }

  #citation(citation: JsonObject[string] | undefined): StreamEvent[] {
    if (!isObject(citation) || this.#text < 0) return [];
    return [{ type: "annotation", choice: 0, part: this.#text, format: FORMAT, value: citation }];
  }

  #end(delta: JsonObject): StreamEvent[] {
    const raw = typeof delta.finish_reason === "string" ? delta.finish_reason : "COMPLETE";
    const error = errorOf(delta);
    if (error !== null) return this.#fail(error);
    this.#ended = true;
    const events = [...this.#open.keys()].flatMap((key) => this.#close(key));
    const reason = decodeFinishReason(raw);
    const finish: StreamEvent = { type: "finish", choice: 0, reason };
    if (encodeFinishReason(reason) !== raw) {
      finish.extensions = { format: FORMAT, fields: { finish_reason: raw } };
    }
    events.push(finish);
    const usage = isObject(delta.usage) ? decodeUsage(delta.usage) : undefined;
    if (usage !== undefined) events.push({ type: "usage", usage });
    events.push({ type: "end" });
    return events;
  }

  #fail(error: { readonly code: string; readonly message: string }): StreamEvent[] {
    this.#ended = true;
    return [{ type: "error", code: error.code, message: error.message }];
  }
}

function messageOf(body: JsonObject): JsonObject {
  const delta = isObject(body.delta) ? body.delta : {};
  return isObject(delta.message) ? delta.message : {};
}
