import type { CustomTool, FunctionTool, JsonObject, JsonValue, Tool, ToolChoice } from "../canonical.ts";
import { type Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { type Fields, isObject, put, unknownFields } from "../shape.ts";

const FORMAT = "openai_chat";
const KNOWN_OF_FUNCTION = new Set(["name", "description", "parameters", "strict"]);

export function decodeTool(tool: Fields): Tool {
  const type = tool.string("type");
  if (type === "function") return decodeFunction(tool);
  if (type === "custom") return decodeCustom(tool.fields("custom"));
  return { type: "opaque", format: FORMAT, value: tool.object };
}

function decodeFunction(tool: Fields): FunctionTool {
  const definition = tool.fields("function");
  const decoded: FunctionTool = { type: "function", name: definition.string("name") };
  put(decoded, "description", definition.optionalString("description"));
  put(decoded, "parameters", definition.optionalObject("parameters"));
  put(decoded, "strict", definition.optionalBoolean("strict"));
  put(decoded, "cacheControl", tool.optionalObject("cache_control"));
  const rest = unknownFields(definition.object, KNOWN_OF_FUNCTION);
  const outer = unknownFields(tool.object, new Set(["type", "function"]));
  if (rest !== undefined) decoded.extensions = { format: FORMAT, fields: { ...outer, function: rest } };
  else if (outer !== undefined) decoded.extensions = { format: FORMAT, fields: outer };
  return decoded;
}

function decodeCustom(definition: Fields): CustomTool {
  const decoded: CustomTool = { type: "custom", name: definition.string("name") };
  put(decoded, "description", definition.optionalString("description"));
  const format = definition.optionalObject("format");
  // Chat completions nest what the responses API, and so the model, has flat.
  if (format !== undefined) {
    decoded.inputFormat = isObject(format.grammar) ? { type: "grammar", ...format.grammar } : format;
  }
  return decoded;
}

/** A tool; null, reported, for one that another provider runs itself. */
export function encodeTool(tool: Tool, dropped: Dropped): JsonObject | null {
  if (tool.type === "opaque") {
    if (tool.format === FORMAT) return tool.value;
    dropped.add(`tools.${nameOfOpaque(tool.value)}`);
    return null;
  }
  dropped.addForeign(FORMAT, tool.extensions, "tools.");
  if (tool.type === "custom") return { type: "custom", custom: encodeCustom(tool) };
  const own = ownFields(FORMAT, tool.extensions);
  if (own === undefined && tool.cacheControl !== undefined) dropped.add("cache_control");
  const definition: JsonObject = { name: tool.name };
  put(definition, "description", tool.description);
  put(definition, "parameters", tool.parameters);
  put(definition, "strict", tool.strict);
  if (isObject(own?.function)) Object.assign(definition, own.function);
  return { type: "function", ...own, function: definition };
}

function encodeCustom(tool: CustomTool): JsonObject {
  const definition: JsonObject = { name: tool.name };
  put(definition, "description", tool.description);
  if (tool.inputFormat !== undefined) {
    const { type, ...grammar } = tool.inputFormat;
    definition.format = type === "grammar" ? { type, grammar } : tool.inputFormat;
  }
  return definition;
}

const CHOICES: Readonly<Record<string, ToolChoice>> = {
  auto: { type: "auto" },
  none: { type: "none" },
  required: { type: "required" },
  // Mistral's word.
  any: { type: "required" },
};

export function decodeToolChoice(body: Fields): ToolChoice | undefined {
  if (!body.has("tool_choice")) return undefined;
  const choice = body.raw("tool_choice");
  if (typeof choice === "string") {
    return CHOICES[choice] ?? body.fail("tool_choice", "'none', 'auto', 'required' or an object");
  }
  const fields = body.fields("tool_choice");
  switch (fields.string("type")) {
    case "function":
      return { type: "tool", name: fields.fields("function").string("name") };
    case "custom":
      return { type: "tool", name: fields.fields("custom").string("name"), custom: true };
    default:
      return { type: "opaque", format: FORMAT, value: fields.object };
  }
}

/** The choice; undefined, reported, for one that only another format knows. */
export function encodeToolChoice(choice: ToolChoice, dropped: Dropped): JsonValue | undefined {
  if (choice.type === "tool") {
    const { name } = choice;
    return choice.custom === true
      ? { type: "custom", custom: { name } }
      : { type: "function", function: { name } };
  }
  if (choice.type !== "opaque") return choice.type;
  if (choice.format === FORMAT) return choice.value;
  dropped.add("tool_choice");
  return undefined;
}
