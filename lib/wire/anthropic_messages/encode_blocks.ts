import type {
  FilePart,
  ImagePart,
  JsonObject,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from "../canonical.ts";
import { decodeBase64Text } from "../base64_text.ts";
import { wrapCustomInput } from "../custom_tools.ts";
import { type Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { put } from "../shape.ts";
import { parseArguments } from "../tool_arguments.ts";

const FORMAT = "anthropic_messages";

/** A content block of a request; null for what the API has no block for, reported where something is lost. */
export function encodeBlock(part: Part, dropped: Dropped): JsonObject | null {
  switch (part.type) {
    case "text":
      return encodeText(part, dropped);
    case "refusal":
      return part.text === "" ? null : { type: "text", text: part.text };
    case "image":
      dropped.addDetail(part);
      return withRest({ type: "image", source: encodeSource(part, "image/png") }, part, dropped);
    case "file":
      return encodeFile(part, dropped);
    case "audio":
      dropped.add("messages.content.input_audio");
      return null;
    case "reasoning":
      return encodeSignedThinking(part, dropped);
    case "tool_call":
      return encodeToolUse(part, dropped);
    case "tool_result":
      return encodeToolResult(part, dropped);
    case "opaque":
      if (part.format === FORMAT) return part.value;
      dropped.add(`messages.content.${nameOfOpaque(part.value)}`);
      return null;
  }
}

/** The API refuses empty texts, which other APIs' clients write beside tool calls. */
function encodeText(part: TextPart, dropped: Dropped): JsonObject | null {
  if (part.text === "") return null;
  const block: JsonObject = { type: "text", text: part.text };
  if (part.annotations?.format === FORMAT) block.citations = part.annotations.items;
  return withRest(block, part, dropped);
}

function encodeSource(part: ImagePart | FilePart, mediaType: string): JsonObject {
  if (part.data !== undefined) {
    return { type: "base64", media_type: part.mediaType ?? mediaType, data: part.data };
  }
  if (part.url !== undefined) return { type: "url", url: part.url };
  return { type: "file", file_id: part.fileId ?? "" };
}

function encodeFile(part: FilePart, dropped: Dropped): JsonObject {
  const { mediaType } = part;
  if (mediaType?.startsWith("image/")) {
    return withRest({ type: "image", source: encodeSource(part, mediaType) }, part, dropped);
  }
  const text = part.text ?? (mediaType?.startsWith("text/") ? decodeBase64Text(part.data) : undefined);
  const source = text === undefined
    ? encodeSource(part, "application/pdf")
    : { type: "text", media_type: "text/plain", data: text };
  const block: JsonObject = { type: "document", source };
  put(block, "title", part.filename);
  return withRest(block, part, dropped);
}

/**
 * Thinking in a request's history: only what Anthropic signed, unchanged. Thoughts of others would be refused.
 */
function encodeSignedThinking(part: ReasoningPart, dropped: Dropped): JsonObject | null {
  if (part.redacted !== undefined) return { type: "redacted_thinking", data: part.redacted };
  if (part.signature === undefined || part.signatureFormat !== FORMAT) {
    dropped.addThoughts();
    return null;
  }
  return { type: "thinking", thinking: part.text, signature: part.signature };
}

export function encodeToolUse(part: ToolCallPart, dropped: Dropped): JsonObject {
  const input = part.custom === true ? wrapCustomInput(part.arguments) : parseArguments(part.arguments);
  return withRest({ type: "tool_use", id: toolId(part.id), name: part.name, input }, part, dropped);
}

function encodeToolResult(part: ToolResultPart, dropped: Dropped): JsonObject {
  const block: JsonObject = { type: "tool_result", tool_use_id: toolId(part.callId) };
  const content: JsonObject[] = [];
  for (const item of part.content) {
    const encoded = encodeBlock(item, dropped);
    if (encoded !== null) content.push(encoded);
  }
  if (content.length > 0) block.content = plainText(content) ?? content;
  put(block, "is_error", part.isError);
  return withRest(block, part, dropped);
}

/** The text of a content that is nothing but one. */
export function plainText(blocks: readonly JsonObject[]): string | undefined {
  const [only] = blocks;
  if (blocks.length !== 1 || typeof only?.text !== "string") return undefined;
  return Object.keys(only).length === 2 ? only.text : undefined;
}

/** The API takes letters, digits, `_` and `-` in ids; other providers' may hold more. */
function toolId(id: string): string {
  return /^[\w-]+$/.test(id) ? id : id.replaceAll(/[^\w-]/g, "_");
}

function withRest(
  block: JsonObject,
  part: TextPart | ImagePart | FilePart | ToolCallPart | ToolResultPart,
  dropped: Dropped,
): JsonObject {
  put(block, "cache_control", part.cacheControl);
  dropped.addForeign(FORMAT, part.extensions, "messages.content.");
  return Object.assign(block, ownFields(FORMAT, part.extensions));
}
