import type { FilePart, ImagePart, JsonObject, Message, Part, TextPart, ToolCallPart } from "../canonical.ts";
import { formatDataUrl, parseDataUrl } from "../data_url.ts";
import { type Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { newId } from "../ids.ts";
import { type Fields, put, unknownFields } from "../shape.ts";

const FORMAT = "cohere_chat";
const ROLES = ["system", "user", "assistant", "tool"] as const;
const KNOWN = new Set(["role", "content", "tool_calls", "tool_plan", "tool_call_id"]);
const KNOWN_OF_CALL = new Set(["id", "type", "function"]);

/** https://docs.cohere.com/reference/chat#request.body.messages */
export function decodeMessages(body: Fields): Message[] {
  const messages = body.items("messages");
  if (messages.length === 0) body.fail("messages", "at least one message");
  return messages.map(decodeMessage);
}

function decodeMessage(fields: Fields): Message {
  const role = fields.oneOf("role", ROLES);
  const message: Message = { role, parts: decodeParts(fields) };
  if (role === "tool") {
    const callId = fields.string("tool_call_id");
    message.parts = [{ type: "tool_result", callId, content: message.parts.filter(isResultContent) }];
  }
  const rest = unknownFields(fields.object, KNOWN);
  if (rest !== undefined) message.extensions = { format: FORMAT, fields: rest };
  return message;
}

/** What a message of a request or of an answer holds, in order: plan, content, calls. */
export function decodeParts(fields: Fields): Part[] {
  const parts: Part[] = [];
  const plan = fields.optionalString("tool_plan") ?? "";
  if (plan !== "") parts.push(planPart(plan));
  const content = fields.raw("content");
  if (typeof content === "string") parts.push({ type: "text", text: content });
  else for (const item of fields.optionalItems("content") ?? []) parts.push(decodeContent(item));
  for (const call of fields.optionalItems("tool_calls") ?? []) parts.push(decodeCall(call));
  return parts;
}

/** What the model says before it calls: a text of the answer to everybody else. */
export function planPart(text: string): TextPart {
  return { type: "text", text, extensions: { format: FORMAT, fields: { tool_plan: true } } };
}

export function isPlan(part: Part): boolean {
  return part.type === "text" && ownFields(FORMAT, part.extensions)?.tool_plan === true;
}

function decodeContent(item: Fields): Part {
  const type = item.string("type");
  if (type === "text") return { type, text: item.string("text") };
  if (type === "thinking") return { type: "reasoning", text: item.string("thinking") };
  if (type !== "image_url") return { type: "opaque", format: FORMAT, value: item.object };
  const image = item.fields("image_url");
  const url = image.string("url");
  const part: ImagePart = { type: "image", ...(parseDataUrl(url) ?? { url }) };
  put(part, "detail", image.optionalString("detail"));
  return part;
}

function decodeCall(call: Fields): ToolCallPart {
  const described = call.fields("function");
  const text = described.optionalString("arguments") ?? "";
  const part: ToolCallPart = {
    type: "tool_call",
    id: call.optionalString("id") ?? newId("call_"),
    name: described.string("name"),
    // Of a tool without parameters its models write `null`.
    arguments: text === "null" ? "{}" : text,
  };
  const rest = unknownFields(call.object, KNOWN_OF_CALL);
  if (rest !== undefined) part.extensions = { format: FORMAT, fields: rest };
  return part;
}

function isResultContent(part: Part): part is TextPart | ImagePart | FilePart {
  return part.type === "text" || part.type === "image" || part.type === "file";
}

/** Messages as Cohere takes them: one a result of a tool, whose content is text or documents. */
export function encodeMessages(messages: readonly Message[], dropped: Dropped): JsonObject[] {
  return messages.flatMap((message) => {
    dropped.addForeign(FORMAT, message.extensions, "messages.");
    if (message.name !== undefined) dropped.add("messages.name");
    if (message.role !== "tool") {
      const encoded = encodeMessage(message, dropped);
      return encoded === null ? [] : [{ ...encoded, ...ownFields(FORMAT, message.extensions) }];
    }
    return message.parts.flatMap((part): JsonObject[] => {
      if (part.type !== "tool_result") return [];
      reportMarks([part, ...part.content], dropped);
      // A result is text there.
      for (const each of part.content) if (each.type === "image") dropped.add("messages.content.image");
      const content = encodeContents(part.content, dropped);
      const text = part.isError ? `Error: ${textOf(content)}` : textOf(content);
      return [{ role: "tool", tool_call_id: part.callId, content: text }];
    });
  });
}

function textOf(content: readonly JsonObject[]): string {
  return content.map(({ text }) => typeof text === "string" ? text : "").join("");
}

function encodeMessage(message: Message, dropped: Dropped): JsonObject | null {
  const role = message.role === "developer" ? "system" : message.role;
  const parts = encodeParts(message.parts, dropped);
  if (Object.keys(parts).length === 0) return message.parts.length === 0 ? { role, content: "" } : null;
  return { role, ...parts };
}

/** `content`, `tool_plan` and `tool_calls` of parts; each absent where there is nothing of it. */
export function encodeParts(parts: readonly Part[], dropped: Dropped): JsonObject {
  reportMarks(parts, dropped);
  const calls = parts.filter((part) => part.type === "tool_call").map(encodeCall);
  // Beside calls there is room for what was said before them alone.
  const plan = parts.filter((part) => isPlan(part) || (calls.length > 0 && part.type === "text"));
  const content = encodeContents(parts.filter((part) => !plan.includes(part)), dropped);
  const encoded: JsonObject = {};
  const [only] = content;
  if (content.length === 1 && only?.type === "text") encoded.content = only.text ?? "";
  else if (content.length > 0) encoded.content = content;
  if (plan.length > 0) encoded.tool_plan = plan.map((part) => part.type === "text" ? part.text : "").join("");
  if (calls.length > 0) encoded.tool_calls = calls;
  return encoded;
}

function reportMarks(parts: readonly Part[], dropped: Dropped): void {
  for (const part of parts) {
    if ("cacheControl" in part) dropped.add("cache_control");
    if ("extensions" in part) dropped.addForeign(FORMAT, part.extensions, "messages.content.");
  }
}

export function encodeCall(part: ToolCallPart): JsonObject {
  const described = { name: part.name, arguments: part.arguments };
  return { id: part.id, type: "function", function: described, ...ownFields(FORMAT, part.extensions) };
}

function encodeContents(parts: readonly Part[], dropped: Dropped): JsonObject[] {
  return parts.flatMap((part): JsonObject[] => {
    switch (part.type) {
      case "text":
      case "refusal":
        return [{ type: "text", text: part.text }];
      case "reasoning":
        if (part.text !== "") return [{ type: "thinking", thinking: part.text }];
        dropped.addThoughts();
        return [];
      case "image":
        return encodeImage(part, dropped);
      case "file":
        if (part.text !== undefined) return [{ type: "text", text: part.text }];
        dropped.add("messages.content.file");
        return [];
      case "opaque":
        if (part.format === FORMAT) return [part.value];
        dropped.add(`messages.content.${nameOfOpaque(part.value)}`);
        return [];
      case "audio":
        dropped.add("messages.content.input_audio");
        return [];
      default:
        return [];
    }
  });
}

function encodeImage(part: ImagePart, dropped: Dropped): JsonObject[] {
  const url = part.data === undefined ? part.url : formatDataUrl(part.mediaType ?? "image/png", part.data);
  if (url === undefined) {
    dropped.add("messages.content.image.file_id");
    return [];
  }
  const image: JsonObject = { url };
  put(image, "detail", part.detail);
  return [{ type: "image_url", image_url: image }];
}
