import type { ChatRequest, FunctionTool, JsonObject, Tool, ToolChoice } from "../canonical.ts";
import { customToolAsFunction } from "../custom_tools.ts";
import { type Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { type Fields, put, unknownFields } from "../shape.ts";
import { decodeCachePoint, encodeCachePoint } from "./cache_point.ts";
import { FORMAT } from "./format.ts";
import { opaque, opaqueBlock } from "./opaque.ts";

const NO_ARGUMENTS: JsonObject = { type: "object", properties: {} };
const KNOWN = new Set(["name", "description", "inputSchema", "strict"]);

/** `toolConfig`. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html */
export function decodeToolConfig(body: Fields, request: ChatRequest): void {
  const config = body.optionalFields("toolConfig");
  if (config === undefined) return;
  const tools: Tool[] = [];
  for (const item of config.items("tools")) {
    const cacheControl = decodeCachePoint(item.object);
    const last = tools.at(-1);
    if (cacheControl !== null && last?.type === "function") last.cacheControl = cacheControl;
    else tools.push(decodeTool(item));
  }
  request.tools = tools;
  put(request, "toolChoice", decodeToolChoice(config));
}

function decodeTool(item: Fields): Tool {
  if (!item.has("toolSpec")) return opaque(item.object);
  const spec = item.fields("toolSpec");
  const tool: FunctionTool = { type: "function", name: spec.string("name") };
  put(tool, "description", spec.optionalString("description"));
  put(tool, "parameters", spec.fields("inputSchema").optionalObject("json"));
  put(tool, "strict", spec.optionalBoolean("strict"));
  const rest = unknownFields(spec.object, KNOWN);
  if (rest !== undefined) tool.extensions = { format: FORMAT, fields: rest };
  return tool;
}

function decodeToolChoice(config: Fields): ToolChoice | undefined {
  const choice = config.optionalFields("toolChoice");
  if (choice === undefined) return undefined;
  if (choice.has("auto")) return { type: "auto" };
  if (choice.has("any")) return { type: "required" };
  if (choice.has("tool")) return { type: "tool", name: choice.fields("tool").string("name") };
  return { type: "opaque", format: FORMAT, value: choice.object };
}

/**
 * `toolConfig`, which a conversation with calls in it has to have: where the client names no tools any more, the
 * ones that were called stand there.
 */
export function encodeToolConfig(request: ChatRequest, dropped: Dropped): JsonObject | undefined {
  const tools: JsonObject[] = [];
  const called = calledTools(request);
  const none = request.toolChoice?.type === "none";
  // There is no way to forbid calls but to name no tools.
  if (none && called.length > 0) dropped.add("tool_choice");
  if (!none || called.length > 0) {
    for (const tool of request.tools ?? []) encodeTool(tool, tools, dropped);
  }
  if (tools.length === 0) {
    for (const name of called) tools.push({ toolSpec: { name, inputSchema: { json: NO_ARGUMENTS } } });
  }
  if (tools.length === 0) return undefined;
  if (request.parallelToolCalls === false) dropped.add("parallel_tool_calls");
  const config: JsonObject = { tools };
  if (request.tools !== undefined) put(config, "toolChoice", encodeToolChoice(request.toolChoice, dropped));
  return config;
}

function calledTools(request: ChatRequest): string[] {
  const names = request.messages.flatMap(({ parts }) =>
    parts.flatMap((part) => part.type === "tool_call" ? [part.name] : [])
  );
  return [...new Set(names)];
}

function encodeTool(tool: Tool, tools: JsonObject[], dropped: Dropped): void {
  if (tool.type === "custom") return encodeTool(customToolAsFunction(tool), tools, dropped);
  if (tool.type === "opaque") {
    const own = tool.format === FORMAT ? opaqueBlock(tool.value) : null;
    if (own !== null) tools.push(own);
    else dropped.add(`tools.${nameOfOpaque(tool.value)}`);
    return;
  }
  dropped.addForeign(FORMAT, tool.extensions, "tools.");
  const spec: JsonObject = { name: tool.name };
  put(spec, "description", tool.description === "" ? undefined : tool.description);
  spec.inputSchema = { json: tool.parameters ?? NO_ARGUMENTS };
  if (tool.strict === true) spec.strict = true;
  tools.push({ toolSpec: Object.assign(spec, ownFields(FORMAT, tool.extensions)) });
  if (tool.cacheControl !== undefined) tools.push(encodeCachePoint(tool.cacheControl));
}

function encodeToolChoice(choice: ToolChoice | undefined, dropped: Dropped): JsonObject | undefined {
  switch (choice?.type) {
    case "auto":
      return { auto: {} };
    case "required":
      return { any: {} };
    case "tool":
      return { tool: { name: choice.name } };
    case "opaque":
      if (choice.format === FORMAT) return choice.value as JsonObject;
      dropped.add("tool_choice");
  }
  return undefined;
}
