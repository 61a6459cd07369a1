import type { Message, Part, Role, ToolResultPart } from "../canonical.ts";
import { GatewayError } from "../../errors.ts";
import { type Fields, put, unknownFields } from "../shape.ts";
import { decodeContent, decodeToolOutput } from "./content.ts";
import { extensionsOf } from "./format.ts";
import { responseIdOf } from "./item_ids.ts";
import { referenceOf } from "./item_reference.ts";
import { decodeItem, isContent, opaque } from "./items.ts";

const ROLES = ["user", "system", "developer", "assistant"] as const satisfies readonly Role[];
const MESSAGE_FIELDS = new Set(["type", "role", "content", "id"]);
const OUTPUT_FIELDS = new Set(["type", "call_id", "output"]);

/** Items that are results of the caller's: they belong to no turn of the assistant's. */
const CALLERS_ITEM = /(?:_output|_response)$/;

/**
 * `input` as messages. Items of the assistant's that follow each other are one message, as the other formats
 * have it (reasoning, text and parallel calls of one turn); so are results of tools.
 */
export function decodeInput(body: Fields): Message[] {
  const input = body.raw("input");
  if (input === undefined || input === null) return [];
  if (typeof input === "string") return [{ role: "user", parts: [{ type: "text", text: input }] }];
  if (!Array.isArray(input)) body.fail("input", "a string or an array of items");
  const messages: Message[] = [];
  for (const item of body.items("input")) addItem(messages, item);
  return messages;
}

/** @throws {GatewayError} with the place where the items at `key` are none that an input may hold. */
export function checkItems(body: Fields, key: string): void {
  const messages: Message[] = [];
  for (const item of body.items(key)) addItem(messages, item);
}

function addItem(messages: Message[], item: Fields): void {
  switch (itemType(item)) {
    case "message":
      return addMessage(messages, item);
    case "function_call_output":
      return addParts(messages, "tool", [decodeResult(item, false)]);
    case "custom_tool_call_output":
      return addParts(messages, "tool", [decodeResult(item, true)]);
    case "item_reference":
      throw unresolvedReference(item);
    case "reasoning":
    case "function_call":
    case "custom_tool_call":
      return addParts(messages, "assistant", decodeItem(item).map(withoutGatewayId));
    default:
      return addParts(messages, CALLERS_ITEM.test(item.string("type")) ? "tool" : "assistant", [
        opaque(item.object),
      ]);
  }
}

/** A message may leave its type out, and so may a reference, which is then an id alone. */
function itemType(item: Fields): string {
  if (referenceOf(item.object) !== null) return "item_reference";
  return item.has("role") && !item.has("type") ? "message" : item.string("type");
}

function addMessage(messages: Message[], item: Fields): void {
  const role = item.oneOf("role", ROLES);
  const content = item.raw("content");
  if (typeof content !== "string" && !Array.isArray(content)) {
    item.fail("content", "a string or an array of content parts");
  }
  if (role === "assistant") return addAssistantMessage(messages, item);
  const parts: Part[] = typeof content === "string"
    ? [{ type: "text", text: content }]
    : item.items("content").map((each) => decodeContent(each));
  const message: Message = { role, parts };
  put(message, "id", item.optionalString("id"));
  put(message, "extensions", extensionsOf(unknownFields(item.object, MESSAGE_FIELDS)));
  messages.push(message);
}

function addAssistantMessage(messages: Message[], item: Fields): void {
  const parts = decodeItem(item);
  const last = messages.at(-1);
  const open = last?.role === "assistant" ? last.parts : [];
  // Two messages in a row are two messages, unless a call waits for its result: that must stay with its turn.
  const apart = open.some(isContent) && !open.some((part) => part.type === "tool_call");
  if (apart) messages.push({ role: "assistant", parts });
  else addParts(messages, "assistant", parts);
}

/** Adds to the last message where it is of the same role, and otherwise opens one. */
function addParts(messages: Message[], role: Role, parts: Part[]): void {
  const last = messages.at(-1);
  if (last?.role === role) last.parts.push(...parts);
  else messages.push({ role, parts });
}

function decodeResult(item: Fields, custom: boolean): ToolResultPart {
  const output = item.raw("output");
  const part: ToolResultPart = {
    type: "tool_result",
    callId: item.string("call_id"),
    content: typeof output === "string" ? [{ type: "text", text: output }] : resultContent(item),
  };
  if (custom) part.custom = true;
  put(part, "extensions", extensionsOf(unknownFields(item.object, OUTPUT_FIELDS)));
  return part;
}

function resultContent(item: Fields): ToolResultPart["content"] {
  if (!Array.isArray(item.raw("output"))) item.fail("output", "a string or an array of content parts");
  return item.items("output").map(decodeToolOutput);
}

/** A reasoning item that the gateway named itself: no provider knows the id, and none must be asked for it. */
function withoutGatewayId(part: Part): Part {
  if (part.type !== "reasoning" || part.id === undefined || responseIdOf(part.id) === null) return part;
  const { id: _made, ...rest } = part;
  return rest;
}

function unresolvedReference(item: Fields): GatewayError {
  const id = item.string("id");
  return new GatewayError(
    "invalid_request",
    `Item '${id}' not found: no stored response of yours holds it. Send the item itself, or the response's id ` +
      "as 'previous_response_id'.",
    { param: item.at("id") },
  );
}
