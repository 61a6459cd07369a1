import type { JsonObject, Message, Part, ToolResultPart } from "../canonical.ts";
import { type Dropped, ownFields } from "../extensions.ts";
import { put } from "../shape.ts";
import { encodePart } from "./content_parts.ts";
import { isOwnReasoning, ownReasoningText } from "./reasoning.ts";
import { encodeToolCall } from "./tool_calls.ts";

const FORMAT = "openai_chat";

/**
 * Messages as chat completions take them. A tool's result can hold only text here: images and files of results
 * follow in a user message, after the last result of the row, since results must follow their calls at once.
 */
export function encodeMessages(messages: readonly Message[], dropped: Dropped): JsonObject[] {
  const encoded: JsonObject[] = [];
  let attachments: JsonObject[] = [];
  for (const message of messages) {
    if (message.role !== "tool" && attachments.length > 0) {
      encoded.push({ role: "user", content: attachments });
      attachments = [];
    }
    dropped.addForeign(FORMAT, message.extensions, "messages.");
    if (message.role === "tool") {
      for (const part of message.parts) {
        if (part.type === "tool_result") encoded.push(encodeResult(message, part, attachments, dropped));
      }
    } else {
      const one = message.role === "assistant"
        ? encodeAssistant(message, dropped)
        : encodeOther(message, dropped);
      if (one !== null) encoded.push(one);
    }
  }
  if (attachments.length > 0) encoded.push({ role: "user", content: attachments });
  return encoded;
}

/** A message of system, developer or user; null where nothing of it is left. */
function encodeOther(message: Message, dropped: Dropped): JsonObject | null {
  const parts = encodeParts(message.parts, dropped);
  if (parts.length === 0 && message.parts.length > 0) return null;
  return withRest({ role: message.role, content: plainText(parts) ?? parts }, message);
}

function encodeAssistant(message: Message, dropped: Dropped): JsonObject | null {
  const texts: string[] = [];
  const refusals: string[] = [];
  const calls: JsonObject[] = [];
  const others: JsonObject[] = [];
  for (const part of message.parts) {
    if (part.type === "text") texts.push(part.text);
    else if (part.type === "refusal") refusals.push(part.text);
    else if (part.type === "tool_call") calls.push(encodeToolCall(part));
    else if (part.type !== "reasoning") {
      const content = encodePart(part, dropped);
      if (content !== null) others.push(content);
    }
  }
  // One string wherever it says all: compatible servers know no other content of an assistant.
  const text = texts.length === 0 ? null : texts.join("");
  const content = others.length === 0 && !message.parts.some(hasOwnFields)
    ? text
    : [...encodeParts(message.parts.filter(isText), dropped), ...others];
  const encoded: JsonObject = { role: "assistant", content };
  const thoughts = message.parts.filter((part) => part.type === "reasoning");
  if (!thoughts.every(isOwnReasoning)) dropped.addThoughts();
  const reasoning = ownReasoningText(thoughts);
  if (reasoning !== "") encoded.reasoning_content = reasoning;
  if (refusals.length > 0) encoded.refusal = refusals.join("");
  if (calls.length > 0) encoded.tool_calls = calls;
  withRest(encoded, message);
  // A turn of which only another format's own parts were known.
  if (content === null && Object.keys(encoded).length === 2) return null;
  return encoded;
}

function encodeResult(
  message: Message,
  part: ToolResultPart,
  attachments: JsonObject[],
  dropped: Dropped,
): JsonObject {
  const texts: JsonObject[] = [];
  for (const content of part.content) {
    const encoded = encodePart(content, dropped);
    if (encoded === null) continue;
    (encoded.type === "text" ? texts : attachments).push(encoded);
  }
  if (part.cacheControl !== undefined) dropped.add("cache_control");
  dropped.addForeign(FORMAT, part.extensions, "messages.content.");
  let content = plainText(texts) ?? texts;
  // There is no field that says it: the model is told in words.
  if (part.isError === true) {
    content = typeof content === "string"
      ? `Error: ${content}`
      : [{ type: "text", text: "Error:" }, ...content];
  }
  return withRest({ role: "tool", tool_call_id: part.callId, content }, message);
}

function encodeParts(parts: readonly Part[], dropped: Dropped): JsonObject[] {
  const encoded: JsonObject[] = [];
  for (const part of parts) {
    const one = encodePart(part, dropped);
    if (one !== null) encoded.push(one);
  }
  return encoded;
}

/** The text of a content that is nothing but one: the form that every compatible server understands. */
function plainText(parts: readonly JsonObject[]): string | undefined {
  if (parts.length === 0) return "";
  const [only] = parts;
  if (parts.length !== 1 || only === undefined || typeof only.text !== "string") return undefined;
  return Object.keys(only).length === 2 ? only.text : undefined;
}

function isText(part: Part): boolean {
  return part.type === "text";
}

function hasOwnFields(part: Part): boolean {
  return part.type === "text" && ownFields(FORMAT, part.extensions) !== undefined;
}

function withRest(encoded: JsonObject, message: Message): JsonObject {
  put(encoded, "name", message.name);
  return Object.assign(encoded, ownFields(FORMAT, message.extensions));
}
