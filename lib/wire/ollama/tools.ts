import type { ChatRequest, FunctionTool, JsonObject, Tool, WireFormat } from "../canonical.ts";
import { customToolAsFunction } from "../custom_tools.ts";
import { type Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { type Fields, put, unknownFields } from "../shape.ts";

const FORMAT: WireFormat = "ollama_chat";
const KNOWN = new Set(["type", "function"]);
const KNOWN_OF_FUNCTION = new Set(["name", "description", "parameters"]);

/** A tool in OpenAI's shape, which Ollama took over; its server looks at no other type. */
export function decodeTool(tool: Fields): Tool {
  const definition = tool.fields("function");
  const decoded: FunctionTool = { type: "function", name: definition.string("name") };
  put(decoded, "description", definition.optionalString("description"));
  put(decoded, "parameters", definition.optionalObject("parameters"));
  const inner = unknownFields(definition.object, KNOWN_OF_FUNCTION);
  const rest: JsonObject = { ...unknownFields(tool.object, KNOWN), ...(inner && { function: inner }) };
  if (Object.keys(rest).length > 0) decoded.extensions = { format: FORMAT, fields: rest };
  return decoded;
}

/**
 * The tools that may be called. There is no `tool_choice`: with `none` no tool is named, a forced call cannot be
 * asked for.
 */
export function encodeTools(request: ChatRequest, dropped: Dropped): JsonObject[] | undefined {
  const { tools, toolChoice } = request;
  if (tools === undefined || toolChoice?.type === "none") return undefined;
  if (toolChoice !== undefined && toolChoice.type !== "auto") dropped.add("tool_choice");
  const encoded: JsonObject[] = [];
  for (const tool of tools) {
    const one = encodeTool(tool, dropped);
    if (one !== null) encoded.push(one);
  }
  return encoded.length === 0 ? undefined : encoded;
}

function encodeTool(tool: Tool, dropped: Dropped): JsonObject | null {
  if (tool.type === "custom") return encodeTool(customToolAsFunction(tool), dropped);
  if (tool.type === "opaque") {
    dropped.add(`tools.${nameOfOpaque(tool.value)}`);
    return null;
  }
  dropped.addForeign(FORMAT, tool.extensions, "tools.");
  if (tool.cacheControl !== undefined) dropped.add("cache_control");
  dropped.addStrict(tool);
  const { function: inner, ...own } = ownFields(FORMAT, tool.extensions) ?? {};
  const definition: JsonObject = { name: tool.name };
  put(definition, "description", tool.description);
  definition.parameters = tool.parameters ?? { type: "object", properties: {} };
  return { type: "function", ...own, function: Object.assign(definition, inner) };
}
