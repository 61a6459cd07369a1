import type { JsonObject } from "../canonical.ts";
import { EventKind, type Observed, type StreamObserver } from "../codec.ts";
import type { WireEvent } from "../framing.ts";
import { MALFORMED_EVENT, nothingObserved, parseEvent } from "../observed.ts";
import { isObject } from "../shape.ts";
import { DONE_DATA, errorOf } from "./error.ts";
import { decodeStatus } from "./status.ts";
import { StepCollector } from "./step_collector.ts";
import { decodeUsage } from "./usage.ts";

/** What a whole interaction says. */
export function observeResponse(body: JsonObject): Observed {
  const observed = nothingObserved();
  const error = errorOf(body);
  if (error !== null) observed.error = { code: error.code, message: error.message };
  noteInteraction(body, observed);
  observed.final = body;
  return observed;
}

/** Notes what an interaction says of itself, at its beginning or its end. */
function noteInteraction(interaction: JsonObject, observed: Observed): void {
  const { id, model, status, usage, errors } = interaction;
  if (typeof id === "string" && id !== "") observed.responseId = id;
  if (typeof model === "string") observed.model = model;
  if (isObject(usage)) observed.usage = decodeUsage(usage) ?? observed.usage;
  if (typeof status === "string" && status !== "in_progress") {
    observed.finishReason = decodeStatus(status, errors);
  }
}

/** Events that end a stream, the second in the API's first version. */
export const COMPLETED: ReadonlySet<string> = new Set(["interaction.completed", "interaction.complete"]);

/** Reads along a stream, one `JSON.parse` an event, and keeps its steps, which its last event does not show. */
export class InteractionStreamObserver implements StreamObserver {
  readonly observed: Observed = nothingObserved();
  readonly #steps = new StepCollector();

  push(event: WireEvent): EventKind {
    if (event.data === DONE_DATA) return EventKind.Prelude;
    const body = parseEvent(event);
    if (body === null) return this.#fail(MALFORMED_EVENT);
    const type = typeof body.event_type === "string" ? body.event_type : event.type;
    const error = errorOf(body);
    if (type === "error" || error !== null) return this.#fail(error ?? MALFORMED_EVENT);
    const { interaction } = body;
    if (isObject(interaction)) noteInteraction(interaction, this.observed);
    if (COMPLETED.has(type)) {
      if (isObject(interaction)) {
        this.observed.final = { ...interaction, steps: interaction.steps ?? this.#steps.steps() };
      }
      return EventKind.Terminal;
    }
    this.#steps.push(body);
    return type === "step.delta" || type === "content.delta" ? EventKind.Content : EventKind.Prelude;
  }

  #fail(error: { readonly code: string; readonly message: string }): EventKind {
    this.observed.error = { code: error.code, message: error.message };
    return EventKind.Error;
  }
}
