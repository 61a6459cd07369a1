import { nameOfOpaque } from "../extensions.ts";
import type { CustomTool, FunctionTool, JsonObject, JsonValue, Tool, ToolChoice } from "../canonical.ts";
import type { Dropped } from "../extensions.ts";
import { type Fields, isObject, put, unknownFields } from "../shape.ts";
import { extensionsOf, FORMAT, ownFields } from "./format.ts";

const FUNCTION_FIELDS = new Set(["type", "name", "description", "parameters", "strict"]);
const CUSTOM_FIELDS = new Set(["type", "name", "description", "format"]);
const MODES = ["none", "auto", "required"] as const;

export function decodeTool(fields: Fields): Tool {
  switch (fields.string("type")) {
    case "function":
      return decodeFunction(fields);
    case "custom":
      return decodeCustom(fields);
    default:
      return { type: "opaque", format: FORMAT, value: fields.object };
  }
}

function decodeFunction(fields: Fields): FunctionTool {
  const tool: FunctionTool = { type: "function", name: fields.string("name") };
  put(tool, "description", fields.optionalString("description"));
  put(tool, "parameters", fields.optionalObject("parameters"));
  // Not given means the API's own choice here, which is to be strict; in chat completions it means not to be.
  tool.strict = fields.optionalBoolean("strict") ?? null;
  put(tool, "extensions", extensionsOf(unknownFields(fields.object, FUNCTION_FIELDS)));
  return tool;
}

function decodeCustom(fields: Fields): CustomTool {
  const tool: CustomTool = { type: "custom", name: fields.string("name") };
  put(tool, "description", fields.optionalString("description"));
  put(tool, "inputFormat", fields.optionalObject("format"));
  put(tool, "extensions", extensionsOf(unknownFields(fields.object, CUSTOM_FIELDS)));
  return tool;
}

/** A tool in this format; null, reported, for one that another format's provider runs. */
export function encodeTool(tool: Tool, dropped: Dropped): JsonObject | null {
  switch (tool.type) {
    case "function": {
      const body: JsonObject = { type: "function", name: tool.name };
      put(body, "description", tool.description);
      body.parameters = tool.parameters ?? { type: "object", properties: {} };
      // Another format's tool that does not say it is not strict; here that has to be said.
      body.strict = tool.strict === undefined ? false : tool.strict;
      return Object.assign(body, own(tool, dropped));
    }
    case "custom": {
      const body: JsonObject = { type: "custom", name: tool.name };
      put(body, "description", tool.description);
      put(body, "format", tool.inputFormat);
      return Object.assign(body, own(tool, dropped));
    }
    case "opaque":
      if (tool.format === FORMAT) return tool.value;
      dropped.add(`tools.${nameOfOpaque(tool.value)}`);
      return null;
  }
}

function own(tool: FunctionTool | CustomTool, dropped: Dropped): JsonObject | undefined {
  if (tool.type === "function" && tool.cacheControl !== undefined) dropped.add("cache_control");
  dropped.addForeign(FORMAT, tool.extensions, "tools.");
  return ownFields(tool.extensions);
}

export function decodeToolChoice(fields: Fields): ToolChoice | undefined {
  const value = fields.raw("tool_choice");
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) return { type: fields.oneOf("tool_choice", MODES) };
  const choice = fields.fields("tool_choice");
  switch (choice.string("type")) {
    case "function":
      return { type: "tool", name: choice.string("name") };
    case "custom":
      return { type: "tool", name: choice.string("name"), custom: true };
    default:
      return { type: "opaque", format: FORMAT, value };
  }
}

/** The choice in this format; undefined, and reported, where only another format could say it. */
export function encodeToolChoice(choice: ToolChoice, dropped: Dropped): JsonValue | undefined {
  switch (choice.type) {
    case "tool":
      return { type: choice.custom === true ? "custom" : "function", name: choice.name };
    case "opaque":
      if (choice.format === FORMAT) return choice.value;
      dropped.add("tool_choice");
      return undefined;
    default:
      return choice.type;
  }
}
