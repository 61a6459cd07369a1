import type { Observed, StreamObserver } from "../codec.ts";
import { EventKind } from "../codec.ts";
import { MALFORMED_EVENT, nothingObserved, parseEvent } from "../observed.ts";
import { isObject } from "../shape.ts";
import type { WireEvent } from "../framing.ts";
import { errorOf, FAILED, observeInto } from "./observe.ts";

const { Prelude, Content, Terminal, Error: Failure } = EventKind;

/** Events that are not content; every other one is, and is not parsed. */
const KINDS: ReadonlyMap<string, EventKind> = new Map([
  ["response.created", Prelude],
  ["response.in_progress", Prelude],
  ["response.queued", Prelude],
  ["response.output_item.added", Prelude],
  ["response.content_part.added", Prelude],
  ["response.reasoning_summary_part.added", Prelude],
  ["keepalive", Prelude],
  ["response.completed", Terminal],
  ["response.incomplete", Terminal],
  ["response.failed", Failure],
  ["error", Failure],
]);

const TYPE_FIRST = `{"type":"`;

/**
 * Reads along. An event is told by its name, or by the `type` at the start of its data where it has no name;
 * only those with a whole response, an error, or nothing that tells what they are, are parsed.
 */
export class ResponsesStreamObserver implements StreamObserver {
  readonly observed: Observed = nothingObserved();
  #begun = false;
  #end: EventKind | null = null;

  push(event: WireEvent): EventKind {
    if (this.#end !== null) return this.#end;
    const data = event.data;
    const type = nameOf(event);
    if (type === null || !looksWhole(data)) return this.#readUnnamed(event);
    const kind = KINDS.get(type) ?? Content;
    if (kind === Content) return kind;
    if (kind === Prelude && (this.#begun || type !== "response.created")) return kind;
    return this.#read(event, type, kind);
  }

  /** The type is not where it is looked for, or the data is broken: parsing tells which. */
  #readUnnamed(event: WireEvent): EventKind {
    if (event.data === "[DONE]") return Prelude;
    const type = parseEvent(event)?.type;
    if (typeof type !== "string") return this.#fail(MALFORMED_EVENT);
    return this.#read(event, type, KINDS.get(type) ?? Content);
  }

  #read(event: WireEvent, type: string, kind: EventKind): EventKind {
    if (kind === Content) return kind;
    const body = parseEvent(event);
    if (body === null) return this.#fail(MALFORMED_EVENT);
    const { response } = body;
    if (isObject(response)) {
      this.#begun = true;
      observeInto(this.observed, response);
    }
    if (kind === Prelude) {
      this.observed.final = null;
      this.observed.finishReason = "";
      return kind;
    }
    if (kind === Terminal) {
      if (!isObject(response)) return this.#fail(MALFORMED_EVENT);
      return this.#end = kind;
    }
    const nested = isObject(response) ? response.error : body.error;
    return this.#fail(errorOf(nested) ?? (type === "error" ? errorOf(body) : null) ?? FAILED);
  }

  #fail(error: { code: string; message: string }): EventKind {
    this.observed.error = error;
    return this.#end = Failure;
  }
}

/** What an event is called; null where that is not to be seen without parsing it. */
function nameOf(event: WireEvent): string | null {
  if (event.type !== "" && event.type !== "message") return event.type;
  const { data } = event;
  if (!data.startsWith(TYPE_FIRST)) return null;
  const end = data.indexOf('"', TYPE_FIRST.length);
  return end < 0 ? null : data.slice(TYPE_FIRST.length, end);
}

/** Whether the data may be a JSON object: an event that was cut off does not end as one. */
function looksWhole(data: string): boolean {
  return data.charCodeAt(0) === 0x7b && data.charCodeAt(data.length - 1) === 0x7d;
}
