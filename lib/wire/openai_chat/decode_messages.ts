import type { FilePart, ImagePart, Message, Part, TextPart, ToolResultPart } from "../canonical.ts";
import { type Fields, put, unknownFields } from "../shape.ts";
import { decodeContent } from "./content_parts.ts";
import { decodeReasoning, REASONING_FIELDS } from "./reasoning.ts";
import { signedReasoning } from "./thought_signature.ts";
import { decodeToolCall } from "./tool_calls.ts";

const ROLES = ["system", "developer", "user", "assistant", "tool"] as const;

const KNOWN = new Set(["role", "content", "name"]);
const KNOWN_OF_ASSISTANT = new Set([...KNOWN, "refusal", "tool_calls", ...REASONING_FIELDS]);
const KNOWN_OF_TOOL = new Set([...KNOWN, "tool_call_id"]);

/**
 * `messages` of a request.
 * @throws {GatewayError} with the path of the first field that is missing or wrong (`messages[2].content`).
 */
export function decodeMessages(body: Fields): Message[] {
  const messages = body.items("messages");
  if (messages.length === 0) body.fail("messages", "at least one message");
  return messages.map(decodeMessage);
}

function decodeMessage(fields: Fields): Message {
  const role = fields.oneOf("role", ROLES);
  switch (role) {
    case "assistant":
      return finish({ role, parts: decodeAssistant(fields) }, fields, KNOWN_OF_ASSISTANT);
    case "tool":
      return finish({ role, parts: [decodeToolResult(fields)] }, fields, KNOWN_OF_TOOL);
    default:
      if (!fields.has("content")) fields.fail("content", "a string or an array of content parts");
      return finish({ role, parts: decodeContent(fields) }, fields, KNOWN);
  }
}

function finish(message: Message, fields: Fields, known: ReadonlySet<string>): Message {
  put(message, "name", fields.optionalString("name"));
  const rest = unknownFields(fields.object, known);
  if (rest !== undefined) message.extensions = { format: "openai_chat", fields: rest };
  return message;
}

function decodeAssistant(fields: Fields): Part[] {
  const parts: Part[] = decodeReasoning(fields);
  for (const part of decodeContent(fields)) {
    // Clients write an empty content beside tool calls, where the answer had none.
    if (part.type !== "text" || part.text !== "" || part.extensions !== undefined) parts.push(part);
  }
  const refusal = fields.optionalString("refusal");
  if (refusal !== undefined) parts.push({ type: "refusal", text: refusal });
  for (const call of fields.optionalItems("tool_calls") ?? []) {
    const signed = signedReasoning(call.object);
    if (signed !== null) parts.push(signed);
    parts.push(decodeToolCall(call));
  }
  return parts;
}

function decodeToolResult(fields: Fields): ToolResultPart {
  const callId = fields.string("tool_call_id");
  if (!fields.has("content")) fields.fail("content", "a string or an array of content parts");
  return { type: "tool_result", callId, content: decodeContent(fields).filter(isResultContent) };
}

function isResultContent(part: Part): part is TextPart | ImagePart | FilePart {
  return part.type === "text" || part.type === "image" || part.type === "file";
}
