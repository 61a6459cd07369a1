import type { JsonObject, JsonValue, StreamEvent, Usage } from "../canonical.ts";
import type { EncodeContext, EventEncoder } from "../codec.ts";
import { encodeErrorEvent, errorTypeOf } from "../openai_chat/error_event.ts";
import { encodeSse, SSE_DONE } from "../sse.ts";
import { logprobsOf } from "./logprobs.ts";
import { echoOf } from "./request.ts";
import { encodeFinishReason, encodeUsage } from "./response.ts";

/** Chunks of completions: the prompt first where it is asked for, text, one finish a choice, usage, `[DONE]`. */
export class CompletionEventEncoder implements EventEncoder {
  readonly #context: EncodeContext;
  readonly #echo: string;
  readonly #head: JsonObject;
  /** Characters of each choice that was begun. */
  readonly #lengths = new Map<number, number>();
  #usage: Usage | null = null;
  #closed = false;

  constructor(context: EncodeContext) {
    this.#context = context;
    this.#echo = echoOf(context.request);
    this.#head = {
      id: context.id,
      object: "text_completion",
      created: context.created,
      model: context.model,
    };
  }

  final(): null {
    return null;
  }

  push(event: StreamEvent): string {
    if (this.#closed) return "";
    switch (event.type) {
      case "start":
        this.#usage = event.usage ?? null;
        return "";
      case "part_start":
        return event.value.type === "text" || event.value.type === "refusal"
          ? this.#text(event.choice, event.value.text)
          : "";
      case "text_delta":
      case "refusal_delta":
        return this.#text(event.choice, event.text, event.logprobs);
      case "finish":
        return this.#begin(event.choice) +
          this.#chunk(event.choice, "", null, encodeFinishReason(event.reason));
      case "usage":
        this.#usage = event.usage;
        return "";
      case "end":
        return this.#end();
      case "error":
        this.#closed = true;
        return encodeErrorEvent(event.code, event.message, errorTypeOf(event.code));
      default:
        // Reasoning and tools are none of a completion's text.
        return "";
    }
  }

  #text(choice: number, text: string, logprobs?: readonly JsonValue[]): string {
    if (text === "" && logprobs === undefined) return "";
    const begin = this.#begin(choice);
    const at = this.#lengths.get(choice) ?? 0;
    this.#lengths.set(choice, at + text.length);
    return begin + this.#chunk(choice, text, logprobs === undefined ? null : logprobsOf(logprobs, at), null);
  }

  #begin(choice: number): string {
    if (this.#lengths.has(choice)) return "";
    this.#lengths.set(choice, this.#echo.length);
    return this.#echo === "" ? "" : this.#chunk(choice, this.#echo, null, null);
  }

  #chunk(index: number, text: string, logprobs: JsonObject | null, finish: string | null): string {
    const choices = [{ text, index, logprobs, finish_reason: finish }];
    const usage = this.#context.includeUsage ? { usage: null } : {};
    return encodeSse(JSON.stringify({ ...this.#head, choices, ...usage }));
  }

  #end(): string {
    this.#closed = true;
    if (!this.#context.includeUsage || this.#usage === null) return SSE_DONE;
    const last = { ...this.#head, choices: [], usage: encodeUsage(this.#usage) };
    return encodeSse(JSON.stringify(last)) + SSE_DONE;
  }
}
