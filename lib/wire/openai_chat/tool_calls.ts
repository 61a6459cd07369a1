import type { JsonObject, ToolCallPart } from "../canonical.ts";
import { ownFields } from "../extensions.ts";
import { newId } from "../ids.ts";
import { type Fields, isObject, unknownFields } from "../shape.ts";
import { printArguments } from "../tool_arguments.ts";
import { signedReasoning } from "./thought_signature.ts";

const FORMAT = "openai_chat";
const KNOWN = new Set(["id", "type", "index", "function", "custom"]);
const KNOWN_WITH_SIGNATURE = new Set([...KNOWN, "extra_content"]);

/** A call as a message holds it. Compatible servers leave out ids and types, and give arguments as objects. */
export function decodeToolCall(call: Fields): ToolCallPart {
  const custom = call.raw("type") === "custom";
  const body = call.fields(custom ? "custom" : "function");
  const part: ToolCallPart = {
    type: "tool_call",
    id: call.optionalString("id") ?? newId("call_"),
    name: body.string("name"),
    arguments: custom ? body.string("input") : decodeArguments(body),
  };
  if (custom) part.custom = true;
  const rest = unknownFields(
    call.object,
    signedReasoning(call.object) === null ? KNOWN : KNOWN_WITH_SIGNATURE,
  );
  if (rest !== undefined) part.extensions = { format: FORMAT, fields: rest };
  return part;
}

function decodeArguments(body: Fields): string {
  const value = body.raw("arguments");
  return isObject(value) ? printArguments(value) : body.optionalString("arguments") ?? "";
}

export function encodeToolCall(part: ToolCallPart): JsonObject {
  const call: JsonObject = part.custom === true
    ? { id: part.id, type: "custom", custom: { name: part.name, input: part.arguments } }
    : { id: part.id, type: "function", function: { name: part.name, arguments: part.arguments } };
  return Object.assign(call, ownFields(FORMAT, part.extensions));
}
