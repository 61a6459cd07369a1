import type { JsonObject } from "../canonical.ts";
import { EventKind, type Observed, type ObservedError, type StreamObserver } from "../codec.ts";
import type { WireEvent } from "../framing.ts";
import { MALFORMED_EVENT, nothingObserved, parseEvent } from "../observed.ts";
import { isObject } from "../shape.ts";
import { errorOf } from "./stream_error.ts";
import { decodeUsage, usageOf } from "./usage.ts";

/** Reads along a stream of chunks with choices: one `JSON.parse` an event and a look at the choices' fields. */
export abstract class ChunkObserver implements StreamObserver {
  readonly observed: Observed = nothingObserved();
  /** Whether something of an answer came already. */
  protected begun = false;

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
        if (isObject(choice) && this.observe(choice)) this.begun = true;
      }
    }
    return this.begun ? EventKind.Content : EventKind.Prelude;
  }

  /** Notes why it ends. @returns whether the choice shows anything of an answer: more than its role. */
  protected abstract observe(choice: JsonObject): boolean;

  #fail(error: ObservedError): EventKind {
    this.observed.error = error;
    return EventKind.Error;
  }
}

/** What a whole answer says besides its choices. */
export function observeBody(body: JsonObject): Observed {
  const observed = nothingObserved();
  note(body, observed);
  const error = errorOf(body, "");
  if (error !== null) observed.error = error;
  return observed;
}

/** The answer's is the first choice's reason. */
export function isFirst({ index }: JsonObject): boolean {
  return index === 0 || index === undefined;
}

function note(body: JsonObject, observed: Observed): void {
  if (observed.responseId === "" && typeof body.id === "string") observed.responseId = body.id;
  if (observed.model === "" && typeof body.model === "string") observed.model = body.model;
  // Nothing but usage replaces usage: it comes in the last chunk, in a chunk of its own, or in every one.
  const usage = usageOf(body);
  if (usage !== undefined) observed.usage = decodeUsage(usage) ?? observed.usage;
}
