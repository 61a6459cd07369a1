import type { JsonObject, JsonValue, Part, StreamEvent } from "../canonical.ts";
import { newId } from "../ids.ts";
import { Fields, isObject, unknownFields } from "../shape.ts";
import { isCompleteObject, printArguments } from "../tool_arguments.ts";
import { decodeAnswerImages } from "./answer_images.ts";
import { decodeFinishReason, encodeFinishReason } from "./finish_reason.ts";
import { decodeThinkingBlock, reasoningText } from "./reasoning.ts";
import { decodeContentItem } from "./response.ts";
import { signedReasoning } from "./thought_signature.ts";

const FORMAT = "openai_chat";
const KNOWN_OF_CHOICE = new Set(["index", "delta", "finish_reason", "logprobs", "text"]);

/** A tool call under way. */
interface OpenCall {
  readonly part: number;
  readonly custom: boolean;
  arguments: string;
  open: boolean;
}

/** The parts of one choice. Text and reasoning follow one another; tool calls may be open side by side. */
export class ChoiceDecoder {
  readonly #choice: number;
  readonly #calls = new Map<number, OpenCall>();
  #parts = 0;
  /** Part that takes text, reasoning or a refusal now, and its kind. */
  #current = -1;
  #kind: Part["type"] | "" = "";
  #hasRefusal = false;
  #finished = false;

  constructor(choice: number) {
    this.#choice = choice;
  }

