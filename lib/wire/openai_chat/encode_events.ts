import type { JsonObject, JsonValue, Part, ReasoningPart, StreamEvent, Usage } from "../canonical.ts";
import type { EncodeContext, EventEncoder } from "../codec.ts";
import { customToolNames, unwrapCustomInput } from "../custom_tools.ts";
import { ownFields } from "../extensions.ts";
import { encodeSse, SSE_DONE } from "../sse.ts";
import { encodeAnswerImage } from "./answer_images.ts";
import { encodeAnnotation } from "./annotations.ts";
import { encodeErrorEvent, errorTypeOf } from "./error_event.ts";
import { encodeFinishReason } from "./finish_reason.ts";
import { encodeThinkingBlock } from "./reasoning.ts";
import { signatureField } from "./thought_signature.ts";
import { encodeToolCall } from "./tool_calls.ts";
import { encodeUsage } from "./usage.ts";

const FORMAT = "openai_chat";

/** A part that is not ended yet. */
interface OpenPart {
  readonly value: Part;
  /** Place among the choice's tool calls. */
  readonly call: number;
  /** Where a text begins in the message's content. */
  readonly offset: number;
  /** Free-text input that came as arguments and is known once they are whole. */
  held: string | null;
}

interface ChoiceState {
  readonly parts: Map<number, OpenPart>;
  calls: number;
  /** The reasoning before what comes next. */
  signed: ReasoningPart | null;
  hasRefusal: boolean;
  /** Characters of content so far. */
  length: number;
  finished: boolean;
}

function newState(): ChoiceState {
  return { parts: new Map(), calls: 0, signed: null, hasRefusal: false, length: 0, finished: false };
}

/**
 * Chunks as OpenAI sends them: the role first, one finish chunk a choice, the usage chunk if it was asked for,
 * `[DONE]`. Chunks of text, by far the most, are put together from prepared strings.
 */
export class ChatEventEncoder implements EventEncoder {
  readonly #context: EncodeContext;
  readonly #custom: ReadonlySet<string>;
  readonly #choices = new Map<number, ChoiceState>();
  /** `{"id":…,…,"choices":[{"index":` up to the choice. */
  #prefix = "";
  /** What follows the choices: OpenAI has `"usage":null` in every chunk of a stream that ends with usage. */
  readonly #suffix: string;
  #usage: Usage | null = null;
  #closed = false;

  constructor(context: EncodeContext) {
    this.#context = context;
    this.#custom = customToolNames(context.request);
    this.#suffix = context.includeUsage ? `],"usage":null}\n\n` : "]}\n\n";
  }

  final(): null {
    return null;
  }

