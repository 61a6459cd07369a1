import type { JsonValue, Part, ReasoningPart, StreamEvent } from "../canonical.ts";
import { FORMAT } from "./format.ts";
import { PARAGRAPH } from "./items.ts";

const DELTAS = {
  text: "text_delta",
  refusal: "refusal_delta",
  reasoning: "reasoning_delta",
  tool_call: "arguments_delta",
} as const;

/** Kinds of part that are told piece by piece. */
export type SpokenType = keyof typeof DELTAS;

/**
 * A part of a stream that is being read: it knows what was said of it, so that a later event with the whole text
 * adds only what the deltas left out.
 */
export class OpenPart {
  #text = "";
  #annotations = 0;
  #ended = false;
  readonly #summaries = new Map<number, string>();

  constructor(readonly index: number) {}

  get ended(): boolean {
    return this.#ended;
  }

  start(value: Part, out: StreamEvent[]): void {
    out.push({ type: "part_start", choice: 0, part: this.index, value });
  }

  say(type: SpokenType, text: string, out: StreamEvent[], logprobs?: JsonValue): void {
    this.#text += text;
    const event = { type: DELTAS[type], choice: 0, part: this.index, text };
    out.push(Array.isArray(logprobs) && logprobs.length > 0 ? { ...event, logprobs } as StreamEvent : event);
  }

  /** The whole text is known. A text that contradicts its deltas is left as the deltas told it. */
  complete(type: SpokenType, whole: string, out: StreamEvent[]): void {
    const rest = restOf(whole, this.#text);
    if (rest !== "") this.say(type, rest, out);
  }

  saySummary(summaryIndex: number, text: string, out: StreamEvent[]): void {
    this.#summaries.set(summaryIndex, (this.#summaries.get(summaryIndex) ?? "") + text);
    out.push({ type: "reasoning_delta", choice: 0, part: this.index, text, summaryIndex });
  }

  completeSummary(summaryIndex: number, whole: string, out: StreamEvent[]): void {
    const rest = restOf(whole, this.#summaries.get(summaryIndex) ?? "");
    if (rest !== "") this.saySummary(summaryIndex, rest, out);
  }

  annotate(value: JsonValue, out: StreamEvent[]): void {
    this.#annotations++;
    out.push({ type: "annotation", choice: 0, part: this.index, format: FORMAT, value });
  }

  /** All annotations are known: tells those that had no event of their own. */
  completeAnnotations(all: readonly JsonValue[], out: StreamEvent[]): void {
    for (const value of all.slice(this.#annotations)) this.annotate(value, out);
  }

  /** The whole reasoning is known. */
  completeReasoning(part: ReasoningPart, out: StreamEvent[]): void {
    const summary = part.summary ?? [];
    summary.forEach((text, index) => this.completeSummary(index, text, out));
    if (part.text !== summary.join(PARAGRAPH)) this.complete("reasoning", part.text, out);
    if (part.signature !== undefined) {
      const { signature, signatureFormat: format = FORMAT } = part;
      out.push({ type: "signature_delta", choice: 0, part: this.index, signature, format });
    }
  }

  end(out: StreamEvent[], value?: Part): void {
    if (this.#ended) return;
    this.#ended = true;
    const event = { type: "part_end", choice: 0, part: this.index } as const;
    out.push(value === undefined ? event : { ...event, value });
  }
}

function restOf(whole: string, said: string): string {
  return whole.startsWith(said) ? whole.slice(said.length) : "";
}
