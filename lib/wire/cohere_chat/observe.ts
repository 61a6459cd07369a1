import type { JsonObject } from "../canonical.ts";
import { EventKind, type Observed, type StreamObserver } from "../codec.ts";
import type { WireEvent } from "../framing.ts";
import { MALFORMED_EVENT, nothingObserved, parseEvent } from "../observed.ts";
import { isObject } from "../shape.ts";
import { errorOf } from "./error.ts";
import { decodeFinishReason } from "./finish_reason.ts";
import { decodeUsage } from "./usage.ts";

/** What a whole answer says. It does not name its model. */
export function observeResponse(body: JsonObject): Observed {
  const observed = nothingObserved();
  if (typeof body.id === "string") observed.responseId = body.id;
  noteEnd(body, observed);
  observed.error = errorOf(body);
  return observed;
}

function noteEnd(fields: JsonObject, observed: Observed): void {
  if (typeof fields.finish_reason === "string") {
    observed.finishReason = decodeFinishReason(fields.finish_reason);
  }
  if (isObject(fields.usage)) observed.usage = decodeUsage(fields.usage) ?? null;
}

/** Reads along a stream of Cohere's events: one `JSON.parse` an event. */
export class CohereStreamObserver implements StreamObserver {
  readonly observed: Observed = nothingObserved();
  #begun = false;

  push(event: WireEvent): EventKind {
    const body = parseEvent(event);
    if (body === null) return this.#fail(MALFORMED_EVENT);
    switch (body.type) {
      case "message-start":
        if (typeof body.id === "string") this.observed.responseId = body.id;
        return EventKind.Prelude;
      case "content-start":
        return this.#begun ? EventKind.Content : EventKind.Prelude;
      case "message-end":
        return this.#end(isObject(body.delta) ? body.delta : {});
      default: {
        const error = errorOf(body);
        if (error !== null) return this.#fail(error);
        this.#begun = true;
        return EventKind.Content;
      }
    }
  }

  #end(delta: JsonObject): EventKind {
    const error = errorOf(delta);
    if (error !== null) return this.#fail(error);
    noteEnd(delta, this.observed);
    return EventKind.Terminal;
  }

  #fail(error: { readonly code: string; readonly message: string }): EventKind {
    this.observed.error = { code: error.code, message: error.message };
    return EventKind.Error;
  }
}