  push(event: StreamEvent): string {
    if (this.#closed) return "";
    switch (event.type) {
      case "start":
        return this.#start(event);
      case "part_start":
        return this.#partStart(event.choice, event.part, event.value);
      case "text_delta":
        this.#state(event.choice).length += event.text.length;
        return this.#delta(
          event.choice,
          `"content":${JSON.stringify(event.text)}`,
          "content",
          event.logprobs,
        );
      case "refusal_delta":
        return this.#delta(
          event.choice,
          `"refusal":${JSON.stringify(event.text)}`,
          "refusal",
          event.logprobs,
        );
      case "reasoning_delta":
        return this.#delta(event.choice, `"reasoning_content":${JSON.stringify(event.text)}`);
      case "signature_delta":
        return this.#signature(event.choice, {
          type: "reasoning",
          text: "",
          signature: event.signature,
          signatureFormat: event.format,
        });
      case "arguments_delta":
        return this.#arguments(event.choice, event.part, event.text);
      case "annotation":
        return this.#annotation(event.choice, event.part, event.format, event.value);
      case "part_end":
        return this.#partEnd(event.choice, event.part);
      case "finish":
        return this.#finish(event);
      case "usage":
        this.#usage = event.usage;
        return "";
      case "end":
        return this.#end();
      case "error":
        this.#closed = true;
        return encodeErrorEvent(event.code, event.message, errorTypeOf(event.code));
      case "opaque":
        return event.format === FORMAT ? this.#chunk([], event.value) : "";
      case "ping":
        return "";
    }
  }

  #start(event: StreamEvent & { type: "start" }): string {
    this.#usage = event.usage ?? null;
    const head: JsonObject = {
      id: this.#context.id,
      object: "chat.completion.chunk",
      created: this.#context.created,
      model: this.#context.model,
    };
    if (event.serviceTier !== undefined) head.service_tier = event.serviceTier;
    if (event.systemFingerprint !== undefined) head.system_fingerprint = event.systemFingerprint;
    this.#prefix = `${JSON.stringify(head).slice(0, -1)},"choices":[`;
    const own = ownFields(FORMAT, event.extensions);
    return own === undefined ? this.#role(0) : this.#chunk([], own) + this.#role(0);
  }

  /** A choice begins with its role. */
  #role(choice: number): string {
    this.#choices.set(choice, newState());
    return this.#delta(choice, `"role":"assistant","content":"","refusal":null`);
  }

  #partStart(choice: number, part: number, value: Part): string {
    const role = this.#choices.has(choice) ? "" : this.#role(choice);
    const state = this.#state(choice);
    const isCall = value.type === "tool_call";
    const held = isCall && value.custom !== true && this.#custom.has(value.name) ? value.arguments : null;
    const call = isCall ? state.calls++ : -1;
    state.parts.set(part, { value, call, offset: state.length, held });
    if (value.type === "refusal") state.hasRefusal = true;
    if (!isCall) {
      state.signed = null;
      return role + this.#known(choice, part, value);
    }
    const shown = held === null ? value : { ...value, custom: true, arguments: "" };
    const signed = signatureField(state.signed);
    state.signed = null;
    return role + this.#toolCall(choice, call, { ...encodeToolCall(shown), ...signed });
  }

  /** What a part holds when it begins, which its deltas only add to. */
  #known(choice: number, part: number, value: Part): string {
    switch (value.type) {
      case "text":
        return value.text === "" ? "" : this.push({ type: "text_delta", choice, part, text: value.text });
      case "refusal":
        return value.text === "" ? "" : this.push({ type: "refusal_delta", choice, part, text: value.text });
      case "reasoning": {
        const block = this.#signature(choice, value);
        if (value.text === "") return block;
        return this.push({ type: "reasoning_delta", choice, part, text: value.text }) + block;
      }
      case "image": {
        const image = encodeAnswerImage(value);
        return image === null ? "" : this.#delta(choice, `"images":${JSON.stringify([image])}`);
      }
      default:
        return "";
    }
  }

  /** Google's waits for the call that it belongs to; Anthropic's is a block. */
  #signature(choice: number, part: ReasoningPart): string {
    this.#state(choice).signed = part;
    return this.#thinkingBlock(choice, part);
  }

  /** What Anthropic wants back as it was; the text of its thinking went out as it came. */
  #thinkingBlock(choice: number, part: ReasoningPart): string {
    const block = encodeThinkingBlock(part);
    return block === null ? "" : this.#delta(choice, `"thinking_blocks":${JSON.stringify([block])}`);
  }

  #arguments(choice: number, part: number, text: string): string {
    const open = this.#state(choice).parts.get(part);
    if (open === undefined) return "";
    if (open.held !== null) {
      open.held += text;
      return "";
    }
    const isCustom = open.value.type === "tool_call" && open.value.custom === true;
    const body = isCustom
      ? `"custom":{"input":${JSON.stringify(text)}}`
      : `"function":{"arguments":${JSON.stringify(text)}}`;
    return this.#delta(choice, `"tool_calls":[{"index":${open.call},${body}}]`);
  }

  #toolCall(choice: number, index: number, call: JsonObject): string {
    return this.#delta(choice, `"tool_calls":${JSON.stringify([{ index, ...call }])}`);
  }

  #annotation(
    choice: number,
    part: number,
    format: Parameters<typeof encodeAnnotation>[0],
    value: JsonValue,
  ) {
    const state = this.#state(choice);
    const offset = state.parts.get(part)?.offset ?? 0;
    const annotation = encodeAnnotation(format, value, offset, state.length);
    return annotation === null ? "" : this.#delta(choice, `"annotations":${JSON.stringify([annotation])}`);
  }

  #partEnd(choice: number, part: number): string {
    const { parts } = this.#state(choice);
    const open = parts.get(part);
    parts.delete(part);
    if (open === undefined || open.held === null) return "";
    const input = unwrapCustomInput(open.held);
    return this.#toolCall(choice, open.call, { custom: { input } });
  }

  #finish(event: StreamEvent & { type: "finish" }): string {
    const role = this.#choices.has(event.choice) ? "" : this.#role(event.choice);
    const state = this.#state(event.choice);
    if (state.finished) return role;
    state.finished = true;
    const reason = encodeFinishReason(event.reason, {
      hasCalls: state.calls > 0,
      hasRefusal: state.hasRefusal,
    });
    const choice: JsonObject = {
      index: event.choice,
      delta: {},
      logprobs: null,
      finish_reason: reason,
      ...ownFields(FORMAT, event.extensions),
    };
    return role + this.#chunk([choice]);
  }

  #end(): string {
    this.#closed = true;
    if (!this.#context.includeUsage || this.#usage === null) return SSE_DONE;
    return `data: ${this.#prefix}],"usage":${JSON.stringify(encodeUsage(this.#usage))}}\n\n${SSE_DONE}`;
  }

  #delta(choice: number, delta: string, kind?: "content" | "refusal", logprobs?: JsonValue[]): string {
    const shown = logprobs === undefined
      ? "null"
      : JSON.stringify({ content: null, refusal: null, [kind ?? "content"]: logprobs });
    return `data: ${this.#prefix}{"index":${choice},"delta":{${delta}},"logprobs":${shown},` +
      `"finish_reason":null}${this.#suffix}`;
  }

  /** A chunk with any choices and fields. */
  #chunk(choices: JsonObject[], fields?: JsonObject): string {
    const body = choices.map((choice) => JSON.stringify(choice)).join(",");
    if (fields === undefined) return `data: ${this.#prefix}${body}${this.#suffix}`;
    return encodeSse(`${this.#prefix}${body}],${JSON.stringify(fields).slice(1)}`);
  }

  #state(choice: number): ChoiceState {
    let state = this.#choices.get(choice);
    if (state === undefined) {
      state = newState();
      this.#choices.set(choice, state);
    }
    return state;
  }
}
