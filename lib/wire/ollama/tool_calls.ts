import type { JsonObject, ToolCallPart } from "../canonical.ts";
import { wrapCustomInput } from "../custom_tools.ts";
import { ownFields } from "../extensions.ts";
import { type Fields, put, unknownFields } from "../shape.ts";
import { parseArguments, printArguments } from "../tool_arguments.ts";

const FORMAT = "ollama_chat";
const KNOWN = new Set(["id", "type", "function"]);

/**
 * A call, whose arguments are an object here.
 * @param makeId names a call that has no id: older servers give none.
 */
export function decodeToolCall(call: Fields, makeId: () => string): ToolCallPart {
  const definition = call.fields("function");
  const id = call.optionalString("id");
  const part: ToolCallPart = {
    type: "tool_call",
    id: id === undefined || id === "" ? makeId() : id,
    name: definition.string("name"),
    arguments: printArguments(definition.raw("arguments") ?? undefined),
  };
  const rest = unknownFields(call.object, KNOWN);
  if (rest !== undefined) part.extensions = { format: FORMAT, fields: rest };
  return part;
}

export function encodeToolCall(part: ToolCallPart, index: number): JsonObject {
  const input = part.custom === true ? wrapCustomInput(part.arguments) : parseArguments(part.arguments);
  const call: JsonObject = { function: { index, name: part.name, arguments: input } };
  put(call, "id", part.id === "" ? undefined : part.id);
  return Object.assign(call, ownFields(FORMAT, part.extensions));
}
