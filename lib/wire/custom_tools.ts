import type { CustomTool, FunctionTool, JsonObject } from "./canonical.ts";
import { isObject } from "./shape.ts";
import { parseArguments } from "./tool_arguments.ts";

/**
 * OpenAI's free-text tools in a format that has only tools with JSON arguments: the tool becomes one with a
 * single string argument, and a call of it becomes free text again on the way back.
 */

const INPUT = "input";

/** The tool as one that takes `{"input": "…"}`; a grammar, which cannot be enforced there, is told in words. */
export function customToolAsFunction(tool: CustomTool): FunctionTool {
  const lines: string[] = [];
  if (tool.description !== undefined) lines.push(tool.description);
  const { definition, syntax } = tool.inputFormat ?? {};
  if (typeof definition === "string") {
    lines.push(
      `The input must match this ${
        syntax === "regex" ? "regular expression" : "Lark grammar"
      }:\n${definition}`,
    );
  }
  const result: FunctionTool = {
    type: "function",
    name: tool.name,
    parameters: { type: "object", properties: { [INPUT]: { type: "string" } }, required: [INPUT] },
  };
  if (lines.length > 0) result.description = lines.join("\n\n");
  return result;
}

/** Free text as the arguments of {@linkcode customToolAsFunction}'s tool. */
export function wrapCustomInput(text: string): JsonObject {
  return { [INPUT]: text };
}

/** The free text in such arguments; the arguments as they are where the model wrote something else. */
export function unwrapCustomInput(text: string): string {
  const input = parseArguments(text)[INPUT];
  return typeof input === "string" ? input : text;
}

const NONE: ReadonlySet<string> = new Set();

/** Names of the free-text tools in a client's request, chat completions or responses. */
export function customToolNames(request: JsonObject): ReadonlySet<string> {
  const { tools } = request;
  if (!Array.isArray(tools)) return NONE;
  let names: Set<string> | undefined;
  for (const tool of tools) {
    if (!isObject(tool) || tool.type !== "custom") continue;
    const name = isObject(tool.custom) ? tool.custom.name : tool.name;
    if (typeof name === "string") (names ??= new Set()).add(name);
  }
  return names ?? NONE;
}
