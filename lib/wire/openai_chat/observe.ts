import type { JsonObject } from "../canonical.ts";
import { EventKind, type Observed, type StreamObserver } from "../codec.ts";
import { MALFORMED_EVENT, nothingObserved, parseEvent } from "../observed.ts";
import { isObject } from "../shape.ts";
import type { WireEvent } from "../framing.ts";
import { decodeFinishReason } from "./finish_reason.ts";
import { errorOf } from "./stream_error.ts";
import { decodeUsage, usageOf } from "./usage.ts";

/** What a whole answer says. The finish reason is the first choice's, in canonical words. */
export function observeResponse(body: JsonObject): Observed {
  const observed = nothingObserved();
  note(body, observed);
  const choice = Array.isArray(body.choices) ? body.choices[0] : undefined;
  if (isObject(choice) && typeof choice.finish_reason === "string") {
    const message = isObject(choice.message) ? choice.message : {};
    observed.finishReason = decodeFinishReason(choice.finish_reason, {
      hasCalls: Array.isArray(message.tool_calls) && message.tool_calls.length > 0,
      hasRefusal: typeof message.refusal === "string" && message.refusal !== "",
    });
  }
  const error = errorOf(body, "");
  if (error !== null) observed.error = { code: error.code, message: error.message };
  return observed;
}

function note(body: JsonObject, observed: Observed): void {
  if (observed.responseId === "" && typeof body.id === "string") observed.responseId = body.id;
  if (observed.model === "" && typeof body.model === "string") observed.model = body.model;
  // Nothing but usage replaces usage: it comes in the last chunk, in a chunk of its own, or in every one.
  const usage = usageOf(body);
  if (usage !== undefined) observed.usage = decodeUsage(usage) ?? observed.usage;
}

/** Reads along a stream of chunks: one `JSON.parse` an event and a look at the first choice's fields. */
export class ChatStreamObserver implements StreamObserver {
  readonly observed: Observed = nothingObserved();
  #begun = false;
  #hasCalls = false;
  #hasRefusal = false;

  push(event: WireEvent): EventKind {
    if (event.data === "[DONE]") return EventKind.Terminal;
    const chunk = parseEvent(event);
    if (chunk === null) return this.#fail(MALFORMED_EVENT);
    if (chunk.error !== undefined || event.type === "error") {
      const error = errorOf(chunk, event.type);
      if (error !== null) return this.#fail(error);
    }
    note(chunk, this.observed);
    const { choices } = chunk;
    if (!Array.isArray(choices) || choices.length === 0) {
      if (isObject(chunk.usage)) return EventKind.Usage;
    } else {
      // Not `some`: every choice has to be looked at.
      for (const choice of choices) {
        if (isObject(choice) && this.#observe(choice)) this.#begun = true;
      }
    }
    return this.#begun ? EventKind.Content : EventKind.Prelude;
  }

  /** @returns whether the choice shows anything of an answer: more than its role. */
  #observe(choice: JsonObject): boolean {
    const delta = isObject(choice.delta) ? choice.delta : {};
    const hasCalls = Array.isArray(delta.tool_calls) && delta.tool_calls.length > 0;
    const hasRefusal = isFilled(delta.refusal);
    if (hasCalls) this.#hasCalls = true;
    if (hasRefusal) this.#hasRefusal = true;
    if (typeof choice.finish_reason === "string") {
      if (choice.index === 0 || choice.index === undefined) {
        this.observed.finishReason = decodeFinishReason(choice.finish_reason, {
          hasCalls: this.#hasCalls,
          hasRefusal: this.#hasRefusal,
        });
      }
      return true;
    }
    if (this.#begun) return true;
    return hasCalls || hasRefusal || isFilled(delta.content) || isFilled(delta.reasoning_content) ||
      isFilled(delta.reasoning) || isFilled(delta.thinking_blocks) || isObject(delta.audio) ||
      isObject(delta.function_call);
  }

  #fail(error: { readonly code: string; readonly message: string }): EventKind {
    this.observed.error = { code: error.code, message: error.message };
    return EventKind.Error;
  }
}

function isFilled(value: unknown): boolean {
  return typeof value === "string" ? value !== "" : Array.isArray(value) && value.length > 0;
}
