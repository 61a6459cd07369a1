import type {
  JsonObject,
  JsonValue,
  MessageItem,
  Part,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCallPart,
} from "../canonical.ts";
import { type Fields, isObject, put, unknownFields } from "../shape.ts";
import { decodeContent, encodeOutputContent, isKnownContent } from "./content.ts";
import { sealReasoning, unsealReasoning } from "./encrypted_content.ts";
import { extensionsOf, FORMAT, ownFields } from "./format.ts";

const MESSAGE_FIELDS = new Set(["id", "type", "role", "status", "content"]);
const REASONING_FIELDS = new Set(["id", "type", "summary", "content", "encrypted_content"]);
const CALL_FIELDS = new Set(["id", "type", "status", "call_id", "name", "arguments"]);
const CUSTOM_CALL_FIELDS = new Set(["id", "type", "status", "call_id", "name", "input"]);

/** Between the parts of a reasoning's summary when they are read as one text. */
export const PARAGRAPH = "\n\n";

/** One item that a model gave, as parts: a message has one a content, every other item is one part. */
export function decodeItem(item: Fields): Part[] {
  // A message that a client wrote itself may leave its type out.
  switch (item.raw("type") ?? (item.has("role") ? "message" : undefined)) {
    case "message":
      return decodeMessageContents(item, messageItem(item.object));
    case "reasoning":
      return [decodeReasoning(item)];
    case "function_call":
      return [decodeCall(item)];
    case "custom_tool_call":
      return [decodeCustomCall(item)];
    default:
      return [opaque(item.object)];
  }
}

/** What a `message` item has beside its contents; one object for all of them, which keeps them together. */
export function messageItem(item: JsonObject): MessageItem | undefined {
  const message: MessageItem = {};
  if (typeof item.id === "string") message.id = item.id;
  put(message, "fields", withOddStatus(item, MESSAGE_FIELDS));
  return message.id === undefined && message.fields === undefined ? undefined : message;
}

function decodeMessageContents(item: Fields, message: MessageItem | undefined): Part[] {
  const content = item.raw("content");
  if (typeof content === "string") {
    return [{ type: "text", text: content, ...(message === undefined ? {} : { item: message }) }];
  }
  // A message without content is no part of anything; it is kept whole, so that the item is not lost.
  if (Array.isArray(content) && content.length === 0) return [opaque(item.object)];
  return item.items("content").map((each) => decodeMessageContent(item, each, message));
}

/** A content of a kind that is not known is a client's mistake, but no reason to lose a provider's answer. */
export function decodeMessageContent(item: Fields, content: Fields, message: MessageItem | undefined): Part {
  if (content.fault === "invalid_request" || isKnownContent(content)) return decodeContent(content, message);
  return opaque({ ...item.object, content: [content.object] });
}

export function decodeReasoning(item: Fields): ReasoningPart {
  const summary = textsOf(item.raw("summary"));
  const content = textsOf(item.raw("content"));
  const part: ReasoningPart = {
    type: "reasoning",
    text: (content.length > 0 ? content : summary).join(PARAGRAPH),
    summary,
  };
  put(part, "id", item.optionalString("id"));
  const sealed = item.optionalString("encrypted_content");
  if (sealed !== undefined) Object.assign(part, unsealReasoning(sealed));

  const rest: JsonObject = { ...unknownFields(item.object, REASONING_FIELDS) };
  if (item.raw("encrypted_content") === null) rest.encrypted_content = null;
  // One text of content is `part.text`; none, or several, are kept as they were.
  const list = item.raw("content");
  if (Array.isArray(list) && list.length !== 1) rest.content = list;
  if (Object.keys(rest).length > 0) put(part, "extensions", extensionsOf(rest));
  return part;
}

export function decodeCall(item: Fields): ToolCallPart {
  const part: ToolCallPart = {
    type: "tool_call",
    id: item.string("call_id"),
    name: item.string("name"),
    arguments: item.optionalString("arguments") ?? "",
  };
  put(part, "itemId", item.optionalString("id"));
  put(part, "extensions", extensionsOf(withOddStatus(item.object, CALL_FIELDS)));
  return part;
}

export function decodeCustomCall(item: Fields): ToolCallPart {
  const part: ToolCallPart = {
    type: "tool_call",
    id: item.string("call_id"),
    name: item.string("name"),
    arguments: item.optionalString("input") ?? "",
    custom: true,
  };
  put(part, "itemId", item.optionalString("id"));
  put(part, "extensions", extensionsOf(withOddStatus(item.object, CUSTOM_CALL_FIELDS)));
  return part;
}

