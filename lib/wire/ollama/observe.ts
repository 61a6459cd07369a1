import type { JsonObject } from "../canonical.ts";
import { EventKind, type Observed, type StreamObserver } from "../codec.ts";
import type { WireEvent } from "../framing.ts";
import { MALFORMED_EVENT, nothingObserved, parseEvent } from "../observed.ts";
import { isObject } from "../shape.ts";
import { decodeDoneReason } from "./done_reason.ts";
import { errorOf } from "./error.ts";
import { decodeUsage } from "./metrics.ts";

/** What a whole answer of either API says. There are no ids. */
export function observeResponse(body: JsonObject): Observed {
  const observed = nothingObserved();
  note(body, observed, hasCalls(body));
  observed.error = errorOf(body);
  return observed;
}

function note(body: JsonObject, observed: Observed, calls: boolean): void {
  if (typeof body.model === "string") observed.model = body.model;
  if (body.done !== true) return;
  observed.finishReason = decodeDoneReason(
    typeof body.done_reason === "string" ? body.done_reason : undefined,
    calls,
  );
  observed.usage = decodeUsage(body) ?? null;
}

function hasCalls(body: JsonObject): boolean {
  return isObject(body.message) && Array.isArray(body.message.tool_calls) &&
    body.message.tool_calls.length > 0;
}

/** Reads along a stream of lines of either API: one `JSON.parse` a line. */
export class LineObserver implements StreamObserver {
  readonly observed: Observed = nothingObserved();
  #begun = false;
  #hasCalls = false;

  push(event: WireEvent): EventKind {
    const line = parseEvent(event);
    const error = line === null ? MALFORMED_EVENT : errorOf(line);
    if (line === null || error !== null) {
      this.observed.error = error ?? MALFORMED_EVENT;
      return EventKind.Error;
    }
    if (hasCalls(line)) this.#hasCalls = true;
    note(line, this.observed, this.#hasCalls);
    if (line.done === true) return EventKind.Terminal;
    if (saysSomething(line)) this.#begun = true;
    return this.#begun ? EventKind.Content : EventKind.Prelude;
  }
}

function saysSomething(line: JsonObject): boolean {
  const said = isObject(line.message) ? line.message : line;
  return isFilled(said.content) || isFilled(said.response) || isFilled(said.thinking) || hasCalls(line);
}

function isFilled(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
