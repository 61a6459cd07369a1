import type { ChatRequest, FunctionTool, JsonObject, JsonValue, Tool, ToolChoice } from "../canonical.ts";
import { customToolAsFunction } from "../custom_tools.ts";
import { type Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { type Fields, isObject, put, unknownFields } from "../shape.ts";
import { FORMAT } from "./format.ts";

const KNOWN = new Set(["type", "name", "description", "parameters"]);

/** `tools`: functions, and each of the API's own tools whole. */
export function decodeTools(body: Fields): Tool[] | undefined {
  return body.optionalItems("tools")?.map((tool): Tool => {
    if (tool.string("type") !== "function") return { type: "opaque", format: FORMAT, value: tool.object };
    const decoded: FunctionTool = { type: "function", name: tool.string("name") };
    put(decoded, "description", tool.optionalString("description"));
    put(decoded, "parameters", tool.optionalObject("parameters"));
    const rest = unknownFields(tool.object, KNOWN);
    if (rest !== undefined) decoded.extensions = { format: FORMAT, fields: rest };
    return decoded;
  });
}

export function encodeTools(request: ChatRequest, dropped: Dropped): JsonObject[] | undefined {
  const tools = (request.tools ?? []).flatMap((tool): JsonObject[] => {
    if (tool.type === "custom") return [encodeFunction(customToolAsFunction(tool), dropped)];
    if (tool.type === "function") return [encodeFunction(tool, dropped)];
    if (tool.format === FORMAT) return [tool.value];
    dropped.add(`tools.${nameOfOpaque(tool.value)}`);
    return [];
  });
  const functions = tools.filter(({ type }) => type === "function");
  if (functions.length > 1 && request.parallelToolCalls === false) dropped.add("parallel_tool_calls");
  return tools.length === 0 ? undefined : tools;
}

function encodeFunction(tool: FunctionTool, dropped: Dropped): JsonObject {
  const encoded: JsonObject = { type: "function", name: tool.name };
  put(encoded, "description", tool.description);
  put(encoded, "parameters", tool.parameters);
  if (tool.cacheControl !== undefined) dropped.add("cache_control");
  dropped.addStrict(tool);
  dropped.addForeign(FORMAT, tool.extensions, "tools.");
  return Object.assign(encoded, ownFields(FORMAT, tool.extensions));
}

const CHOICES: Readonly<Record<string, ToolChoice>> = {
  auto: { type: "auto" },
  any: { type: "required" },
  none: { type: "none" },
};

/** `generation_config.tool_choice`: a word, or a list of tools with one. */
export function decodeToolChoice(config: Fields): ToolChoice | undefined {
  const choice = config.raw("tool_choice");
  if (choice === undefined || choice === null) return undefined;
  if (typeof choice === "string") return CHOICES[choice] ?? opaque(choice);
  const allowed = config.fields("tool_choice").optionalFields("allowed_tools");
  const names = allowed?.optionalStrings("tools") ?? [];
  const [only] = names;
  const mode = allowed?.optionalString("mode") ?? "auto";
  const plain = Object.keys(isObject(choice) ? choice : {}).length === 1;
  if (plain && names.length === 1 && only !== undefined && mode === "any") {
    return { type: "tool", name: only };
  }
  return opaque(choice);
}

function opaque(value: JsonValue): ToolChoice {
  return { type: "opaque", format: FORMAT, value };
}

export function encodeToolChoice(choice: ToolChoice | undefined, dropped: Dropped): JsonValue | undefined {
  if (choice === undefined) return undefined;
  switch (choice.type) {
    case "required":
      return "any";
    case "tool":
      return { allowed_tools: { mode: "any", tools: [choice.name] } };
    case "opaque":
      if (choice.format === FORMAT) return choice.value;
      dropped.add("tool_choice");
      return undefined;
    default:
      return choice.type;
  }
}
