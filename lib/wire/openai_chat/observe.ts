import type { JsonObject } from "../canonical.ts";
import type { Observed } from "../codec.ts";
import { isObject } from "../shape.ts";
import { ChunkObserver, isFirst, observeBody } from "./chunk_observer.ts";
import { decodeFinishReason } from "./finish_reason.ts";

/** What a whole answer says. The finish reason is the first choice's, in canonical words. */
export function observeResponse(body: JsonObject): Observed {
  const observed = observeBody(body);
  const choice = Array.isArray(body.choices) ? body.choices[0] : undefined;
  if (isObject(choice) && typeof choice.finish_reason === "string") {
    const message = isObject(choice.message) ? choice.message : {};
    observed.finishReason = decodeFinishReason(choice.finish_reason, {
      hasCalls: Array.isArray(message.tool_calls) && message.tool_calls.length > 0,
      hasRefusal: typeof message.refusal === "string" && message.refusal !== "",
    });
  }
  return observed;
}

export class ChatStreamObserver extends ChunkObserver {
  #hasCalls = false;
  #hasRefusal = false;

  protected override observe(choice: JsonObject): boolean {
    const delta = isObject(choice.delta) ? choice.delta : {};
    const hasCalls = Array.isArray(delta.tool_calls) && delta.tool_calls.length > 0;
    const hasRefusal = isFilled(delta.refusal);
    if (hasCalls) this.#hasCalls = true;
    if (hasRefusal) this.#hasRefusal = true;
    if (typeof choice.finish_reason === "string") {
      if (isFirst(choice)) {
        this.observed.finishReason = decodeFinishReason(choice.finish_reason, {
          hasCalls: this.#hasCalls,
          hasRefusal: this.#hasRefusal,
        });
      }
      return true;
    }
    if (this.begun) return true;
    return hasCalls || hasRefusal || isFilled(delta.content) || isFilled(delta.reasoning_content) ||
      isFilled(delta.reasoning) || isFilled(delta.thinking_blocks) || isObject(delta.audio) ||
      isObject(delta.function_call);
  }
}

function isFilled(value: unknown): boolean {
  return typeof value === "string" ? value !== "" : Array.isArray(value) && value.length > 0;
}
