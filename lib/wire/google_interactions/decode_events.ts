import type { JsonObject, Part, StreamEvent } from "../canonical.ts";
import type { EventDecoder } from "../codec.ts";
import type { WireEvent } from "../framing.ts";
import { MALFORMED_EVENT, parseEvent } from "../observed.ts";
import { Fields, isObject } from "../shape.ts";
import { decodeAnnotations } from "./annotations.ts";
import { CONTENT_TYPES, decodeContent } from "./content.ts";
import { DONE_DATA, errorOf } from "./error.ts";
import { FORMAT } from "./format.ts";
import { COMPLETED } from "./observe.ts";
import { restOf } from "./response.ts";
import { decodeStatus } from "./status.ts";
import { StepCollector } from "./step_collector.ts";
import { decodeCall, signed } from "./steps.ts";
import { decodeUsage } from "./usage.ts";

const FAULT = "upstream_invalid_response";

/** One step under way. */
interface OpenStep {
  readonly type: string;
  /** The part that takes deltas now; -1: none. */
  part: number;
  kind: Part["type"] | "";
  /** Text of the part under way: citations count its bytes. */
  text: string;
  /** Whether a call's arguments came in pieces. */
  pieces: boolean;
}

/** Steps and their pieces as canonical events. */
export class InteractionEventDecoder implements EventDecoder {
  readonly #steps = new Map<number, OpenStep>();
  readonly #collector = new StepCollector();
  #parts = 0;
  #started = false;

  push(event: WireEvent): StreamEvent[] {
    if (event.data === DONE_DATA) return [];
    const body = parseEvent(event);
    if (body === null) return [{ type: "error", ...MALFORMED_EVENT }];
    const type = typeof body.event_type === "string" ? body.event_type : event.type;
    const error = errorOf(body);
    if (type === "error" || error !== null) return [{ type: "error", ...(error ?? MALFORMED_EVENT) }];
    const events: StreamEvent[] = [];
    const fields = new Fields(body, "", FAULT);
    if (type === "interaction.created" || type === "interaction.start") this.#start(body, events);
    else if (COMPLETED.has(type)) this.#complete(fields.fields("interaction"), events);
    else if (type.startsWith("step.")) {
      this.#collector.push(body);
      this.#step(type, fields, events);
    }
    return events;
  }

