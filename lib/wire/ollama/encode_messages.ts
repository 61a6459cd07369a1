import type {
  FilePart,
  ImagePart,
  JsonObject,
  Message,
  Part,
  ToolResultPart,
  WireFormat,
} from "../canonical.ts";
import { type Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { put } from "../shape.ts";
import { decodeBase64Text } from "../base64_text.ts";
import { encodeToolCall } from "./tool_calls.ts";

const FORMAT: WireFormat = "ollama_chat";

/** Messages as Ollama takes them: a text, images beside it, calls with objects for arguments. */
export function encodeMessages(messages: readonly Message[], dropped: Dropped): JsonObject[] {
  const encoded: JsonObject[] = [];
  const toolNames = new Map<string, string>();
  for (const message of messages) {
    dropped.addForeign(FORMAT, message.extensions, "messages.");
    if (message.name !== undefined) dropped.add("messages.name");
    if (message.role === "tool") {
      for (const part of message.parts) {
        if (part.type === "tool_result") encoded.push(encodeResult(message, part, toolNames, dropped));
      }
      continue;
    }
    for (const part of message.parts) if (part.type === "tool_call") toolNames.set(part.id, part.name);
    const role = message.role === "developer" ? "system" : message.role;
    const content = encodeContent(message.parts, role === "assistant" ? "" : "\n", dropped);
    const one: JsonObject = { role, ...content };
    if (role === "assistant") Object.assign(one, encodeTurn(message.parts, dropped));
    // A turn of which only another format's own parts were known.
    if (content.content === "" && Object.keys(one).length === 2 && message.parts.length > 0) continue;
    encoded.push(Object.assign(one, ownFields(FORMAT, message.extensions)));
  }
  return encoded;
}

function encodeTurn(parts: readonly Part[], dropped: Dropped): JsonObject {
  const turn: JsonObject = {};
  const thoughts = parts.filter((part) => part.type === "reasoning");
  // What another format signed or keeps by an id is for that one alone.
  const own = thoughts.filter(({ signature, redacted, id }) =>
    signature === undefined && redacted === undefined && id === undefined
  );
  if (own.length < thoughts.length) dropped.addThoughts();
  const thinking = own.map((part) => part.text).join("");
  if (thinking !== "") turn.thinking = thinking;
  const calls = parts.filter((part) => part.type === "tool_call");
  if (calls.length > 0) turn.tool_calls = calls.map(encodeToolCall);
  return turn;
}

function encodeResult(
  message: Message,
  part: ToolResultPart,
  toolNames: ReadonlyMap<string, string>,
  dropped: Dropped,
): JsonObject {
  if (part.cacheControl !== undefined) dropped.add("cache_control");
  dropped.addForeign(FORMAT, part.extensions, "messages.content.");
  const { content, ...images } = encodeContent(part.content, "\n", dropped);
  // There is no field that says it: the model is told in words.
  const result: JsonObject = {
    role: "tool",
    content: part.isError === true ? `Error: ${content}` : content,
    ...images,
  };
  put(result, "tool_name", toolNames.get(part.callId));
  result.tool_call_id = part.callId;
  return Object.assign(result, ownFields(FORMAT, message.extensions));
}

/** The texts of a message, joined, and its images. */
export function encodeContent(
  parts: readonly Part[],
  separator: string,
  dropped: Dropped,
): { content: string; images?: string[] } {
  const texts: string[] = [];
  const images: string[] = [];
  for (const part of parts) {
    if (part.type === "text" || part.type === "image" || part.type === "file") {
      if (part.cacheControl !== undefined) dropped.add("cache_control");
      dropped.addForeign(FORMAT, part.extensions, "messages.content.");
    }
    switch (part.type) {
      case "text":
      case "refusal":
        texts.push(part.text);
        break;
      case "image":
        encodeImage(part, images, dropped);
        break;
      case "file":
        encodeFile(part, texts, images, dropped);
        break;
      case "audio":
        dropped.add("messages.content.input_audio");
        break;
      case "opaque":
        dropped.add(`messages.content.${nameOfOpaque(part.value)}`);
        break;
    }
  }
  const content = texts.join(separator);
  return images.length === 0 ? { content } : { content, images };
}

/** Images have to be in the request: Ollama fetches nothing. */
function encodeImage(part: ImagePart | FilePart, images: string[], dropped: Dropped): void {
  if (part.type === "image") dropped.addDetail(part);
  if (part.data !== undefined) images.push(part.data);
  else dropped.add(`messages.content.image.${part.url === undefined ? "file_id" : "url"}`);
}

/** Of files only images and texts can be shown. */
function encodeFile(part: FilePart, texts: string[], images: string[], dropped: Dropped): void {
  if (part.mediaType?.startsWith("image/")) return encodeImage(part, images, dropped);
  const text = part.text ?? (part.mediaType?.startsWith("text/") ? decodeBase64Text(part.data) : undefined);
  if (text === undefined) dropped.add("messages.content.file");
  else texts.push(text);
}
