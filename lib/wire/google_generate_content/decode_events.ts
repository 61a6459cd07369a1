import { GatewayError } from "../../errors.ts";
import type { JsonObject, StreamEvent, Usage } from "../canonical.ts";
import type { EventDecoder } from "../codec.ts";
import type { WireEvent } from "../framing.ts";
import { MALFORMED_EVENT, parseEvent } from "../observed.ts";
import { isObject, unknownFields } from "../shape.ts";
import { CandidateDecoder } from "./candidate_decoder.ts";
import { errorOf } from "./error.ts";
import { FORMAT } from "./format.ts";
import { isBlocked } from "./response.ts";
import { decodeUsage } from "./usage.ts";

const KNOWN = new Set(["candidates", "usageMetadata", "modelVersion", "responseId", "promptFeedback"]);

/**
 * A stream is answers in pieces, each a `GenerateContentResponse`; it ends with its body, once every candidate told
 * why it finished.
 */
export class ContentEventDecoder implements EventDecoder {
  readonly #candidates = new Map<number, CandidateDecoder>();
  #begun = false;
  #blocked = false;
  #ended = false;

  push(event: WireEvent): StreamEvent[] {
    if (this.#ended) return [];
    const body = parseEvent(event);
    if (body === null) return this.#fail({ type: "error", ...MALFORMED_EVENT });
    const error = errorOf(body);
    if (error !== null) return this.#fail({ type: "error", ...error });
    try {
      return this.#decode(body);
    } catch (cause) {
      if (!(cause instanceof GatewayError)) throw cause;
      return this.#fail({ type: "error", code: cause.code, message: cause.message });
    }
  }

  bodyEnded(): StreamEvent[] {
    if (this.#ended || !this.#isWhole()) return [];
    this.#ended = true;
    return [{ type: "end" }];
  }

  #isWhole(): boolean {
    if (this.#candidates.size === 0) return this.#blocked;
    for (const candidate of this.#candidates.values()) if (!candidate.finished) return false;
    return true;
  }

  #decode(body: JsonObject): StreamEvent[] {
    const { candidates, usageMetadata } = body;
    const usage = isObject(usageMetadata) ? decodeUsage(usageMetadata) : undefined;
    const events: StreamEvent[] = [];
    if (!this.#begun) events.push(this.#start(body, usage));
    if (Array.isArray(candidates)) {
      for (const [position, candidate] of candidates.entries()) {
        if (!isObject(candidate)) continue;
        const index = typeof candidate.index === "number" ? candidate.index : position;
        let decoder = this.#candidates.get(index);
        if (decoder === undefined) this.#candidates.set(index, decoder = new CandidateDecoder(index));
        decoder.push(candidate, events);
      }
    }
    if (isBlocked(body) && this.#candidates.size === 0 && !this.#blocked) {
      this.#blocked = true;
      const fields = { promptFeedback: body.promptFeedback ?? null };
      events.push({
        type: "finish",
        choice: 0,
        reason: "content_filter",
        extensions: { format: FORMAT, fields },
      });
    }
    if (usage !== undefined) events.push({ type: "usage", usage });
    return events;
  }

  /** @param usage of the first piece, which has counted the prompt. */
  #start(body: JsonObject, usage: Usage | undefined): StreamEvent {
    this.#begun = true;
    const start: StreamEvent & { type: "start" } = {
      type: "start",
      id: typeof body.responseId === "string" ? body.responseId : "",
      model: typeof body.modelVersion === "string" ? body.modelVersion : "",
    };
    if (usage !== undefined) start.usage = usage;
    const rest = unknownFields(body, KNOWN);
    if (rest !== undefined) start.extensions = { format: FORMAT, fields: rest };
    return start;
  }

  #fail(error: StreamEvent): StreamEvent[] {
    this.#ended = true;
    return [error];
  }
}
