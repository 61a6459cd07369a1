import type { JsonObject, ReasoningPart } from "../canonical.ts";
import { type Fields, isObject } from "../shape.ts";

/**
 * Reasoning in chat completions. OpenAI shows none; two fields of others became usage:
 * - `reasoning_content` (DeepSeek, xAI, vLLM, Azure), or `reasoning` (Groq, OpenRouter): the text.
 * - `thinking_blocks` (LiteLLM): Anthropic's blocks with their signatures, which a client hands back with the
 *   next turn so that Claude may go on thinking between tool calls.
 */

/** Fields of a message or a delta that hold reasoning. */
export const REASONING_FIELDS = ["reasoning_content", "reasoning", "thinking_blocks"] as const;

/** The reasoning text of a message or a delta; undefined where it has none. */
export function reasoningText(fields: JsonObject): string | undefined {
  const { reasoning_content: content, reasoning } = fields;
  if (typeof content === "string") return content;
  return typeof reasoning === "string" ? reasoning : undefined;
}

export function decodeReasoning(message: Fields): ReasoningPart[] {
  const blocks = message.raw("thinking_blocks");
  if (Array.isArray(blocks) && blocks.length > 0) {
    return message.items("thinking_blocks").map((block) => decodeThinkingBlock(block.object));
  }
  const text = reasoningText(message.object);
  return text === undefined || text === "" ? [] : [{ type: "reasoning", text }];
}

/** One of `thinking_blocks`. */
export function decodeThinkingBlock(block: JsonObject): ReasoningPart {
  const part: ReasoningPart = {
    type: "reasoning",
    text: typeof block.thinking === "string" ? block.thinking : "",
  };
  if (typeof block.signature === "string" && block.signature !== "") {
    part.signature = block.signature;
    part.signatureFormat = "anthropic_messages";
  }
  if (typeof block.data === "string") part.redacted = block.data;
  return part;
}

/** The fields for a message's reasoning. */
export function encodeReasoning(parts: readonly ReasoningPart[]): JsonObject {
  const fields: JsonObject = {};
  const text = parts.map((part) => part.text).join("");
  if (text !== "") fields.reasoning_content = text;
  const blocks = parts.map(encodeThinkingBlock).filter(isObject);
  if (blocks.length > 0) fields.thinking_blocks = blocks;
  return fields;
}

/** A part that Anthropic wants back as it was; null for any other. */
export function encodeThinkingBlock(part: ReasoningPart): JsonObject | null {
  if (part.redacted !== undefined) return { type: "redacted_thinking", data: part.redacted };
  if (part.signature === undefined || part.signatureFormat !== "anthropic_messages") return null;
  return { type: "thinking", thinking: part.text, signature: part.signature };
}

/**
 * The text of reasoning that a chat provider gave and may want back (DeepSeek does between tool calls). What
 * another format signed or keeps by an id is no provider's of this one.
 */
export function ownReasoningText(parts: readonly ReasoningPart[]): string {
  return parts.filter(isOwnReasoning).map((part) => part.text).join("");
}

export function isOwnReasoning({ signature, redacted, id }: ReasoningPart): boolean {
  return signature === undefined && redacted === undefined && id === undefined;
}
