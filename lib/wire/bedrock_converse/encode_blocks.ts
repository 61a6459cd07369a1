import type { JsonObject, Part, ReasoningPart, ToolResultPart } from "../canonical.ts";
import { wrapCustomInput } from "../custom_tools.ts";
import { type Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { isObject } from "../shape.ts";
import { parseArguments } from "../tool_arguments.ts";
import { encodeCachePoint } from "./cache_point.ts";
import { FORMAT } from "./format.ts";
import { opaqueBlock } from "./opaque.ts";
import { encodeDocument, encodeImage } from "./media.ts";

/** The parts as content blocks, with cache points behind them; what the API has no block for is reported. */
export function encodeBlocks(parts: readonly Part[], dropped: Dropped): JsonObject[] {
  const blocks: JsonObject[] = [];
  for (const part of parts) {
    const block = encodeBlock(part, dropped);
    if (block === null) continue;
    blocks.push(block);
    const cacheControl = "cacheControl" in part ? part.cacheControl : undefined;
    if (cacheControl !== undefined) blocks.push(encodeCachePoint(cacheControl));
  }
  return blocks;
}

function encodeBlock(part: Part, dropped: Dropped): JsonObject | null {
  if ("extensions" in part) dropped.addForeign(FORMAT, part.extensions, "messages.content.");
  switch (part.type) {
    case "text":
    case "refusal":
      return encodeText(part);
    case "image":
      return encodeImage(part, dropped);
    case "file":
      return encodeDocument(part, dropped);
    case "audio":
      return { audio: { format: part.audioFormat, source: { bytes: part.data } } };
    case "reasoning":
      return encodeReasoning(part) ?? withoutThoughts(dropped);
    case "tool_call":
      return {
        toolUse: {
          toolUseId: toolUseId(part.id),
          name: part.name,
          input: part.custom === true ? wrapCustomInput(part.arguments) : parseArguments(part.arguments),
        },
      };
    case "tool_result":
      return encodeToolResult(part, dropped);
    case "opaque":
      if (part.format === FORMAT) return opaqueBlock(part.value);
      dropped.add(`messages.content.${nameOfOpaque(part.value)}`);
      return null;
  }
}

/** The API refuses empty texts, which other APIs' clients write beside tool calls. */
function encodeText(part: Part & { text: string }): JsonObject | null {
  if (part.type === "text" && part.annotations?.format === FORMAT) {
    return { citationsContent: { content: [{ text: part.text }], citations: part.annotations.items } };
  }
  return part.text === "" ? null : { text: part.text };
}

/** Reasoning in a request's history: only what can be handed back, signed or redacted by Claude. */
function encodeReasoning(part: ReasoningPart): JsonObject | null {
  if (part.redacted !== undefined) return { reasoningContent: { redactedContent: part.redacted } };
  if (part.signature === undefined || part.signatureFormat !== "anthropic_messages") return null;
  return { reasoningContent: { reasoningText: { text: part.text, signature: part.signature } } };
}

function withoutThoughts(dropped: Dropped): null {
  dropped.addThoughts();
  return null;
}

/** Reasoning as an answer shows it, signed or not. */
export function shownReasoning(part: ReasoningPart): JsonObject {
  return encodeReasoning(part) ?? { reasoningContent: { reasoningText: { text: part.text } } };
}

function encodeToolResult(part: ToolResultPart, dropped: Dropped): JsonObject {
  const content: JsonObject[] = [];
  for (const item of part.content) {
    const json = item.type === "text" ? ownFields(FORMAT, item.extensions)?.json : undefined;
    const block = json !== undefined ? { json } : encodeBlock(item, dropped);
    if (isObject(block)) content.push(block);
  }
  const result: JsonObject = { toolUseId: toolUseId(part.callId), content };
  if (part.isError === true) result.status = "error";
  return { toolResult: result };
}

/** The API takes up to 64 letters, digits, `_` and `-` in ids; other providers' may hold more. */
function toolUseId(id: string): string {
  return /^[\w-]{1,64}$/.test(id) ? id : id.replaceAll(/[^\w-]/g, "_").slice(0, 64);
}
