import type { JsonObject, Message, Part, ToolResultPart } from "../canonical.ts";
import { type Dropped, ownFields } from "../extensions.ts";
import { type Fields, unknownFields } from "../shape.ts";
import { decodeContent } from "./decode_blocks.ts";
import { encodeBlock, plainText } from "./encode_blocks.ts";

const FORMAT = "anthropic_messages";
const ROLES = ["user", "assistant", "system"] as const;
const KNOWN = new Set(["role", "content"]);

/** `system` and `messages` of a request. @throws {GatewayError} with the path of what is missing or wrong. */
export function decodeMessages(body: Fields): Message[] {
  const messages: Message[] = [];
  if (body.has("system")) messages.push({ role: "system", parts: decodeContent(body, "system") });
  const items = body.items("messages");
  if (items.length === 0) body.fail("messages", "at least one message");
  for (const item of items) decodeMessage(item, messages);
  return messages;
}

/** One message; the tool results of a user's stand in a message of their own before the rest. */
function decodeMessage(fields: Fields, messages: Message[]): void {
  const role = fields.oneOf("role", ROLES);
  const parts = decodeContent(fields);
  const results = parts.filter(isToolResult);
  if (results.length > 0) messages.push({ role: "tool", parts: results });
  const others = results.length === 0 ? parts : parts.filter((part) => !isToolResult(part));
  if (results.length > 0 && others.length === 0) return;
  const message: Message = { role, parts: others };
  const rest: JsonObject = { ...unknownFields(fields.object, KNOWN) };
  // Instructions in the middle of a conversation, which newer models take, stay where they are.
  if (role === "system") rest.role = role;
  if (Object.keys(rest).length > 0) message.extensions = { format: FORMAT, fields: rest };
  messages.push(message);
}

function isToolResult(part: Part): part is ToolResultPart {
  return part.type === "tool_result";
}

/** `system` and `messages` as the API takes them. */
export interface EncodedMessages {
  readonly system: string | JsonObject[] | undefined;
  readonly messages: JsonObject[];
}

interface Turn {
  readonly role: string;
  readonly content: JsonObject[];
  readonly own: JsonObject | undefined;
}

/**
 * Instructions of any place become `system`, the one place that all models have for them; neighbours of one
 * role become one message, tool results among the user's.
 */
export function encodeMessages(messages: readonly Message[], dropped: Dropped): EncodedMessages {
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  let lastInstructions: JsonObject[] = [];
  for (const message of messages) {
    const own = ownFields(FORMAT, message.extensions);
    const content = encodeParts(message.parts, dropped);
    if (message.name !== undefined) dropped.add("messages.name");
    dropped.addForeign(FORMAT, message.extensions, "messages.");
    if (content.length === 0) continue;
    if (isInstruction(message) && own?.role === undefined) {
      system.push(...content);
      lastInstructions = content;
    } else {
      addTurn(turns, { role: roleOf(message), content, own });
    }
  }
  if (turns.length === 0 && lastInstructions.length > 0) {
    // Nothing but instructions, which OpenAI answers: here someone has to ask.
    system.splice(system.length - lastInstructions.length);
    turns.push({ role: "user", content: lastInstructions, own: undefined });
  }
  return {
    system: system.length === 0 ? undefined : plainText(system) ?? system,
    messages: turns.map((turn) => ({
      role: turn.role,
      content: plainText(turn.content) ?? turn.content,
      ...turn.own,
    })),
  };
}

function isInstruction(message: Message): boolean {
  return message.role === "system" || message.role === "developer";
}

function roleOf(message: Message): string {
  if (isInstruction(message)) return "system";
  return message.role === "assistant" ? "assistant" : "user";
}

function addTurn(turns: Turn[], turn: Turn): void {
  const last = turns.at(-1);
  if (last?.role === turn.role && turn.own === undefined && last.own === undefined) {
    last.content.push(...turn.content);
  } else {
    turns.push(turn);
  }
}

function encodeParts(parts: readonly Part[], dropped: Dropped): JsonObject[] {
  const blocks: JsonObject[] = [];
  for (const part of parts) {
    const block = encodeBlock(part, dropped);
    if (block !== null) blocks.push(block);
  }
  return blocks;
}
