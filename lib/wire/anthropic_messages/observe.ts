import type { JsonObject } from "../canonical.ts";
import { EventKind, type Observed, type StreamObserver } from "../codec.ts";
import { MALFORMED_EVENT, nothingObserved, parseEvent } from "../observed.ts";
import { isObject } from "../shape.ts";
import type { WireEvent } from "../framing.ts";
import { decodeStopReason } from "./stop_reason.ts";
import { errorOf, SPLICED_STREAM } from "./stream_error.ts";
import { decodeUsage, mergeUsage } from "./usage.ts";

/** What a whole answer says. The finish reason is in canonical words. */
export function observeResponse(body: JsonObject): Observed {
  const observed = nothingObserved();
  noteMessage(body, observed);
  if (isObject(body.usage)) observed.usage = decodeUsage(body.usage);
  if (body.type === "error") {
    const { code, message } = errorOf(body);
    observed.error = { code, message };
  }
  return observed;
}

function noteMessage(message: JsonObject, observed: Observed): void {
  if (typeof message.id === "string") observed.responseId = message.id;
  if (typeof message.model === "string") observed.model = message.model;
  if (typeof message.stop_reason === "string") observed.finishReason = decodeStopReason(message.stop_reason);
}

/** Reads along a stream of message events: one `JSON.parse` an event. */
export class MessageStreamObserver implements StreamObserver {
  readonly observed: Observed = nothingObserved();
  #usage: JsonObject | null = null;
  #begun = false;

  push(event: WireEvent): EventKind {
    const body = parseEvent(event);
    if (body === null) return this.#fail(MALFORMED_EVENT);
    switch (body.type) {
      case "content_block_delta":
        this.#begun = true;
        return EventKind.Content;
      case "message_start":
        return this.#start(body);
      case "message_delta":
        return this.#messageDelta(body);
      case "message_stop":
        return EventKind.Terminal;
      case "error":
        return this.#fail(errorOf(body));
      default:
        return this.#begun ? EventKind.Content : EventKind.Prelude;
    }
  }

  #start(body: JsonObject): EventKind {
    const message = isObject(body.message) ? body.message : {};
    if (this.observed.responseId !== "" && this.observed.responseId !== message.id) {
      return this.#fail(SPLICED_STREAM);
    }
    noteMessage(message, this.observed);
    if (isObject(message.usage)) this.#note(message.usage);
    // Calls that a tool of the provider's made wait in the answer from its start.
    if (Array.isArray(message.content) && message.content.length > 0) this.#begun = true;
    return this.#begun ? EventKind.Content : EventKind.Prelude;
  }

  /** An answer without a block ends with this alone (a refusal), so it is content in any case. */
  #messageDelta(body: JsonObject): EventKind {
    this.#begun = true;
    if (isObject(body.delta) && typeof body.delta.stop_reason === "string") {
      this.observed.finishReason = decodeStopReason(body.delta.stop_reason);
    }
    if (isObject(body.usage)) this.#note(body.usage);
    return EventKind.Content;
  }

  #note(usage: JsonObject): void {
    this.#usage = this.#usage === null ? usage : mergeUsage(this.#usage, usage);
    this.observed.usage = decodeUsage(this.#usage);
  }

  #fail(error: { readonly code: string; readonly message: string }): EventKind {
    this.observed.error = { code: error.code, message: error.message };
    return EventKind.Error;
  }
}
