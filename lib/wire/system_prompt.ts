import type { ClientFormat, JsonObject, JsonValue } from "./canonical.ts";
import { joinBytes } from "./join_bytes.ts";
import type { JsonEdit } from "./json_scanner.ts";
import { isObject } from "./shape.ts";

/** Where a system prompt goes: before what the client says, behind it, or in its place. */
const PROMPT_MODES = ["prepend", "append", "replace"] as const;
export type PromptMode = typeof PROMPT_MODES[number];

/** A request's body, as far as its system prompt is concerned. */
export interface PromptBody {
  field(name: string): JsonValue | undefined;
  /** The elements of `messages` as they stand in the body; null where there is no such array. */
  messageSlices(): Uint8Array[] | null;
}

type PromptEditor = (body: PromptBody, text: string, mode: PromptMode) => JsonEdit[];

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const COMMA = encoder.encode(",");
const BLANK_LINE = "\n\n";

/** Where each format has its system prompt. Plain completions have none. */
const EDITORS: Readonly<Partial<Record<ClientFormat, PromptEditor>>> = {
  openai_chat: inMessages,
  cohere_chat: inMessages,
  ollama_chat: inMessages,
  openai_responses: inField("instructions", (text) => ({ type: "message", role: "system", content: text })),
  anthropic_messages: inField("system", (text) => ({ type: "text", text })),
  bedrock_converse: inField("system", (text) => ({ text }), true),
  ollama_generate: inField("system", (text) => ({ text })),
  google_generate_content: inGoogle,
  google_interactions: inField("system_instruction", (text) => ({ text })),
};

/**
 * Edits that put a text into a request's system prompt, in the request's own format. Every message that they are not
 * about keeps its bytes.
 */
export function systemPromptEdits(
  format: ClientFormat,
  body: PromptBody,
  text: string,
  mode: PromptMode,
): JsonEdit[] {
  return EDITORS[format]?.(body, text, mode) ?? [];
}

/** A message of its own, or a part of the client's first ones. */
function inMessages(body: PromptBody, text: string, mode: PromptMode): JsonEdit[] {
  const slices = body.messageSlices();
  if (slices === null) return [];
  let count = 0;
  while (count < slices.length && isSystem(messageIn(slices[count]))) count++;
  const rest = slices.slice(count);
  const system = slices.slice(0, count);
  if (count === 0 || mode === "replace") {
    system.splice(0, count, bytesOf({ role: "system", content: text }));
  } else {
    const at = mode === "prepend" ? 0 : count - 1;
    const message = messageIn(system[at]);
    const part = { type: "text", text };
    system[at] = bytesOf({ ...message, content: joined(message["content"], text, mode, part) });
  }
  const parts = [...system, ...rest].flatMap((slice, index) => index === 0 ? [slice] : [COMMA, slice]);
  return [{
    set: "messages",
    value: joinBytes([encoder.encode("["), ...parts, encoder.encode("]")]),
  }];
}

/** A field that holds a text or a list. @param list whether it always is a list. */
function inField(name: string, element: (text: string) => JsonObject, list = false): PromptEditor {
  return (body, text, mode) => {
    const given = body.field(name);
    const absent = mode === "replace" || given === undefined || given === null;
    const value = !absent
      ? joined(given, text, mode, element(text))
      : list || (mode === "replace" && Array.isArray(given))
      ? [element(text)]
      : text;
    return [{ set: name, value: bytesOf(value) }];
  };
}

/** Google takes either spelling of the field. */
function inGoogle(body: PromptBody, text: string, mode: PromptMode): JsonEdit[] {
  const name = body.field("system_instruction") === undefined ? "systemInstruction" : "system_instruction";
  const given = body.field(name);
  const content = isObject(given) ? given : {};
  const parts = content["parts"];
  const before = mode === "replace" || parts === undefined ? [] : Array.isArray(parts) ? parts : [parts];
  return [{ set: name, value: bytesOf({ ...content, parts: joined(before, text, mode, { text }) }) }];
}

/** A text behind or before another, or a part among parts. */
function joined(given: JsonValue | undefined, text: string, mode: PromptMode, part: JsonObject): JsonValue {
  if (Array.isArray(given)) return mode === "append" ? [...given, part] : [part, ...given];
  if (typeof given !== "string" || given === "") return text;
  return mode === "append" ? given + BLANK_LINE + text : text + BLANK_LINE + given;
}

function messageIn(slice: Uint8Array | undefined): JsonObject {
  const message = slice === undefined ? null : JSON.parse(decoder.decode(slice)) as JsonValue;
  return isObject(message ?? undefined) ? message as JsonObject : {};
}

function isSystem({ role }: JsonObject): boolean {
  return role === "system" || role === "developer";
}

function bytesOf(value: JsonValue): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}
