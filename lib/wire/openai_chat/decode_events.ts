import { GatewayError } from "../../errors.ts";
import type { JsonObject, StreamEvent } from "../canonical.ts";
import type { EventDecoder } from "../codec.ts";
import { MALFORMED_EVENT, parseEvent } from "../observed.ts";
import { Fields, isObject, put, unknownFields } from "../shape.ts";
import type { WireEvent } from "../framing.ts";
import { ChoiceDecoder } from "./choice_decoder.ts";
import { errorOf } from "./stream_error.ts";
import { decodeUsage, usageOf } from "./usage.ts";

const FORMAT = "openai_chat";
const DONE = "[DONE]";

// `obfuscation` is padding against listeners on the way; it means nothing.
const KNOWN = new Set([
  ...["id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint"],
  "obfuscation",
]);

/** https://platform.openai.com/docs/api-reference/chat/streaming */
export class ChatEventDecoder implements EventDecoder {
  readonly #choices = new Map<number, ChoiceDecoder>();
  #started = false;
  #ended = false;
  /** Unknown fields of the chunks so far, as text, to tell what is new from what each chunk repeats. */
  #known = "";
  /** Unknown fields of chunks before the one that names the answer (Azure's `prompt_filter_results`). */
  #early: JsonObject | undefined;

  push(event: WireEvent): StreamEvent[] {
    if (this.#ended) return [];
    if (event.data === DONE) return this.#end();
    const chunk = parseEvent(event);
    if (chunk === null) return this.#fail({ type: "error", ...MALFORMED_EVENT });
    const error = errorOf(chunk, event.type);
    if (error !== null) return this.#fail({ type: "error", ...error });
    try {
      return this.#decode(chunk);
    } catch (cause) {
      if (!(cause instanceof GatewayError)) throw cause;
      return this.#fail({ type: "error", code: cause.code, message: cause.message });
    }
  }

  #decode(chunk: JsonObject): StreamEvent[] {
    const events: StreamEvent[] = [];
    const choices = Array.isArray(chunk.choices) ? chunk.choices : [];
    this.#open(chunk, choices.length > 0, events);
    for (const choice of choices) {
      if (isObject(choice)) this.#choice(choice, events);
    }
    const usage = usageOf(chunk);
    const decoded = usage === undefined ? undefined : decodeUsage(usage);
    if (decoded !== undefined) events.push({ type: "usage", usage: decoded });
    return events;
  }

  #open(chunk: JsonObject, hasChoices: boolean, events: StreamEvent[]): void {
    const rest = unknownFields(chunk, KNOWN);
    if (this.#started) {
      if (rest === undefined) return;
      const text = JSON.stringify(rest);
      if (text === this.#known) return;
      this.#known = text;
      events.push({ type: "opaque", format: FORMAT, value: rest });
      return;
    }
    const fields = new Fields(chunk, "", "upstream_invalid_response");
    const id = fields.optionalString("id") ?? "";
    if (rest !== undefined) {
      this.#known = JSON.stringify(rest);
      this.#early = { ...this.#early, ...rest };
    }
    if (id === "" && !hasChoices) return;
    this.#started = true;
    const start: StreamEvent = { type: "start", id, model: fields.optionalString("model") ?? "" };
    put(start, "created", fields.optionalNumber("created"));
    put(start, "serviceTier", fields.optionalString("service_tier"));
    put(start, "systemFingerprint", fields.optionalString("system_fingerprint"));
    if (this.#early !== undefined) start.extensions = { format: FORMAT, fields: this.#early };
    events.push(start);
  }

  #choice(choice: JsonObject, events: StreamEvent[]): void {
    // What is no index, such as 1e400, which is Infinity here, would be written as no JSON.
    const index = typeof choice.index === "number" && Number.isSafeInteger(choice.index) ? choice.index : 0;
    let decoder = this.#choices.get(index);
    if (decoder === undefined) this.#choices.set(index, decoder = new ChoiceDecoder(index));
    decoder.push(choice, events);
  }

  #end(): StreamEvent[] {
    this.#ended = true;
    const events: StreamEvent[] = [];
    for (const choice of this.#choices.values()) choice.finish("stop", undefined, events);
    events.push({ type: "end" });
    return events;
  }

  #fail(error: StreamEvent): StreamEvent[] {
    this.#ended = true;
    return [error];
  }
}
