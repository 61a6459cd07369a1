import type { JsonValue, Part, StreamEvent, TextPart, ToolCallPart } from "../../wire/canonical.ts";
import type { EventGuard } from "../answer_guard.ts";
import { filterWhole, type PieceFilter, pieceFilter } from "./filters.ts";
import type { Inspector } from "./inspector.ts";
import { mapTexts } from "./map_texts.ts";

type DeltaType = "text_delta" | "refusal_delta" | "reasoning_delta" | "arguments_delta";
type Delta = Extract<StreamEvent, { type: DeltaType }>;

/** A text that is under way. */
interface OpenText {
  readonly filter: PieceFilter;
  /** The last delta, in whose likeness what was held back goes out. */
  last: Delta;
}

export interface EventFilterOptions {
  readonly inspector: Inspector;
  /** What the provider signs is not altered. */
  readonly signedReasoning: boolean;
  readonly onDroppedLogprobs: () => void;
  /** The answer is over; once. */
  readonly onEnd: () => void;
}

const PLAIN = { json: false, alterable: true };
const SIGNED = { json: false, alterable: false };
const JSON_TEXT = { json: true, alterable: true };

/**
 * The texts of a streamed answer, each with a filter of its own: what one holds back goes out before the event that
 * says that the text is over. Encoders write the texts of `done` events from what went out.
 */
export class EventFilter implements EventGuard {
  readonly #options: EventFilterOptions;
  readonly #open = new Map<string, OpenText>();
  /** Calls whose input is no JSON. */
  readonly #custom = new Set<string>();
  #over = false;

  constructor(options: EventFilterOptions) {
    this.#options = options;
  }

  push(events: readonly StreamEvent[]): StreamEvent[] {
    const out: StreamEvent[] = [];
    for (const event of events) this.#push(event, out);
    return out;
  }

  #push(event: StreamEvent, out: StreamEvent[]): void {
    switch (event.type) {
      case "text_delta":
      case "refusal_delta":
      case "reasoning_delta":
      case "arguments_delta":
        return this.#delta(event, out);
      case "part_start":
        return this.#partStart(event, out);
      case "part_end":
        this.#flush(`${event.choice}:${event.part}:`, out);
        out.push(event.value === undefined ? event : { ...event, value: this.#part(event.value) });
        return;
      case "signature_delta":
        this.#flush(`${event.choice}:${event.part}:`, out);
        break;
      case "annotation":
        out.push({ ...event, value: this.#mapped(event.value) });
        return;
      case "opaque":
        out.push({ ...event, value: this.#mapped(event.value) as typeof event.value });
        return;
      case "finish":
        this.#flush(`${event.choice}:`, out);
        break;
      case "end":
      case "error":
        this.#flush("", out);
        if (!this.#over) this.#options.onEnd();
        this.#over = true;
        break;
    }
    out.push(event);
  }

  #partStart(event: StreamEvent & { type: "part_start" }, out: StreamEvent[]): void {
    const { choice, part, value } = event;
    if (value.type === "tool_call" && value.custom === true) this.#custom.add(`${choice}:${part}`);
    const delta = firstDelta(choice, part, value);
    if (delta === null) {
      out.push({ ...event, value: this.#part(value) });
      return;
    }
    // What a part begins with may go on in its first delta.
    out.push({ ...event, value: emptied(value) });
    this.#delta(delta, out);
  }

  #delta(event: Delta, out: StreamEvent[]): void {
    const key = keyOf(event);
    let open = this.#open.get(key);
    if (open === undefined) {
      // A new summary of the same reasoning: the one before is over.
      if (event.type === "reasoning_delta") this.#flush(`${event.choice}:${event.part}:`, out);
      open = { filter: pieceFilter(this.#options.inspector, true, this.#placeOf(event)), last: event };
      this.#open.set(key, open);
    }
    const bare = this.#withoutLogprobs(event);
    open.last = bare;
    const text = open.filter.push(event.text);
    if (text !== "") out.push({ ...bare, text });
  }

  #flush(prefix: string, out: StreamEvent[]): void {
    for (const [key, { filter, last }] of this.#open) {
      if (!key.startsWith(prefix)) continue;
      this.#open.delete(key);
      const text = filter.end();
      if (text !== "") out.push({ ...last, text });
    }
  }

  #placeOf(event: Delta) {
    if (event.type === "arguments_delta") {
      return this.#custom.has(`${event.choice}:${event.part}`) ? PLAIN : JSON_TEXT;
    }
    return event.type === "reasoning_delta" && this.#options.signedReasoning ? SIGNED : PLAIN;
  }

  #withoutLogprobs(event: Delta): Delta {
    if (!("logprobs" in event) || event.logprobs === undefined) return event;
    this.#options.onDroppedLogprobs();
    const { logprobs: _, ...bare } = event;
    return bare;
  }

  /** A part that comes whole. */
  #part(value: Part): Part {
    const { inspector, signedReasoning } = this.#options;
    if (value.type === "opaque") return { ...value, value: this.#mapped(value.value) as typeof value.value };
    if (value.type === "tool_call" && value.arguments !== "") {
      return {
        ...value,
        arguments: filterWhole(value.arguments, inspector, true, value.custom === true ? PLAIN : JSON_TEXT),
      };
    }
    if (
      (value.type === "text" || value.type === "refusal" || value.type === "reasoning") && value.text !== ""
    ) {
      const place = value.type === "reasoning" && signedReasoning ? SIGNED : PLAIN;
      return { ...value, text: filterWhole(value.text, inspector, true, place) };
    }
    return value;
  }

  #mapped(value: JsonValue): JsonValue {
    const { inspector, signedReasoning, onDroppedLogprobs } = this.#options;
    return mapTexts(value, {
      map: (text, place) => filterWhole(text, inspector, true, place),
      signedReasoning,
      onDropped: onDroppedLogprobs,
    });
  }
}

function keyOf(event: Delta): string {
  const summary = event.type === "reasoning_delta" ? event.summaryIndex ?? "" : "";
  return `${event.choice}:${event.part}:${event.type}:${summary}`;
}

function firstDelta(choice: number, part: number, value: Part): Delta | null {
  if ((value.type === "text" || value.type === "refusal") && value.text !== "") {
    return { type: `${value.type}_delta`, choice, part, text: value.text };
  }
  return value.type === "tool_call" && value.arguments !== ""
    ? { type: "arguments_delta", choice, part, text: value.arguments }
    : null;
}

function emptied(value: Part): Part {
  return value.type === "tool_call"
    ? { ...value, arguments: "" } satisfies ToolCallPart
    : { ...(value as TextPart), text: "" };
}
