import type { ChatRequest, FunctionTool, JsonObject, Tool } from "../canonical.ts";
import { customToolAsFunction } from "../custom_tools.ts";
import { type Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { type Fields, isObject, put, unknownFields } from "../shape.ts";
import { FORMAT } from "./format.ts";
import { decodeSchema } from "./schema_decode.ts";
import { encodeSchema } from "./schema_encode.ts";

const KNOWN = new Set(["name", "description", "parameters", "parametersJsonSchema"]);

/** `tools`: functions one by one, and each of the API's own tools whole. */
export function decodeTools(body: Fields): Tool[] | undefined {
  const tools = body.optionalItems("tools");
  if (tools === undefined) return undefined;
  const decoded: Tool[] = [];
  for (const tool of tools) {
    for (const name of Object.keys(tool.object)) {
      if (name === "functionDeclarations") {
        decoded.push(...(tool.optionalItems(name) ?? []).map(decodeFunction));
      } else if (tool.has(name)) {
        decoded.push({ type: "opaque", format: FORMAT, value: { [name]: tool.raw(name) ?? null } });
      }
    }
  }
  return decoded;
}

function decodeFunction(declaration: Fields): FunctionTool {
  const tool: FunctionTool = { type: "function", name: declaration.string("name") };
  put(tool, "description", declaration.optionalString("description"));
  const schema = declaration.optionalObject("parameters");
  const parameters = schema === undefined
    ? declaration.optionalObject("parametersJsonSchema")
    : decodeSchema(schema);
  put(tool, "parameters", parameters);
  const rest = unknownFields(declaration.object, KNOWN);
  if (rest !== undefined) tool.extensions = { format: FORMAT, fields: rest };
  return tool;
}

/** `tools` and `toolConfig` of a request. */
export function encodeTools(request: ChatRequest, body: JsonObject, dropped: Dropped): void {
  const functions: JsonObject[] = [];
  const others: JsonObject[] = [];
  for (const tool of request.tools ?? []) {
    if (tool.type === "custom") functions.push(encodeFunction(customToolAsFunction(tool), dropped));
    else if (tool.type === "function") functions.push(encodeFunction(tool, dropped));
    else if (tool.format === FORMAT) others.push(tool.value);
    else dropped.add(`tools.${nameOfOpaque(tool.value)}`);
  }
  const tools = functions.length > 0 ? [{ functionDeclarations: functions }, ...others] : others;
  if (tools.length > 0) body.tools = tools;
  const calling = functions.length > 0 ? encodeToolChoice(request, dropped) : undefined;
  if (calling !== undefined) body.toolConfig = { functionCallingConfig: calling };
  if (functions.length > 1 && request.parallelToolCalls === false) dropped.add("parallel_tool_calls");
}

function encodeFunction(tool: FunctionTool, dropped: Dropped): JsonObject {
  const encoded: JsonObject = { name: tool.name };
  put(encoded, "description", tool.description);
  const { parameters } = tool;
  // A function without parameters has no schema: an empty object's is refused.
  if (parameters !== undefined && takesSomething(parameters)) {
    const schema = encodeSchema(parameters);
    if (schema === null) encoded.parametersJsonSchema = parameters;
    else encoded.parameters = schema;
  }
  if (tool.cacheControl !== undefined) dropped.add("cache_control");
  dropped.addStrict(tool);
  dropped.addForeign(FORMAT, tool.extensions, "tools.");
  return Object.assign(encoded, ownFields(FORMAT, tool.extensions));
}

/** Keywords by which an object takes something though it has no properties of its own. */
const OTHER_CONTENT = ["$ref", "anyOf", "oneOf", "allOf", "patternProperties"];

function takesSomething(schema: JsonObject): boolean {
  const { type, properties, additionalProperties } = schema;
  if (isObject(properties) && Object.keys(properties).length > 0) return true;
  return (type !== undefined && type !== "object") || isObject(additionalProperties) ||
    OTHER_CONTENT.some((keyword) => schema[keyword] !== undefined);
}

/** `toolConfig.functionCallingConfig`, as far as other formats have words for it. */
export function decodeToolChoice(body: Fields, request: ChatRequest): JsonObject | undefined {
  const config = body.optionalFields("toolConfig");
  const calling = config?.optionalFields("functionCallingConfig");
  const rest: JsonObject = {
    ...(config && unknownFields(config.object, new Set(["functionCallingConfig"]))),
  };
  if (calling !== undefined) {
    const names = calling.optionalStrings("allowedFunctionNames") ?? [];
    const [only] = names;
    const mode = calling.optionalString("mode") ?? "AUTO";
    if (mode === "NONE") request.toolChoice = { type: "none" };
    else if (mode !== "ANY") request.toolChoice = { type: "auto" };
    else if (names.length === 1 && only !== undefined) request.toolChoice = { type: "tool", name: only };
    else request.toolChoice = { type: "required" };
    const own: JsonObject = { ...unknownFields(calling.object, new Set(["mode", "allowedFunctionNames"])) };
    if (mode === "VALIDATED") own.mode = mode;
    if (names.length > 1 || (names.length === 1 && mode !== "ANY")) own.allowedFunctionNames = names;
    if (Object.keys(own).length > 0) rest.functionCallingConfig = own;
  }
  return Object.keys(rest).length > 0 ? rest : undefined;
}

function encodeToolChoice(request: ChatRequest, dropped: Dropped): JsonObject | undefined {
  const choice = request.toolChoice;
  switch (choice?.type) {
    case undefined:
      return undefined;
    case "auto":
      return { mode: "AUTO" };
    case "none":
      return { mode: "NONE" };
    case "required":
      return { mode: "ANY" };
    case "tool":
      return { mode: "ANY", allowedFunctionNames: [choice.name] };
    case "opaque":
      dropped.add("tool_choice");
      return undefined;
  }
}