export function opaque(value: JsonObject): Part {
  return { type: "opaque", format: FORMAT, value };
}

/** Unknown fields, with the `status` where it is not the one that an item ends with. */
function withOddStatus(item: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  const rest = unknownFields(item, known);
  const status = item.status;
  if (status === undefined || status === null || status === "completed") return rest;
  return { ...rest, status };
}

/** Texts of a list of `{type, text}`. */
function textsOf(list: JsonValue | undefined): string[] {
  if (!Array.isArray(list)) return [];
  return list.map((each) => isObject(each) && typeof each.text === "string" ? each.text : "");
}

/** Whether a part stands in a `message` item. */
export function isContent(part: Part): part is TextPart | RefusalPart {
  return part.type === "text" || part.type === "refusal";
}

/** Whether two texts or refusals that follow each other are contents of one item. */
export function sameItem(a: TextPart | RefusalPart, b: TextPart | RefusalPart): boolean {
  return a.item === b.item || (a.item?.id !== undefined && a.item.id === b.item?.id);
}

/** Parts in order, cut into items; what this format cannot show is left out. */
export function groupItems(parts: readonly Part[]): Part[][] {
  const groups: Part[][] = [];
  let message: (TextPart | RefusalPart)[] | null = null;
  for (const part of parts) {
    if (!isShown(part)) continue;
    const last: TextPart | RefusalPart | undefined = message?.at(-1);
    if (isContent(part) && message !== null && last !== undefined && sameItem(last, part)) {
      message.push(part);
      continue;
    }
    message = isContent(part) ? [part] : null;
    groups.push(message ?? [part]);
  }
  return groups;
}

/** Whether a part of an answer has an item, or a content, in this format. */
export function isShown(part: Part): boolean {
  switch (part.type) {
    case "text":
    case "refusal":
    case "reasoning":
    case "tool_call":
      return true;
    case "opaque":
      return part.format === FORMAT;
    default:
      return false;
  }
}

/** A `message` item around contents that are encoded already. */
export function encodeMessage(
  message: MessageItem | undefined,
  id: string,
  status: string,
  content: JsonObject[],
): JsonObject {
  return { id: message?.id ?? id, type: "message", status, content, role: "assistant", ...message?.fields };
}

/** A message's contents; `logprobs` in the order of its texts. */
export function encodeContents(parts: readonly Part[], logprobs: readonly JsonValue[][]): JsonObject[] {
  const contents: JsonObject[] = [];
  let texts = 0;
  for (const part of parts) {
    const content = encodeOutputContent(part);
    if (content === null) continue;
    if (part.type === "text") content.logprobs = logprobs[texts++] ?? [];
    contents.push(content);
  }
  return contents;
}

/** An item that is one part. `id` is for a part that brought none. */
export function encodeItem(part: Part, id: string, status: string): JsonObject | null {
  switch (part.type) {
    case "reasoning":
      return encodeReasoning(part, id);
    case "tool_call":
      return encodeCall(part, id, status);
    case "opaque":
      return part.format === FORMAT ? part.value : null;
    default:
      return null;
  }
}

function encodeReasoning(part: ReasoningPart, id: string): JsonObject {
  const own = ownFields(part.extensions);
  const summary = part.summary ?? (part.text === "" ? [] : [part.text]);
  const item: JsonObject = {
    id: part.id ?? id,
    type: "reasoning",
    summary: summary.map((text) => ({ type: "summary_text", text })),
    ...own,
  };
  const content = textsOf(own?.content);
  const text = (content.length > 0 ? content : summary).join(PARAGRAPH);
  if (part.text !== text) item.content = [{ type: "reasoning_text", text: part.text }];
  const sealed = sealReasoning(part);
  if (sealed !== null) item.encrypted_content = sealed;
  return item;
}

function encodeCall(part: ToolCallPart, id: string, status: string): JsonObject {
  const own = ownFields(part.extensions);
  const head = { id: part.itemId ?? id, status, call_id: part.id, name: part.name };
  return part.custom === true
    ? { type: "custom_tool_call", ...head, input: part.arguments, ...own }
    : { type: "function_call", ...head, arguments: part.arguments, ...own };
}
