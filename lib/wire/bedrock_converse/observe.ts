import type { JsonObject } from "../canonical.ts";
import { EventKind, type Observed, type StreamObserver } from "../codec.ts";
import type { WireEvent } from "../framing.ts";
import { MALFORMED_EVENT, nothingObserved, parseEvent } from "../observed.ts";
import { isObject } from "../shape.ts";
import { exceptionOf } from "./exceptions.ts";
import { decodeStopReason } from "./stop_reason.ts";
import { decodeUsage } from "./usage.ts";

/** What a whole answer says; it has neither an id nor the model's name. */
export function observeResponse(body: JsonObject): Observed {
  const observed = nothingObserved();
  note(body, observed);
  return observed;
}

function note(body: JsonObject, observed: Observed): void {
  if (typeof body.stopReason === "string") observed.finishReason = decodeStopReason(body.stopReason);
  if (isObject(body.usage)) observed.usage = decodeUsage(body.usage);
}

/** Reads along a stream of events: one `JSON.parse` an event. */
export class ConverseStreamObserver implements StreamObserver {
  readonly observed: Observed = nothingObserved();
  #begun = false;
  #stopped = false;

  push(event: WireEvent): EventKind {
    const body = parseEvent(event);
    const error = exceptionOf(event, body) ?? (body === null ? MALFORMED_EVENT : null);
    if (body === null || error !== null) {
      this.observed.error = error ?? MALFORMED_EVENT;
      return EventKind.Error;
    }
    note(body, this.observed);
    switch (event.type) {
      case "contentBlockDelta":
        this.#begun = true;
        break;
      case "messageStop":
        this.#begun = this.#stopped = true;
        break;
      case "metadata":
        if (this.#stopped) return EventKind.Terminal;
    }
    return this.#begun ? EventKind.Content : EventKind.Prelude;
  }

  bodyEnded(): EventKind {
    return this.#stopped ? EventKind.Terminal : EventKind.Prelude;
  }
}
