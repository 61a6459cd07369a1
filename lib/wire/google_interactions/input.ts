import type { ChatRequest, JsonObject, Message, Part } from "../canonical.ts";
import type { Dropped } from "../extensions.ts";
import { type Fields, isObject } from "../shape.ts";
import { CONTENT_TYPES, decodeContent } from "./content.ts";
import { FORMAT } from "./format.ts";
import { decodeContents, decodeModelStep, decodeResult, encodeSteps } from "./steps.ts";

/** What a request that the gateway makes says where nobody said anything. */
export interface EncodedInput {
  readonly instruction: string | undefined;
  readonly input: JsonObject[];
}

/** `system_instruction` and `input`. @throws {GatewayError} with the path of what is missing or wrong. */
export function decodeInput(body: Fields): Message[] {
  const messages: Message[] = [];
  const instruction = body.optionalString("system_instruction");
  if (instruction !== undefined) {
    messages.push({ role: "system", parts: [{ type: "text", text: instruction }] });
  }
  const input = body.raw("input");
  if (typeof input === "string") {
    messages.push({ role: "user", parts: [{ type: "text", text: input }] });
    return messages;
  }
  const items = isObject(input) ? [body.fields("input")] : body.items("input");
  if (items.length === 0) body.fail("input", "a text, or at least one content or step");
  for (const item of items) decodeItem(item, messages);
  return messages;
}

/** A step, a content of the user's, or a turn as the API's first version had it. */
function decodeItem(item: Fields, messages: Message[]): void {
  if (item.has("role")) {
    const role = item.oneOf("role", ["user", "model"]) === "model" ? "assistant" : "user";
    const content = item.raw("content");
    const parts: Part[] = typeof content === "string"
      ? [{ type: "text", text: content }]
      : item.items("content").flatMap(decodeModelStepOrContent);
    for (const part of parts) add(messages, part.type === "tool_result" ? "tool" : role, [part]);
    return;
  }
  const type = item.string("type");
  if (type === "function_result") add(messages, "tool", [decodeResult(item)]);
  else if (type === "user_input") add(messages, "user", decodeContents(item));
  else if (CONTENT_TYPES.has(type)) add(messages, "user", [decodeContent(item)]);
  else add(messages, "assistant", decodeModelStep(item));
}

function decodeModelStepOrContent(content: Fields): Part[] {
  const type = content.string("type");
  if (type === "function_result") return [decodeResult(content)];
  return CONTENT_TYPES.has(type) ? [decodeContent(content)] : decodeModelStep(content);
}

/** Neighbours of one role are one message. */
function add(messages: Message[], role: Message["role"], parts: readonly Part[]): void {
  const before = messages.at(-1);
  if (before?.role === role) before.parts.push(...parts);
  else messages.push({ role, parts: [...parts] });
}

/** Instructions of any place become `system_instruction`, the one place for them; all else is steps. */
export function encodeInput(request: ChatRequest, dropped: Dropped): EncodedInput {
  const instructions: string[] = [];
  let last: string[] = [];
  const input: JsonObject[] = [];
  const names = new Map<string, string>();
  for (const message of request.messages) {
    if (message.name !== undefined) dropped.add("messages.name");
    dropped.addForeign(FORMAT, message.extensions, "messages.");
    if (message.role === "system" || message.role === "developer") {
      last = texts(message, dropped);
      instructions.push(...last);
      continue;
    }
    const said = message.role === "assistant" ? "model_output" : "user_input";
    input.push(...encodeSteps(readable(message.parts, dropped), said, dropped, names));
  }
  if (input.length === 0 && last.length > 0) {
    // Nothing but instructions, which OpenAI answers: here someone has to ask.
    instructions.splice(instructions.length - last.length);
    input.push({ type: "user_input", content: last.map((text) => ({ type: "text", text })) });
  }
  return { instruction: instructions.length === 0 ? undefined : instructions.join("\n\n"), input };
}

/** Parts without thoughts that Google did not sign, which it could not read. */
function readable(parts: readonly Part[], dropped: Dropped): readonly Part[] {
  const own = parts.filter((part) => part.type !== "reasoning" || part.signatureFormat === FORMAT);
  if (own.length < parts.length) dropped.addThoughts();
  return own;
}

function texts(message: Message, dropped: Dropped): string[] {
  return message.parts.flatMap((part) => {
    if (part.type !== "text" || part.text === "") return [];
    if (part.cacheControl !== undefined) dropped.add("cache_control");
    return [part.text];
  });
}