  push(choice: JsonObject, events: StreamEvent[]): void {
    if (this.#finished) return;
    const delta = isObject(choice.delta) ? choice.delta : {};
    const logprobs = isObject(choice.logprobs) ? choice.logprobs : {};
    this.#reasoning(delta, events);
    this.#content(delta.content, logprobs.content, events);
    const refusal = typeof delta.refusal === "string" ? delta.refusal : "";
    if (refusal !== "" || isFilled(logprobs.refusal)) this.#refusal(refusal, logprobs.refusal, events);
    for (const image of decodeAnswerImages(delta.images)) {
      this.#start(image, events);
      this.#close(events);
    }
    if (Array.isArray(delta.annotations)) this.#annotations(delta.annotations, events);
    if (Array.isArray(delta.tool_calls)) {
      for (const call of delta.tool_calls) {
        if (isObject(call)) this.#call(call, events);
      }
    }
    if (typeof choice.finish_reason === "string") this.finish(choice.finish_reason, choice, events);
  }

  /** Ends every part that is open, and the choice. */
  finish(raw: string, choice: JsonObject | undefined, events: StreamEvent[]): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#close(events);
    for (const call of this.#calls.values()) this.#closeCall(call, events);
    const content = { hasCalls: this.#calls.size > 0, hasRefusal: this.#hasRefusal };
    const reason = decodeFinishReason(raw, content);
    const rest: JsonObject = { ...(choice && unknownFields(choice, KNOWN_OF_CHOICE)) };
    if (choice !== undefined && encodeFinishReason(reason, content) !== raw) rest.finish_reason = raw;
    const finish: StreamEvent = { type: "finish", choice: this.#choice, reason };
    if (Object.keys(rest).length > 0) finish.extensions = { format: FORMAT, fields: rest };
    events.push(finish);
  }

  #reasoning(delta: JsonObject, events: StreamEvent[]): void {
    const text = reasoningText(delta);
    if (text !== undefined && text !== "") this.#reason(text, events);
    if (!Array.isArray(delta.thinking_blocks)) return;
    for (const block of delta.thinking_blocks) {
      if (!isObject(block)) continue;
      const part = decodeThinkingBlock(block);
      if (part.redacted !== undefined) {
        this.#start({ ...part, text: "" }, events);
        this.#close(events);
      } else if (part.signature !== undefined) {
        this.#ensure("reasoning", { type: "reasoning", text: "" }, events);
        events.push({
          type: "signature_delta",
          choice: this.#choice,
          part: this.#current,
          signature: part.signature,
          format: "anthropic_messages",
        });
        this.#close(events);
      }
    }
  }

  #reason(text: string, events: StreamEvent[]): void {
    this.#ensure("reasoning", { type: "reasoning", text: "" }, events);
    events.push({ type: "reasoning_delta", choice: this.#choice, part: this.#current, text });
  }

  #content(content: JsonValue | undefined, logprobs: JsonValue | undefined, events: StreamEvent[]): void {
    if (Array.isArray(content)) {
      for (const item of content) {
        if (isObject(item)) this.#contentItem(item, events);
      }
      return;
    }
    const text = typeof content === "string" ? content : "";
    if (text === "" && !isFilled(logprobs)) return;
    this.#ensure("text", { type: "text", text: "" }, events);
    const event: StreamEvent = { type: "text_delta", choice: this.#choice, part: this.#current, text };
    if (isFilled(logprobs)) event.logprobs = logprobs;
    events.push(event);
  }

  #contentItem(item: JsonObject, events: StreamEvent[]): void {
    for (const part of decodeContentItem(new Fields(item, "delta.content", "upstream_invalid_response"))) {
      if (part.type === "text") this.#content(part.text, undefined, events);
      else if (part.type === "reasoning") this.#reason(part.text, events);
      else {
        this.#start(part, events);
        this.#close(events);
      }
    }
  }

  #refusal(text: string, logprobs: JsonValue | undefined, events: StreamEvent[]): void {
    this.#hasRefusal = true;
    this.#ensure("refusal", { type: "refusal", text: "" }, events);
    const event: StreamEvent = { type: "refusal_delta", choice: this.#choice, part: this.#current, text };
    if (isFilled(logprobs)) event.logprobs = logprobs;
    events.push(event);
  }

  #annotations(annotations: readonly JsonValue[], events: StreamEvent[]): void {
    for (const value of annotations) {
      this.#ensure("text", { type: "text", text: "" }, events);
      events.push({ type: "annotation", choice: this.#choice, part: this.#current, format: FORMAT, value });
    }
  }

  #call(delta: JsonObject, events: StreamEvent[]): void {
    const custom = delta.type === "custom" || isObject(delta.custom);
    const body = custom ? delta.custom : delta.function;
    const fields = isObject(body) ? body : {};
    const index = this.#callIndex(delta);
    let call = this.#calls.get(index);
    if (call === undefined) call = this.#openCall(index, delta, fields, custom, events);
    const piece = custom ? fields.input : fields.arguments;
    const text = isObject(piece) ? printArguments(piece) : typeof piece === "string" ? piece : "";
    if (text === "" || !call.open) return;
    call.arguments += text;
    events.push({ type: "arguments_delta", choice: this.#choice, part: call.part, text });
  }

  /** Mistral leaves the index out: a new id is the next call, none continues the last. */
  #callIndex(delta: JsonObject): number {
    if (typeof delta.index === "number") return delta.index;
    return typeof delta.id === "string" ? this.#calls.size : Math.max(0, this.#calls.size - 1);
  }

  #openCall(
    index: number,
    delta: JsonObject,
    fields: JsonObject,
    custom: boolean,
    events: StreamEvent[],
  ): OpenCall {
    this.#signed(delta, events);
    this.#close(events);
    // The calls before are most likely complete: ended now, a client need not wait for the answer's end.
    for (const earlier of this.#calls.values()) {
      if (earlier.open && !earlier.custom && isCompleteObject(earlier.arguments)) {
        this.#closeCall(earlier, events);
      }
    }
    const call: OpenCall = { part: this.#parts++, custom, arguments: "", open: true };
    this.#calls.set(index, call);
    const value: Part = {
      type: "tool_call",
      id: typeof delta.id === "string" && delta.id !== "" ? delta.id : newId("call_"),
      name: typeof fields.name === "string" ? fields.name : "",
      arguments: "",
    };
    if (custom) value.custom = true;
    events.push({ type: "part_start", choice: this.#choice, part: call.part, value });
    return call;
  }

  /** Gemini's signature, which is reasoning of its own or that before the call. */
  #signed(delta: JsonObject, events: StreamEvent[]): void {
    const signed = signedReasoning(delta);
    if (signed === null) return;
    this.#ensure("reasoning", { type: "reasoning", text: "" }, events);
    events.push({
      type: "signature_delta",
      choice: this.#choice,
      part: this.#current,
      signature: signed.signature ?? "",
      format: "google_generate_content",
    });
  }

  #closeCall(call: OpenCall, events: StreamEvent[]): void {
    if (!call.open) return;
    call.open = false;
    events.push({ type: "part_end", choice: this.#choice, part: call.part });
  }

  #ensure(kind: Part["type"], value: Part, events: StreamEvent[]): void {
    if (this.#kind === kind) return;
    this.#start(value, events);
  }

  #start(value: Part, events: StreamEvent[]): void {
    this.#close(events);
    this.#kind = value.type;
    this.#current = this.#parts++;
    events.push({ type: "part_start", choice: this.#choice, part: this.#current, value });
  }

  #close(events: StreamEvent[]): void {
    if (this.#kind === "") return;
    this.#kind = "";
    events.push({ type: "part_end", choice: this.#choice, part: this.#current });
  }
}

function isFilled(value: JsonValue | undefined): value is JsonValue[] {
  return Array.isArray(value) && value.length > 0;
}
