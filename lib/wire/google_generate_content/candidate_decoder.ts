import type { JsonObject, JsonValue, Part, StreamEvent } from "../canonical.ts";
import { Fields, isObject } from "../shape.ts";
import { printArguments } from "../tool_arguments.ts";
import { CallIds, decodePart } from "./decode_contents.ts";
import { decodeFinishReason } from "./finish_reason.ts";
import { FORMAT } from "./format.ts";
import { ANNOTATIONS, decodeGrounding } from "./grounding.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { PartialArguments } from "./partial_arguments.ts";
import { restOf } from "./response.ts";
import { signatureOf } from "./thought_signature.ts";

const FAULT = "upstream_invalid_response";

/** Parts of one candidate, which come one after another, texts and thoughts in pieces. */
export class CandidateDecoder {
  finished = false;
  readonly #choice: number;
  readonly #ids = new CallIds();
  #parts = 0;
  /** The part that takes text, thoughts or arguments now, and its kind. */
  #current = -1;
  #kind: Part["type"] | "" = "";
  #text = "";
  /** Arguments of the call under way, where they come in pieces. */
  #arguments: PartialArguments | null = null;
  /** Signature of the text under way, which is told once that is whole. */
  #signature: Part | null = null;
  #hasCalls = false;
  /** What the candidate's fields said so far. */
  #fields: JsonObject = {};

  constructor(choice: number) {
    this.#choice = choice;
  }

  push(candidate: JsonObject, events: StreamEvent[]): void {
    if (this.finished) return;
    const { content, logprobsResult, finishReason, ...rest } = candidate;
    Object.assign(this.#fields, rest);
    let logprobs: JsonValue[] = decodeLogprobs(logprobsResult);
    if (isObject(content) && Array.isArray(content.parts)) {
      for (const [index, value] of content.parts.entries()) {
        const part = Fields.of(value, `candidates[${this.#choice}].content.parts[${index}]`, FAULT);
        if (this.#part(part, logprobs, events)) logprobs = [];
      }
    }
    if (typeof finishReason === "string") this.#finish(finishReason, events);
  }

  #finish(raw: string, events: StreamEvent[]): void {
    this.finished = true;
    this.#close(events);
    const finish: StreamEvent = {
      type: "finish",
      choice: this.#choice,
      reason: decodeFinishReason(raw, this.#hasCalls),
    };
    const rest = restOf(this.#fields, raw);
    if (rest !== undefined) finish.extensions = { format: FORMAT, fields: rest };
    events.push(finish);
  }

  /** @returns whether the log probabilities were told with it. */
  #part(part: Fields, logprobs: JsonValue[], events: StreamEvent[]): boolean {
    if (part.has("functionCall")) this.#call(part, events);
    else if (part.raw("thought") === true) this.#thought(part, events);
    else if (part.has("text")) return this.#piece(part, logprobs, events);
    else {
      for (const value of decodePart(part, this.#ids)) {
        this.#start(value, events);
        this.#close(events);
      }
    }
    return false;
  }

  #thought(part: Fields, events: StreamEvent[]): void {
    const text = part.optionalString("text") ?? "";
    if (text !== "") {
      this.#ensure({ type: "reasoning", text: "" }, events);
      events.push({ type: "reasoning_delta", choice: this.#choice, part: this.#current, text });
    }
    this.#sign(part, events);
  }

  #piece(part: Fields, logprobs: JsonValue[], events: StreamEvent[]): boolean {
    const text = part.string("text");
    const told = text !== "" || logprobs.length > 0;
    if (told) {
      this.#ensure({ type: "text", text: "" }, events);
      this.#text += text;
      const delta: StreamEvent = { type: "text_delta", choice: this.#choice, part: this.#current, text };
      if (logprobs.length > 0) delta.logprobs = logprobs;
      events.push(delta);
    }
    const signature = signatureOf(part);
    if (signature !== undefined) this.#signature = { type: "reasoning", text: "", ...signature };
    return told;
  }

  #call(part: Fields, events: StreamEvent[]): void {
    const call = part.fields("functionCall");
    const name = call.optionalString("name");
    const goesOn = call.raw("willContinue") === true;
    if (name !== undefined) {
      this.#sign(part, events);
      this.#hasCalls = true;
      const id = this.#ids.call(name, call.optionalString("id") || undefined);
      this.#start({ type: "tool_call", id, name, arguments: "" }, events);
      this.#arguments = new PartialArguments();
      Object.assign(this.#arguments.value, call.optionalObject("args"));
    }
    if (this.#arguments === null) return;
    for (const piece of call.optionalItems("partialArgs") ?? []) this.#arguments.add(piece.object);
    if (!goesOn) this.#close(events);
  }

  /** The signature of a thought or a call, on the thoughts before it. */
  #sign(part: Fields, events: StreamEvent[]): void {
    const signature = signatureOf(part);
    if (signature === undefined) return;
    if (signature.redacted !== undefined || signature.signature === undefined) {
      this.#start({ type: "reasoning", text: "", ...signature }, events);
    } else {
      this.#ensure({ type: "reasoning", text: "" }, events);
      events.push({
        type: "signature_delta",
        choice: this.#choice,
        part: this.#current,
        signature: signature.signature,
        format: signature.signatureFormat ?? FORMAT,
      });
    }
    this.#close(events);
  }

  #ensure(value: Part, events: StreamEvent[]): void {
    if (this.#kind !== value.type || this.#signature !== null) this.#start(value, events);
  }

  #start(value: Part, events: StreamEvent[]): void {
    this.#close(events);
    this.#kind = value.type;
    this.#current = this.#parts++;
    this.#text = "";
    events.push({ type: "part_start", choice: this.#choice, part: this.#current, value });
  }

  /** Ends the part under way, with what is known only then. */
  #close(events: StreamEvent[]): void {
    const [choice, part] = [this.#choice, this.#current];
    if (this.#kind === "text") {
      for (const value of decodeGrounding(this.#fields, this.#text)) {
        events.push({ type: "annotation", choice, part, format: ANNOTATIONS, value });
      }
    } else if (this.#kind === "tool_call" && this.#arguments !== null) {
      events.push({ type: "arguments_delta", choice, part, text: printArguments(this.#arguments.value) });
    }
    if (this.#kind !== "") events.push({ type: "part_end", choice, part });
    this.#kind = "";
    this.#arguments = null;
    const signature = this.#signature;
    if (signature === null) return;
    this.#signature = null;
    const own = this.#parts++;
    events.push({ type: "part_start", choice, part: own, value: signature }, {
      type: "part_end",
      choice,
      part: own,
    });
  }
}
