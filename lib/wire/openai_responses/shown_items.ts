import type { JsonObject, JsonValue } from "../canonical.ts";
import { isObject } from "../shape.ts";

/** What a list of items leaves out unless `include` names it: OpenAI's `IncludeEnum`. */
const INCLUDABLE: Readonly<Record<string, (item: JsonObject) => JsonObject>> = {
  "file_search_call.results": (item) => item.type === "file_search_call" ? without(item, "results") : item,
  "web_search_call.results": (item) => item.type === "web_search_call" ? without(item, "results") : item,
  "web_search_call.action.sources": (item) =>
    item.type === "web_search_call" && isObject(item.action)
      ? { ...item, action: without(item.action, "sources") }
      : item,
  "code_interpreter_call.outputs": (item) =>
    item.type === "code_interpreter_call" ? { ...item, outputs: null } : item,
  "computer_call_output.output.image_url": (item) =>
    item.type === "computer_call_output" && isObject(item.output)
      ? { ...item, output: without(item.output, "image_url") }
      : item,
  "message.input_image.image_url": (item) =>
    inContents(item, "input_image", (it) => without(it, "image_url")),
  "message.output_text.logprobs": (item) =>
    inContents(item, "output_text", (it) => it.logprobs === undefined ? it : { ...it, logprobs: [] }),
  "reasoning.encrypted_content": (item) =>
    item.type === "reasoning" ? without(item, "encrypted_content") : item,
};

/** What `include` may name. */
export const INCLUDE_NAMES: readonly string[] = Object.keys(INCLUDABLE);

/** Types whose items have a `status` that a client need not give. */
const WITH_STATUS: ReadonlySet<JsonValue | undefined> = new Set([
  "message",
  "function_call",
  "function_call_output",
  "custom_tool_call",
  "custom_tool_call_output",
]);

/**
 * An item as lists of items show it: whole where a client may be brief (`ItemResource` and `ConversationItem` of
 * OpenAI's API description), and without what nobody asked for.
 */
export function shownItem(item: JsonObject, include: ReadonlySet<string>): JsonObject {
  let shown = whole(item);
  for (const [name, leaveOut] of Object.entries(INCLUDABLE)) {
    if (!include.has(name)) shown = leaveOut(shown);
  }
  return shown;
}

/** The item with all that a client may leave out. */
function whole(item: JsonObject): JsonObject {
  const type = item.type ?? (item.role === undefined ? undefined : "message");
  const shown: JsonObject = type === undefined ? { ...item } : { ...item, type };
  if (WITH_STATUS.has(type)) shown.status = item.status ?? "completed";
  if (type === "message") shown.content = contents(item);
  if (type === "reasoning") shown.summary = item.summary ?? [];
  return shown;
}

function contents(item: JsonObject): JsonValue {
  const output = item.role === "assistant";
  const { content } = item;
  if (typeof content === "string") {
    return [output ? outputText({ text: content }) : { type: "input_text", text: content }];
  }
  if (!Array.isArray(content)) return [];
  return content.map((part) => {
    if (!isObject(part)) return part;
    if (part.type === "output_text") return outputText(part);
    return part.type === "input_image" ? { ...part, detail: part.detail ?? "auto" } : part;
  });
}

function outputText(part: JsonObject): JsonObject {
  return { type: "output_text", annotations: [], logprobs: [], ...part };
}

function inContents(item: JsonObject, type: string, change: (content: JsonObject) => JsonObject): JsonObject {
  if (item.type !== "message" || !Array.isArray(item.content)) return item;
  const content = item.content.map((each) => isObject(each) && each.type === type ? change(each) : each);
  return { ...item, content };
}

function without(object: JsonObject, key: string): JsonObject {
  const { [key]: _left, ...rest } = object;
  return rest;
}
