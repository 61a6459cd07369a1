import type { JsonObject, Message, Part, ToolResultPart } from "../canonical.ts";
import type { Dropped } from "../extensions.ts";
import type { Fields } from "../shape.ts";
import { decodeBlocks } from "./decode_blocks.ts";
import { encodeBlocks } from "./encode_blocks.ts";

const ROLES = ["user", "assistant"] as const;

/** `system` and `messages` of a request. @throws {GatewayError} with the path of what is missing or wrong. */
export function decodeMessages(body: Fields): Message[] {
  const messages: Message[] = [];
  if (body.has("system")) messages.push({ role: "system", parts: decodeBlocks(body, "system") });
  const items = body.items("messages");
  if (items.length === 0) body.fail("messages", "at least one message");
  for (const item of items) {
    const role = item.oneOf("role", ROLES);
    const parts = decodeBlocks(item);
    // The results of a user's message stand in a message of their own before the rest.
    const results = parts.filter(isToolResult);
    if (results.length > 0) messages.push({ role: "tool", parts: results });
    const others = results.length === 0 ? parts : parts.filter((part) => !isToolResult(part));
    if (results.length === 0 || others.length > 0) messages.push({ role, parts: others });
  }
  return messages;
}

function isToolResult(part: Part): part is ToolResultPart {
  return part.type === "tool_result";
}

export interface EncodedMessages {
  /** Undefined where there are no instructions. */
  readonly system: JsonObject[] | undefined;
  readonly messages: JsonObject[];
}

/** Instructions of any place become `system`; neighbours of one role become one message, results the user's. */
export function encodeMessages(messages: readonly Message[], dropped: Dropped): EncodedMessages {
  const system: JsonObject[] = [];
  const turns: { role: string; content: JsonObject[] }[] = [];
  let lastInstructions: JsonObject[] = [];
  for (const message of messages) {
    if (message.name !== undefined) dropped.add("messages.name");
    dropped.addForeign("bedrock_converse", message.extensions, "messages.");
    const content = encodeBlocks(message.parts, dropped);
    if (content.length === 0) continue;
    if (message.role === "system" || message.role === "developer") {
      system.push(...content);
      lastInstructions = content;
      continue;
    }
    const role = message.role === "assistant" ? "assistant" : "user";
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  if (turns.length === 0 && lastInstructions.length > 0) {
    // Nothing but instructions, which OpenAI answers: here someone has to ask.
    system.splice(system.length - lastInstructions.length);
    turns.push({ role: "user", content: lastInstructions });
  }
  return { system: system.length === 0 ? undefined : system, messages: turns };
}
