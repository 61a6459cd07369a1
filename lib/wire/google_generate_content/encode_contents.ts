import type { ChatRequest, JsonObject, Message, Part, ToolCallPart, ToolResultPart } from "../canonical.ts";
import { wrapCustomInput } from "../custom_tools.ts";
import { type Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { parseArguments } from "../tool_arguments.ts";
import { responseOf } from "./decode_contents.ts";
import { FORMAT, PARTS } from "./format.ts";
import { encodeMedia, isMedia } from "./media.ts";
import { type ModelRules, rulesOf } from "./model_rules.ts";
import { NO_SIGNATURE, ownSignature } from "./thought_signature.ts";

/** `systemInstruction` and `contents` as the API takes them. */
export interface EncodedContents {
  readonly systemInstruction: JsonObject | undefined;
  readonly contents: JsonObject[];
}

interface Turn {
  readonly role: "user" | "model";
  /** Results of functions: nothing else may stand among them. */
  readonly results: boolean;
  readonly parts: JsonObject[];
}

/**
 * Instructions of any place become `systemInstruction`, the one place for them; neighbours of one role become one
 * content, save that results of functions are one of their own.
 */
export function encodeContents(request: ChatRequest, dropped: Dropped): EncodedContents {
  const encoder = new ContentsEncoder(rulesOf(request.model), dropped);
  const instructions: JsonObject[] = [];
  let last: JsonObject[] = [];
  const turns: Turn[] = [];
  for (const message of request.messages) {
    if (message.name !== undefined) dropped.add("messages.name");
    dropped.addForeign(FORMAT, message.extensions, "messages.");
    const parts = encoder.message(message);
    if (parts.length === 0) continue;
    if (message.role === "system" || message.role === "developer") {
      instructions.push(...parts);
      last = parts;
      continue;
    }
    const role = message.role === "assistant" ? "model" : "user";
    const results = message.role === "tool";
    const before = turns.at(-1);
    if (before?.role === role && before.results === results) before.parts.push(...parts);
    else turns.push({ role, results, parts });
  }
  if (turns.length === 0 && last.length > 0) {
    // Nothing but instructions, which OpenAI answers: here someone has to ask.
    instructions.splice(instructions.length - last.length);
    turns.push({ role: "user", results: false, parts: last });
  }
  return {
    systemInstruction: instructions.length === 0 ? undefined : { parts: instructions },
    contents: turns.map(({ role, parts }) => ({ role, parts })),
  };
}

class ContentsEncoder {
  /** Names of the functions that were called, by the call's id: results tell the id alone. */
  readonly #names = new Map<string, string>();

  constructor(private readonly rules: ModelRules, private readonly dropped: Dropped) {}

  message(message: Message): JsonObject[] {
    const encoded: JsonObject[] = [];
    /** Signature of the thoughts before what comes next. */
    let pending: string | undefined;
    let called = false;
    for (const part of message.parts) {
      if (part.type === "reasoning") {
        this.#keep(pending, encoded);
        pending = ownSignature(part);
        if (pending === undefined) this.dropped.addThoughts();
        continue;
      }
      if (part.type === "tool_call") {
        encoded.push(this.#call(part, pending ?? (called ? undefined : this.#substitute())));
        pending = undefined;
        called = true;
        continue;
      }
      this.#keep(pending, encoded);
      pending = undefined;
      encoded.push(...this.#part(part));
    }
    this.#keep(pending, encoded);
    return encoded;
  }

  /** A signature that no call follows belongs to what came before, or stands alone as it did in a stream. */
  #keep(signature: string | undefined, encoded: JsonObject[]): void {
    if (signature === undefined) return;
    const before = encoded.at(-1);
    if (before?.text === undefined) encoded.push({ text: "", thoughtSignature: signature });
    else before.thoughtSignature = signature;
  }

  #substitute(): string | undefined {
    return this.rules.wantsSignatures ? NO_SIGNATURE : undefined;
  }

  #call(part: ToolCallPart, signature: string | undefined): JsonObject {
    this.#names.set(part.id, part.name);
    if (part.cacheControl !== undefined) this.dropped.add("cache_control");
    const args = part.custom === true ? wrapCustomInput(part.arguments) : parseArguments(part.arguments);
    const call: JsonObject = { functionCall: { id: part.id, name: part.name, args } };
    if (signature !== undefined) call.thoughtSignature = signature;
    return call;
  }

  #part(part: Part): JsonObject[] {
    switch (part.type) {
      case "text":
        // An empty one is refused.
        if (part.text === "") return [];
        if (part.cacheControl !== undefined) this.dropped.add("cache_control");
        this.dropped.addForeign(FORMAT, part.extensions, PARTS);
        return [{ text: part.text, ...ownFields(FORMAT, part.extensions) }];
      case "refusal":
        return part.text === "" ? [] : [{ text: part.text }];
      case "tool_result":
        return this.#result(part);
      case "opaque":
        if (part.format === FORMAT) return [part.value];
        this.dropped.add(PARTS + nameOfOpaque(part.value));
        return [];
      default: {
        const media = isMedia(part) ? encodeMedia(part, this.dropped) : null;
        return media === null ? [] : [media];
      }
    }
  }

  /** A result, and behind it what models that read no media in results get beside it. */
  #result(part: ToolResultPart): JsonObject[] {
    if (part.cacheControl !== undefined) this.dropped.add("cache_control");
    this.dropped.addForeign(FORMAT, part.extensions, PARTS);
    const texts: string[] = [];
    const media: JsonObject[] = [];
    for (const content of part.content) {
      if (content.type === "text") texts.push(content.text);
      else {
        const encoded = encodeMedia(content, this.dropped);
        if (encoded !== null) media.push(encoded);
      }
    }
    const response = responseOf(texts.join("\n"), part.isError === true);
    const result: JsonObject = {
      id: part.callId,
      name: this.#names.get(part.callId) ?? part.callId,
      response,
      ...ownFields(FORMAT, part.extensions),
    };
    if (media.length === 0) return [{ functionResponse: result }];
    if (this.rules.mediaInResults) return [{ functionResponse: { ...result, parts: media } }];
    return [{ functionResponse: result }, ...media];
  }
}
