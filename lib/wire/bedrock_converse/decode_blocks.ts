import type { Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart } from "../canonical.ts";
import type { Fields } from "../shape.ts";
import { printArguments } from "../tool_arguments.ts";
import { decodeCachePoint } from "./cache_point.ts";
import { FORMAT } from "./format.ts";
import { opaque } from "./opaque.ts";
import { decodeDocument, decodeImage } from "./media.ts";

/** Content blocks; a cache point stands on the part before it. Blocks that only this API has are kept whole. */
export function decodeBlocks(owner: Fields, key = "content"): Part[] {
  const parts: Part[] = [];
  for (const block of owner.items(key)) {
    const cacheControl = decodeCachePoint(block.object);
    const last = parts.at(-1);
    if (cacheControl !== null && last !== undefined && mayBeCached(last)) last.cacheControl = cacheControl;
    else parts.push(decodeBlock(block));
  }
  return parts;
}

function mayBeCached(part: Part): part is Part & { cacheControl?: unknown } & (TextPart | ToolCallPart) {
  return part.type === "text" || part.type === "image" || part.type === "file" || part.type === "tool_call" ||
    part.type === "tool_result";
}

function decodeBlock(block: Fields): Part {
  const text = block.raw("text");
  if (typeof text === "string") return { type: "text", text };
  if (block.has("toolUse")) return decodeToolUse(block.fields("toolUse"));
  if (block.has("toolResult")) return decodeToolResult(block.fields("toolResult"));
  if (block.has("reasoningContent")) return decodeReasoning(block.fields("reasoningContent"));
  if (block.has("image")) return decodeImage(block.fields("image")) ?? opaque(block.object);
  if (block.has("document")) return decodeDocument(block.fields("document")) ?? opaque(block.object);
  if (block.has("citationsContent")) return decodeCited(block);
  return opaque(block.object);
}

function decodeToolUse(use: Fields): ToolCallPart {
  return {
    type: "tool_call",
    id: use.string("toolUseId"),
    name: use.string("name"),
    arguments: printArguments(use.raw("input")),
  };
}

function decodeToolResult(result: Fields): ToolResultPart {
  const part: ToolResultPart = {
    type: "tool_result",
    callId: result.string("toolUseId"),
    content: result.items("content").flatMap((item): ToolResultPart["content"] => {
      const json = item.raw("json");
      if (json !== undefined) {
        return [{
          type: "text",
          text: JSON.stringify(json),
          extensions: { format: FORMAT, fields: { json } },
        }];
      }
      const one = decodeBlock(item);
      return one.type === "text" || one.type === "image" || one.type === "file" ? [one] : [];
    }),
  };
  if (result.raw("status") === "error") part.isError = true;
  return part;
}

/** Claude's signatures are good on all of Claude's platforms; no other model here signs its thoughts. */
function decodeReasoning(content: Fields): ReasoningPart {
  const redacted = content.raw("redactedContent");
  if (typeof redacted === "string") return { type: "reasoning", text: "", redacted };
  const reasoning = content.fields("reasoningText");
  const part: ReasoningPart = { type: "reasoning", text: reasoning.string("text") };
  const signature = reasoning.optionalString("signature");
  if (signature !== undefined && signature !== "") {
    part.signature = signature;
    part.signatureFormat = "anthropic_messages";
  }
  return part;
}

/** A text with its citations, which stay in this API's shape. */
function decodeCited(block: Fields): TextPart {
  const cited = block.fields("citationsContent");
  const text = (cited.optionalItems("content") ?? []).map((item) => item.optionalString("text") ?? "").join(
    "",
  );
  return {
    type: "text",
    text,
    annotations: { format: FORMAT, items: cited.optionalArray("citations") ?? [] },
  };
}
