import type { JsonObject } from "../canonical.ts";
import { EventKind, type Observed, type StreamObserver } from "../codec.ts";
import type { WireEvent } from "../framing.ts";
import { MALFORMED_EVENT, nothingObserved, parseEvent } from "../observed.ts";
import { decodeFinishReason } from "../openai_chat/finish_reason.ts";
import { errorOf } from "../openai_chat/stream_error.ts";
import { decodeUsage } from "../openai_chat/usage.ts";
import { isObject } from "../shape.ts";
import { TEXT_ALONE } from "./response.ts";

/** What a whole answer says. The finish reason is the first choice's. */
export function observeResponse(body: JsonObject): Observed {
  const observed = nothingObserved();
  note(body, observed);
  const error = errorOf(body, "");
  if (error !== null) observed.error = { code: error.code, message: error.message };
  return observed;
}

/** @returns whether there is text in it, or its end. */
function note(body: JsonObject, observed: Observed): boolean {
  if (observed.responseId === "" && typeof body.id === "string") observed.responseId = body.id;
  if (observed.model === "" && typeof body.model === "string") observed.model = body.model;
  if (isObject(body.usage)) observed.usage = decodeUsage(body.usage) ?? observed.usage;
  let shows = false;
  for (const choice of Array.isArray(body.choices) ? body.choices : []) {
    if (!isObject(choice)) continue;
    if (typeof choice.text === "string" && choice.text !== "") shows = true;
    if (typeof choice.finish_reason !== "string") continue;
    shows = true;
    if (choice.index === 0 || choice.index === undefined) {
      observed.finishReason = decodeFinishReason(choice.finish_reason, TEXT_ALONE);
    }
  }
  return shows;
}

/** Reads along a stream of completions. */
export class CompletionStreamObserver implements StreamObserver {
  readonly observed: Observed = nothingObserved();
  #begun = false;

  push(event: WireEvent): EventKind {
    if (event.data === "[DONE]") return EventKind.Terminal;
    const chunk = parseEvent(event);
    if (chunk === null) return this.#fail(MALFORMED_EVENT);
    if (chunk.error !== undefined || event.type === "error") {
      const error = errorOf(chunk, event.type);
      if (error !== null) return this.#fail(error);
    }
    if (note(chunk, this.observed)) this.#begun = true;
    const empty = !Array.isArray(chunk.choices) || chunk.choices.length === 0;
    if (empty && isObject(chunk.usage)) return EventKind.Usage;
    return this.#begun ? EventKind.Content : EventKind.Prelude;
  }

  #fail(error: { readonly code: string; readonly message: string }): EventKind {
    this.observed.error = { code: error.code, message: error.message };
    return EventKind.Error;
  }
}