  #start(body: JsonObject, events: StreamEvent[]): void {
    this.#started = true;
    const { id, model } = isObject(body.interaction) ? body.interaction : {};
    events.push({
      type: "start",
      id: typeof id === "string" ? id : "",
      model: typeof model === "string" ? model : "",
    });
  }

  #complete(interaction: Fields, events: StreamEvent[]): void {
    if (!this.#started) this.#start({ interaction: interaction.object }, events);
    for (const [index, step] of this.#steps) this.#stop(index, step, events);
    const status = interaction.optionalString("status") ?? "completed";
    const finish: StreamEvent = {
      type: "finish",
      choice: 0,
      reason: decodeStatus(status, interaction.raw("errors")),
    };
    const rest = restOf(interaction.object, status);
    if (rest !== undefined) finish.extensions = rest;
    events.push(finish);
    const usage = interaction.optionalObject("usage");
    const counted = usage === undefined ? undefined : decodeUsage(usage);
    if (counted !== undefined) events.push({ type: "usage", usage: counted });
    events.push({ type: "end" });
  }

  #step(type: string, fields: Fields, events: StreamEvent[]): void {
    const index = fields.number("index");
    if (type === "step.start") return this.#begin(index, fields.fields("step"), events);
    const step = this.#steps.get(index);
    if (step === undefined) return;
    if (type === "step.stop") this.#stop(index, step, events);
    else if (type === "step.delta") this.#delta(step, fields.fields("delta"), events);
  }

  #begin(index: number, fields: Fields, events: StreamEvent[]): void {
    const type = fields.string("type");
    const step: OpenStep = { type, part: -1, kind: "", text: "", pieces: false };
    this.#steps.set(index, step);
    if (type === "function_call") this.#open(step, { ...decodeCall(fields), arguments: "" }, events);
    else if (type === "model_output") {
      for (const content of fields.optionalItems("content") ?? []) this.#content(step, content, events);
    } else if (type === "thought") {
      for (const content of fields.optionalItems("summary") ?? []) this.#thought(step, content, events);
      this.#sign(step, fields, events);
    } else this.#open(step, { type: "opaque", format: FORMAT, value: fields.object }, events);
  }

  #delta(step: OpenStep, delta: Fields, events: StreamEvent[]): void {
    const type = delta.string("type");
    if (type === "arguments_delta") {
      const text = delta.optionalString("arguments") ?? "";
      step.pieces ||= text !== "";
      if (step.kind === "tool_call") {
        events.push({ type: "arguments_delta", choice: 0, part: step.part, text });
      }
    } else if (type === "thought_signature") this.#sign(step, delta, events);
    else if (type === "thought_summary") {
      const content = delta.optionalFields("content");
      if (content !== undefined) this.#thought(step, content, events);
    } else if (type === "text_annotation_delta") this.#annotate(step, delta, events);
    else if (CONTENT_TYPES.has(type) && step.type === "model_output") this.#content(step, delta, events);
  }

  #content(step: OpenStep, content: Fields, events: StreamEvent[]): void {
    if (!CONTENT_TYPES.has(content.string("type"))) return;
    if (content.string("type") !== "text") {
      this.#open(step, decodeContent(content), events);
      return this.#close(step, events);
    }
    const text = content.string("text");
    if (step.kind !== "text") this.#open(step, { type: "text", text: "" }, events);
    step.text += text;
    events.push({ type: "text_delta", choice: 0, part: step.part, text });
    if (content.has("annotations")) this.#annotate(step, content, events);
  }

  #thought(step: OpenStep, content: Fields, events: StreamEvent[]): void {
    const text = content.optionalString("text") ?? "";
    if (text === "") return;
    if (step.kind !== "reasoning") this.#open(step, { type: "reasoning", text: "" }, events);
    events.push({ type: "reasoning_delta", choice: 0, part: step.part, text });
  }

  #sign(step: OpenStep, fields: Fields, events: StreamEvent[]): void {
    const { signature, signatureFormat, redacted } = signed(fields.optionalString("signature"));
    if (redacted !== undefined) this.#open(step, { type: "reasoning", text: "", redacted }, events);
    if (signature === undefined) return;
    if (step.kind !== "reasoning") this.#open(step, { type: "reasoning", text: "" }, events);
    const format = signatureFormat ?? FORMAT;
    events.push({ type: "signature_delta", choice: 0, part: step.part, signature, format });
  }

  #annotate(step: OpenStep, fields: Fields, events: StreamEvent[]): void {
    const annotations = decodeAnnotations(fields.optionalArray("annotations"), step.text);
    if (annotations === undefined || step.kind !== "text") return;
    const { format, items } = annotations;
    for (const value of items) events.push({ type: "annotation", choice: 0, part: step.part, format, value });
  }

  #open(step: OpenStep, value: Part, events: StreamEvent[]): void {
    this.#close(step, events);
    step.part = this.#parts++;
    step.kind = value.type;
    step.text = "";
    events.push({ type: "part_start", choice: 0, part: step.part, value });
  }

  #close(step: OpenStep, events: StreamEvent[]): void {
    if (step.kind !== "") events.push({ type: "part_end", choice: 0, part: step.part });
    step.kind = "";
  }

  /** Ends a step, with what only its end knows. */
  #stop(index: number, step: OpenStep, events: StreamEvent[]): void {
    this.#steps.delete(index);
    const { part } = step;
    const whole = this.#collector.step(index);
    if (step.kind === "opaque" && whole !== undefined) {
      events.push({
        type: "part_end",
        choice: 0,
        part,
        value: { type: "opaque", format: FORMAT, value: whole },
      });
      return;
    }
    if (step.kind === "tool_call" && !step.pieces) {
      const text = JSON.stringify(whole?.arguments ?? {});
      events.push({ type: "arguments_delta", choice: 0, part, text });
    }
    this.#close(step, events);
  }
}
