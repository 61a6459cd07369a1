import type { JsonObject, JsonValue, StreamEvent, ToolCallPart, Usage } from "../canonical.ts";
import type { EncodeContext, EventEncoder } from "../codec.ts";
import { customToolNames } from "../custom_tools.ts";
import { ownFields } from "../extensions.ts";
import { asAsked } from "../openai_chat/response.ts";
import { encodeDoneReason } from "./done_reason.ts";
import { encodeErrorLine } from "./error.ts";
import { encodeTime, encodeUsage } from "./metrics.ts";
import type { LineShape } from "./shape.ts";
import { encodeToolCall } from "./tool_calls.ts";

/** Lines of a stream. A call is told whole, once its arguments are; the last line has the counts. */
export class LineEncoder implements EventEncoder {
  readonly #shape: LineShape;
  readonly #custom: ReadonlySet<string>;
  /** What every line begins with. */
  readonly #head: JsonObject;
  /** Calls under way, by part. */
  readonly #calls = new Map<number, ToolCallPart>();
  /** Calls that were told. */
  #told = 0;
  #finish: (StreamEvent & { type: "finish" }) | null = null;
  #usage: Usage | undefined;
  #closed = false;

  constructor(shape: LineShape, context: EncodeContext) {
    this.#shape = shape;
    this.#custom = customToolNames(context.request);
    this.#head = { model: context.model, created_at: encodeTime(context.created) };
  }

  final(): null {
    return null;
  }

  push(event: StreamEvent): string {
    if (this.#closed) return "";
    switch (event.type) {
      case "start":
        this.#usage = event.usage;
        return "";
      case "usage":
        this.#usage = event.usage;
        return "";
      case "end":
        return this.#end();
      case "error":
        this.#closed = true;
        return encodeErrorLine(event.message);
      case "ping":
      case "opaque":
        return "";
      default:
        // There is one answer: of several choices it is the first.
        return event.choice === 0 ? this.#answer(event) : "";
    }
  }

  #answer(event: StreamEvent & { choice: number }): string {
    switch (event.type) {
      case "part_start":
        return this.#begin(event.part, event.value);
      case "text_delta":
      case "refusal_delta":
        return event.text === "" ? "" : this.#line(this.#shape.write(event.text), event.logprobs);
      case "reasoning_delta":
        return event.text === "" ? "" : this.#line(this.#shape.write("", event.text));
      case "arguments_delta": {
        const call = this.#calls.get(event.part);
        if (call !== undefined) call.arguments += event.text;
        return "";
      }
      case "part_end":
        return this.#tell(event.part);
      case "finish":
        this.#finish ??= event;
        return "";
      default:
        return "";
    }
  }

  /** What a part holds when it begins, which its deltas only add to. */
  #begin(part: number, value: (StreamEvent & { type: "part_start" })["value"]): string {
    if (value.type === "tool_call") this.#calls.set(part, { ...value });
    if (value.type === "text" || value.type === "refusal") {
      return value.text === "" ? "" : this.#line(this.#shape.write(value.text));
    }
    return value.type === "reasoning" && value.text !== ""
      ? this.#line(this.#shape.write("", value.text))
      : "";
  }

  #tell(part: number): string {
    const call = this.#calls.get(part);
    if (call === undefined) return "";
    this.#calls.delete(part);
    const told = encodeToolCall(asAsked(call, this.#custom), this.#told++);
    return this.#line(this.#shape.write("", "", [told]));
  }

  #line(said: JsonObject, logprobs?: JsonValue[]): string {
    const line: JsonObject = { ...this.#head, ...said, done: false };
    if (logprobs !== undefined) line.logprobs = logprobs;
    return `${JSON.stringify(line)}\n`;
  }

  #end(): string {
    this.#closed = true;
    let text = "";
    for (const part of [...this.#calls.keys()]) text += this.#tell(part);
    const line: JsonObject = {
      ...this.#head,
      ...this.#shape.write(""),
      done: true,
      done_reason: encodeDoneReason(this.#finish?.reason ?? "stop"),
      ...ownFields(this.#shape.format, this.#finish?.extensions),
      ...encodeUsage(this.#usage),
    };
    return `${text}${JSON.stringify(line)}\n`;
  }
}
