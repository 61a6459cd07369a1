import type {
  FilePart,
  ImagePart,
  JsonObject,
  OpaquePart,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from "../canonical.ts";
import { type Fields, put, unknownFields } from "../shape.ts";
import { printArguments } from "../tool_arguments.ts";
import { unsealSignature } from "./signature.ts";

const FORMAT = "anthropic_messages";

/** Known fields of each kind of block; the others are kept as extensions. */
const KNOWN = {
  text: new Set(["type", "text", "cache_control", "citations"]),
  image: new Set(["type", "source", "cache_control"]),
  document: new Set(["type", "source", "cache_control", "title"]),
  tool_use: new Set(["type", "id", "name", "input", "cache_control"]),
  tool_result: new Set(["type", "tool_use_id", "content", "is_error", "cache_control"]),
} as const;

/** Sources that the model has; a block with another is kept whole. */
const IMAGE_SOURCES: readonly unknown[] = ["base64", "url", "file"];
const DOCUMENT_SOURCES: readonly unknown[] = [...IMAGE_SOURCES, "text"];

/** `content`: a text or blocks. */
export function decodeContent(message: Fields, key = "content"): Part[] {
  const content = message.raw(key);
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) message.fail(key, "a string or an array of content blocks");
  return message.items(key).map(decodeBlock);
}

/** A content block of a request or an answer. Blocks that only this API has are kept whole. */
export function decodeBlock(block: Fields): Part {
  const type = block.string("type");
  switch (type) {
    case "text":
      return decodeText(block);
    case "image":
      return IMAGE_SOURCES.includes(block.fields("source").raw("type")) ? decodeImage(block) : opaque(block);
    case "document":
      return DOCUMENT_SOURCES.includes(block.fields("source").raw("type"))
        ? decodeDocument(block)
        : opaque(block);
    case "thinking":
      return decodeThinking(block);
    case "redacted_thinking":
      return { type: "reasoning", text: "", redacted: block.string("data") };
    case "tool_use":
      return decodeToolUse(block);
    case "tool_result":
      return decodeToolResult(block);
    default:
      return opaque(block);
  }
}

function opaque(block: Fields): OpaquePart {
  return { type: "opaque", format: FORMAT, value: block.object };
}

/** What every kind may have: `cache_control`, and fields that the model does not know. */
function withRest<T extends TextPart | ImagePart | FilePart | ToolCallPart | ToolResultPart>(
  part: T,
  block: Fields,
  known: ReadonlySet<string>,
): T {
  const cacheControl = block.optionalObject("cache_control");
  if (cacheControl !== undefined) part.cacheControl = cacheControl;
  const rest = unknownFields(block.object, known);
  if (rest !== undefined) part.extensions = { format: FORMAT, fields: rest };
  return part;
}

function decodeText(block: Fields): TextPart {
  const part: TextPart = { type: "text", text: block.string("text") };
  const citations = block.optionalArray("citations");
  if (citations !== undefined && citations.length > 0) {
    part.annotations = { format: FORMAT, items: citations };
  }
  return withRest(part, block, KNOWN.text);
}

function decodeImage(block: Fields): ImagePart {
  return withRest({ type: "image", ...decodeSource(block.fields("source")) }, block, KNOWN.image);
}

function decodeDocument(block: Fields): FilePart {
  const part: FilePart = { type: "file", ...decodeSource(block.fields("source")) };
  put(part, "filename", block.optionalString("title"));
  return withRest(part, block, KNOWN.document);
}

function decodeSource(source: Fields): Partial<Omit<FilePart, "type">> {
  switch (source.raw("type")) {
    case "url":
      return { url: source.string("url") };
    case "file":
      return { fileId: source.string("file_id") };
    case "text":
      return { text: source.string("data") };
    default:
      return { data: source.string("data"), mediaType: source.string("media_type") };
  }
}

function decodeThinking(block: Fields): ReasoningPart {
  return {
    type: "reasoning",
    text: block.string("thinking"),
    ...unsealSignature(block.optionalString("signature") ?? ""),
  };
}

function decodeToolUse(block: Fields): ToolCallPart {
  const part: ToolCallPart = {
    type: "tool_call",
    id: block.string("id"),
    name: block.string("name"),
    arguments: printArguments(block.raw("input")),
  };
  return withRest(part, block, KNOWN.tool_use);
}

function decodeToolResult(block: Fields): ToolResultPart {
  const content = block.has("content") ? decodeContent(block) : [];
  const part: ToolResultPart = {
    type: "tool_result",
    callId: block.string("tool_use_id"),
    content: content.filter(isResultContent),
  };
  put(part, "isError", block.optionalBoolean("is_error"));
  withRest(part, block, KNOWN.tool_result);
  // Search results and tool references have no place in the model's results: the content is kept whole beside it.
  if (part.content.length < content.length) {
    const fields: JsonObject = { ...part.extensions?.fields, content: block.raw("content") ?? [] };
    part.extensions = { format: FORMAT, fields };
  }
  return part;
}

function isResultContent(part: Part): part is TextPart | ImagePart | FilePart {
  return part.type === "text" || part.type === "image" || part.type === "file";
}
