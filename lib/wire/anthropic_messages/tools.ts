import type { ChatRequest, FunctionTool, JsonObject, Tool, ToolChoice } from "../canonical.ts";
import { customToolAsFunction } from "../custom_tools.ts";
import { type Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { type Fields, put, unknownFields } from "../shape.ts";
import type { ModelRules } from "./model_rules.ts";

const FORMAT = "anthropic_messages";
const KNOWN = new Set(["type", "name", "description", "input_schema", "strict", "cache_control"]);
const NO_ARGUMENTS: JsonObject = { type: "object", properties: {} };

/** A tool of the client's; those that the API runs itself, or knows by a type, are kept whole. */
export function decodeTool(tool: Fields): Tool {
  const type = tool.optionalString("type");
  if (type !== undefined && type !== "custom") return { type: "opaque", format: FORMAT, value: tool.object };
  const decoded: FunctionTool = {
    type: "function",
    name: tool.string("name"),
    parameters: tool.fields("input_schema").object,
  };
  put(decoded, "description", tool.optionalString("description"));
  put(decoded, "strict", tool.optionalBoolean("strict"));
  put(decoded, "cacheControl", tool.optionalObject("cache_control"));
  const rest = unknownFields(tool.object, KNOWN);
  if (rest !== undefined) decoded.extensions = { format: FORMAT, fields: rest };
  return decoded;
}

function encodeTool(tool: Tool, dropped: Dropped): JsonObject | null {
  if (tool.type === "custom") return encodeTool(customToolAsFunction(tool), dropped);
  if (tool.type === "opaque") {
    if (tool.format === FORMAT) return tool.value;
    dropped.add(`tools.${nameOfOpaque(tool.value)}`);
    return null;
  }
  const encoded: JsonObject = { name: tool.name };
  put(encoded, "description", tool.description);
  encoded.input_schema = tool.parameters ?? NO_ARGUMENTS;
  if (tool.strict === true) encoded.strict = true;
  put(encoded, "cache_control", tool.cacheControl);
  dropped.addForeign(FORMAT, tool.extensions, "tools.");
  return Object.assign(encoded, ownFields(FORMAT, tool.extensions));
}

/** `tool_choice`, which holds whether calls may be parallel as well. */
export function decodeToolChoice(body: Fields, request: ChatRequest): void {
  const choice = body.optionalFields("tool_choice");
  if (choice === undefined) return;
  const type = choice.oneOf("type", ["auto", "any", "tool", "none"]);
  request.toolChoice = type === "tool"
    ? { type, name: choice.string("name") }
    : { type: type === "any" ? "required" : type };
  const disabled = choice.optionalBoolean("disable_parallel_tool_use");
  if (disabled !== undefined) request.parallelToolCalls = !disabled;
}

/** `tools` and `tool_choice`: the API refuses a choice among none. */
export function encodeTools(
  request: ChatRequest,
  body: JsonObject,
  rules: ModelRules,
  dropped: Dropped,
): void {
  const tools: JsonObject[] = [];
  for (const tool of request.tools ?? []) {
    const encoded = encodeTool(tool, dropped);
    if (encoded !== null) tools.push(encoded);
  }
  if (tools.length === 0) return;
  body.tools = tools;
  const choice = encodeToolChoice(request.toolChoice, rules, dropped);
  const parallel = request.parallelToolCalls;
  if (choice?.type === "none" || parallel === undefined) {
    put(body, "tool_choice", choice);
  } else if (choice !== undefined || !parallel) {
    body.tool_choice = { type: "auto", ...choice, disable_parallel_tool_use: !parallel };
  }
}

function encodeToolChoice(
  choice: ToolChoice | undefined,
  rules: ModelRules,
  dropped: Dropped,
): JsonObject | undefined {
  if (choice === undefined) return undefined;
  if (choice.type === "auto" || choice.type === "none") return { type: choice.type };
  if (choice.type === "opaque" || !rules.forcedTools) {
    dropped.add("tool_choice");
    return undefined;
  }
  return choice.type === "tool" ? { type: "tool", name: choice.name } : { type: "any" };
}
