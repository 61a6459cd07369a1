import type { JsonObject } from "../canonical.ts";
import { EventKind, type Observed, type ObservedError, type StreamObserver } from "../codec.ts";
import type { WireEvent } from "../framing.ts";
import { MALFORMED_EVENT, nothingObserved, parseEvent } from "../observed.ts";
import { isObject } from "../shape.ts";
import { errorOf } from "./error.ts";
import { decodeFinishReason } from "./finish_reason.ts";
import { isBlocked } from "./response.ts";
import { decodeUsage } from "./usage.ts";

/** What a whole answer says. The finish reason is the first candidate's, in canonical words. */
export function observeResponse(body: JsonObject): Observed {
  const observed = nothingObserved();
  const error = errorOf(body);
  if (error !== null) observed.error = error;
  const reader = new CandidatesReader(observed);
  reader.read(body);
  return observed;
}

/** Notes what bodies say, whole ones or pieces. */
class CandidatesReader {
  /** Candidates that were begun, and whether each told why it finished. */
  readonly #finished = new Map<number, boolean>();
  #blocked = false;
  #hasCalls = false;

  constructor(private readonly observed: Observed) {}

  get isWhole(): boolean {
    for (const finished of this.#finished.values()) if (!finished) return false;
    return this.#finished.size > 0 || this.#blocked;
  }

  /** @returns whether it shows anything of an answer. */
  read(body: JsonObject): boolean {
    const { observed } = this;
    if (observed.responseId === "" && typeof body.responseId === "string") {
      observed.responseId = body.responseId;
    }
    if (observed.model === "" && typeof body.modelVersion === "string") observed.model = body.modelVersion;
    if (isObject(body.usageMetadata)) observed.usage = decodeUsage(body.usageMetadata) ?? observed.usage;
    const { candidates } = body;
    let shows = false;
    if (Array.isArray(candidates)) {
      for (const [position, candidate] of candidates.entries()) {
        if (isObject(candidate) && this.#candidate(candidate, position)) shows = true;
      }
    }
    if (this.#finished.size === 0 && isBlocked(body)) {
      this.#blocked = true;
      observed.finishReason = "content_filter";
      shows = true;
    }
    return shows;
  }

  #candidate(candidate: JsonObject, position: number): boolean {
    const index = typeof candidate.index === "number" ? candidate.index : position;
    const parts = isObject(candidate.content) && Array.isArray(candidate.content.parts)
      ? candidate.content.parts
      : [];
    if (index === 0 && parts.some((part) => isObject(part) && isObject(part.functionCall))) {
      this.#hasCalls = true;
    }
    const { finishReason } = candidate;
    const ends = typeof finishReason === "string";
    if (ends && index === 0) this.observed.finishReason = decodeFinishReason(finishReason, this.#hasCalls);
    this.#finished.set(index, ends || this.#finished.get(index) === true);
    return ends || parts.some((part) => isObject(part) && part.text !== "");
  }
}

/** Reads along a stream of pieces: one `JSON.parse` an event. */
export class ContentStreamObserver implements StreamObserver {
  readonly observed: Observed = nothingObserved();
  readonly #reader = new CandidatesReader(this.observed);

  push(event: WireEvent): EventKind {
    const body = parseEvent(event);
    if (body === null) return this.#fail(MALFORMED_EVENT);
    const error = errorOf(body);
    if (error !== null) return this.#fail(error);
    return this.#reader.read(body) ? EventKind.Content : EventKind.Prelude;
  }

  bodyEnded(): EventKind {
    return this.#reader.isWhole ? EventKind.Terminal : EventKind.Prelude;
  }

  #fail(error: ObservedError): EventKind {
    this.observed.error = error;
    return EventKind.Error;
  }
}
