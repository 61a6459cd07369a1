import type { JsonObject } from "../canonical.ts";
import type { Observed } from "../codec.ts";
import { ChunkObserver, isFirst, observeBody } from "../openai_chat/chunk_observer.ts";
import { decodeFinishReason } from "../openai_chat/finish_reason.ts";
import { isObject } from "../shape.ts";
import { TEXT_ALONE } from "./response.ts";

/** What a whole answer says. The finish reason is the first choice's. */
export function observeResponse(body: JsonObject): Observed {
  const observed = observeBody(body);
  for (const choice of Array.isArray(body.choices) ? body.choices : []) {
    if (isObject(choice)) observeEnd(choice, observed);
  }
  return observed;
}

export class CompletionStreamObserver extends ChunkObserver {
  protected override observe(choice: JsonObject): boolean {
    return observeEnd(choice, this.observed) || (typeof choice.text === "string" && choice.text !== "");
  }
}

/** @returns whether the choice ends. */
function observeEnd(choice: JsonObject, observed: Observed): boolean {
  if (typeof choice.finish_reason !== "string") return false;
  if (isFirst(choice)) observed.finishReason = decodeFinishReason(choice.finish_reason, TEXT_ALONE);
  return true;
}
