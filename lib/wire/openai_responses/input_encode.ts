import { nameOfOpaque } from "../extensions.ts";
import type { JsonObject, JsonValue, Message, Part, ReasoningPart, ToolResultPart } from "../canonical.ts";
import type { Dropped } from "../extensions.ts";
import { put } from "../shape.ts";
import { encodeInputContent } from "./content.ts";
import { FORMAT, ownFields } from "./format.ts";
import { encodeContents, encodeItem, groupItems, isContent, isShown } from "./items.ts";

/** What a request says before and in its input. */
export interface EncodedInput {
  readonly instructions?: string;
  readonly input: JsonObject[];
}

/** Messages as `instructions` and `input`; reports what the format cannot say. */
export function encodeInput(messages: readonly Message[], dropped: Dropped): EncodedInput {
  const instructions = instructionsOf(messages[0]);
  const rest = instructions === undefined ? messages : messages.slice(1);
  const customCalls = customCallIds(messages);
  const input: JsonObject[] = [];
  for (const message of rest) {
    if (message.name !== undefined) dropped.add("messages.name");
    dropped.addForeign(FORMAT, message.extensions, "messages.");
    if (message.role === "assistant") input.push(...encodeAssistant(message.parts, dropped));
    else input.push(...encodeOther(message, customCalls, dropped));
  }
  return instructions === undefined ? { input } : { instructions, input };
}

/** A leading system message that is one plain text: what `instructions` says. */
function instructionsOf(message: Message | undefined): string | undefined {
  if (message?.role !== "system" || message.parts.length !== 1) return undefined;
  if (message.id !== undefined || message.extensions !== undefined || message.name !== undefined) {
    return undefined;
  }
  return plainText(message.parts);
}

/** The text of content that is nothing but one plain text. */
function plainText(parts: readonly Part[]): string | undefined {
  const [part] = parts;
  if (parts.length !== 1 || part?.type !== "text") return undefined;
  const marked = part.extensions ?? part.cacheControl ?? part.annotations ?? part.item;
  return marked === undefined ? part.text : undefined;
}

/** Ids of the free-text calls: their results are items of another type, which other formats do not tell apart. */
function customCallIds(messages: readonly Message[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { parts } of messages) {
    for (const part of parts) if (part.type === "tool_call" && part.custom === true) ids.add(part.id);
  }
  return ids;
}

function encodeAssistant(parts: readonly Part[], dropped: Dropped): JsonObject[] {
  for (const part of parts) {
    if (!isShown(part)) dropped.add(`messages.content.${nameOf(part)}`);
    if ("cacheControl" in part) dropped.add("cache_control");
  }
  return groupItems(parts).flatMap((group) => {
    const first = group[0];
    if (first === undefined) return [];
    if (isContent(first)) return [encodeAssistantMessage(group)];
    if (first.type === "reasoning") return encodeReasoningInput(first, dropped);
    const item = encodeItem(first, "", "completed");
    if (item === null) return [];
    // An id is only for an item that OpenAI itself gave.
    if (item.id === "") delete item.id;
    return [item];
  });
}

function encodeAssistantMessage(parts: readonly Part[]): JsonObject {
  const text = plainText(parts);
  if (text !== undefined) return { type: "message", role: "assistant", content: text };
  const first = parts[0];
  const message = first !== undefined && isContent(first) ? first.item : undefined;
  const item: JsonObject = { type: "message", role: "assistant", content: encodeContents(parts, []) };
  if (message?.id !== undefined) Object.assign(item, { id: message.id, status: "completed" });
  return Object.assign(item, message?.fields);
}

/**
 * Reasoning goes back to the provider that can read it: it has OpenAI's seal, or OpenAI's id. Any other is left
 * out, as it is between all formats: it helps no other model, and an unknown id would be refused.
 */
function encodeReasoningInput(part: ReasoningPart, dropped: Dropped): JsonObject[] {
  const own = part.signature === undefined && part.redacted === undefined
    ? part.id !== undefined
    : part.signatureFormat === FORMAT;
  const item = own ? encodeItem(part, part.id ?? "", "completed") : null;
  if (item === null) {
    dropped.addThoughts();
    return [];
  }
  if (item.id === "") delete item.id;
  return [item];
}

function encodeOther(message: Message, customCalls: ReadonlySet<string>, dropped: Dropped): JsonObject[] {
  const items: JsonObject[] = [];
  const rest: Part[] = [];
  for (const part of message.parts) {
    if (part.type === "tool_result") items.push(encodeResult(part, customCalls, dropped));
    else if (part.type === "opaque" && part.format === FORMAT) items.push(part.value);
    else rest.push(part);
  }
  if (rest.length === 0 && (items.length > 0 || message.role === "tool")) return items;
  const content = plainText(rest) ?? contentList(rest, dropped);
  // Of the message only parts were known that this format has none for.
  if (Array.isArray(content) && content.length === 0 && rest.length > 0) return items;
  // Contents beside results (Anthropic puts both into one message) are the user's.
  const role = message.role === "tool" ? "user" : message.role;
  const item: JsonObject = { type: "message", role, content };
  put(item, "id", message.id);
  items.push(Object.assign(item, ownFields(message.extensions)));
  return items;
}

function contentList(parts: readonly Part[], dropped: Dropped): JsonValue[] {
  return parts.map((part) => encodeInputContent(part, dropped)).filter((content) => content !== null);
}

function encodeResult(
  part: ToolResultPart,
  customCalls: ReadonlySet<string>,
  dropped: Dropped,
): JsonObject {
  if (part.cacheControl !== undefined) dropped.add("cache_control");
  dropped.addForeign(FORMAT, part.extensions, "messages.content.");
  const custom = part.custom === true || customCalls.has(part.callId);
  const text = part.content.length === 0 ? "" : plainText(part.content);
  let output: string | JsonValue[] = text ?? contentList(part.content, dropped);
  // There is no field that says it: the model is told in words.
  if (part.isError === true) {
    output = typeof output === "string"
      ? `Error: ${output}`
      : [{ type: "input_text", text: "Error:" }, ...output];
  }
  return {
    type: custom ? "custom_tool_call_output" : "function_call_output",
    call_id: part.callId,
    output,
    ...ownFields(part.extensions),
  };
}

function nameOf(part: Part): string {
  return part.type === "opaque" ? nameOfOpaque(part.value) : part.type;
}
