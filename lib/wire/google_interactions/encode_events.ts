import type { JsonObject, JsonValue, Part, StreamEvent, Usage } from "../canonical.ts";
import type { EncodeContext, EventEncoder } from "../codec.ts";
import { Dropped, ownFields } from "../extensions.ts";
import { encodeSse, SSE_PING } from "../sse.ts";
import { encodeAnnotations } from "./annotations.ts";
import { encodeContent, isContent } from "./content.ts";
import { DONE, errorEvent } from "./error.ts";
import { FORMAT } from "./format.ts";
import { interactionOf } from "./response.ts";
import { encodeStatus } from "./status.ts";
import { StepCollector } from "./step_collector.ts";
import { encodeCall, signatureOf } from "./steps.ts";
import { encodeUsage } from "./usage.ts";

/** A part under way, its step, and what is told only at its end. */
interface OpenPart {
  readonly index: number;
  readonly value: Part;
  text: string;
}

/** Events as steps and their pieces, a step a part. Of several choices the first is shown. */
export class InteractionEventEncoder implements EventEncoder {
  readonly #context: EncodeContext;
  readonly #open = new Map<number, OpenPart>();
  /** What its client will have put together. */
  readonly #shown = new StepCollector();
  #steps = 0;
  #started = false;
  #closed = false;
  #usage: Usage | undefined;
  #serviceTier: string | undefined;
  #finish: StreamEvent & { type: "finish" } | null = null;

  constructor(context: EncodeContext) {
    this.#context = context;
  }

  final(): JsonObject {
    return { ...this.#interaction(), steps: this.#shown.steps() };
  }

  push(event: StreamEvent): string {
    if (this.#closed) return "";
    switch (event.type) {
      case "start":
        this.#usage = event.usage;
        this.#serviceTier = event.serviceTier;
        return this.#start();
      case "usage":
        this.#usage = event.usage;
        return "";
      case "finish":
        if (event.choice === 0) this.#finish ??= event;
        return "";
      case "end":
        return this.#end();
      case "error":
        this.#closed = true;
        return errorEvent(event.code, event.message);
      case "ping":
        return SSE_PING;
      case "opaque":
        return event.format === FORMAT ? this.#show(event.value) : "";
      default:
        return event.choice === 0 ? this.#start() + this.#part(event) : "";
    }
  }

  #start(): string {
    if (this.#started) return "";
    this.#started = true;
    const { id, model } = this.#context;
    const status = "in_progress";
    return this.#show({
      interaction: { id, status, object: "interaction", model },
      event_type: "interaction.created",
    }) + this.#show({ interaction_id: id, status, event_type: "interaction.status_update" });
  }

  #part(event: StreamEvent & { part: number }): string {
    if (event.type === "part_start") return this.#begin(event.part, event.value);
    const open = this.#open.get(event.part);
    if (open === undefined) return "";
    switch (event.type) {
      case "text_delta":
      case "refusal_delta":
        return this.#text(open, event.text);
      case "reasoning_delta":
        return this.#thought(open, event.text);
      case "signature_delta": {
        const { signature, format } = event;
        return this.#sign(
          open,
          signatureOf({ type: "reasoning", text: "", signature, signatureFormat: format }),
        );
      }
      case "arguments_delta":
        open.text += event.text;
        // Free text becomes JSON, which it is not before it is whole.
        return isFreeText(open.value)
          ? ""
          : this.#delta(open.index, { arguments: event.text, type: "arguments_delta" });
      case "annotation": {
        const annotations = encodeAnnotations(open.text, { format: event.format, items: [event.value] });
        return annotations.length === 0
          ? ""
          : this.#delta(open.index, { annotations, type: "text_annotation_delta" });
      }
      default:
        this.#open.delete(event.part);
        return this.#stop(open, endOf(event, open.value));
    }
  }

  #begin(part: number, value: Part): string {
    const step = beginningOf(value);
    // A part that only its end completes, or that only another format shows.
    if (step === null && value.type !== "opaque") return "";
    const open: OpenPart = { index: this.#steps, value, text: "" };
    this.#open.set(part, open);
    if (step === null) return "";
    this.#steps++;
    const begun = this.#show({ index: open.index, step, event_type: "step.start" });
    switch (value.type) {
      case "text":
      case "refusal":
        return begun + this.#text(open, value.text);
      case "reasoning":
        return begun + this.#thought(open, value.text) + this.#sign(open, signatureOf(value));
      case "tool_call":
        open.text = value.arguments;
        return begun +
          (value.arguments === "" || isFreeText(value)
            ? ""
            : this.#delta(open.index, { arguments: value.arguments, type: "arguments_delta" }));
      default: {
        const content = isContent(value) ? encodeContent(value, new Dropped()) : null;
        return content === null ? begun : begun + this.#delta(open.index, content);
      }
    }
  }

  #stop(open: OpenPart, value: Part): string {
    let { index } = open;
    let told = "";
    if (value.type === "opaque") {
      if (value.format !== FORMAT) return "";
      index = this.#steps++;
      told = this.#show({ index, step: value.value, event_type: "step.start" });
    } else if (isFreeText(value) && value.type === "tool_call") {
      const { arguments: args = {} } = encodeCall({ ...value, arguments: open.text });
      told = this.#delta(index, { arguments: JSON.stringify(args), type: "arguments_delta" });
    }
    return told + this.#show({ index, event_type: "step.stop" });
  }

  #text(open: OpenPart, text: string): string {
    open.text += text;
    return text === "" ? "" : this.#delta(open.index, { text, type: "text" });
  }

  #thought(open: OpenPart, text: string): string {
    return text === ""
      ? ""
      : this.#delta(open.index, { content: { text, type: "text" }, type: "thought_summary" });
  }

  #sign(open: OpenPart, signature: string | undefined): string {
    return signature === undefined ? "" : this.#delta(open.index, { signature, type: "thought_signature" });
  }

  #delta(index: number, delta: JsonObject): string {
    return this.#show({ index, delta, event_type: "step.delta" });
  }

  #end(): string {
    let text = this.#start();
    for (const open of this.#open.values()) text += this.#stop(open, open.value);
    this.#open.clear();
    this.#closed = true;
    return text + this.#show({ interaction: this.#interaction(), event_type: "interaction.completed" }) +
      DONE;
  }

  #interaction(): JsonObject {
    return {
      ...interactionOf(this.#context, this.#serviceTier),
      ...encodeStatus(this.#finish?.reason ?? "stop"),
      ...(this.#usage !== undefined && { usage: encodeUsage(this.#usage) }),
      ...ownFields(FORMAT, this.#finish?.extensions),
    };
  }

  #show(event: JsonObject): string {
    this.#shown.push(event);
    const { event_type: type } = event as { event_type: JsonValue };
    return encodeSse(JSON.stringify(event), typeof type === "string" ? type : "");
  }
}

/** The step that a part begins as; null where it is shown at its end or not at all. */
function beginningOf(value: Part): JsonObject | null {
  if (value.type === "reasoning") return { type: "thought" };
  if (value.type === "tool_call") return { ...encodeCall({ ...value, arguments: "" }), arguments: {} };
  return value.type === "refusal" || isContent(value) ? { type: "model_output" } : null;
}

/** A part as its end completes it. */
function endOf(event: StreamEvent, value: Part): Part {
  return event.type === "part_end" ? event.value ?? value : value;
}

function isFreeText(value: Part): boolean {
  return value.type === "tool_call" && value.custom === true;
}
