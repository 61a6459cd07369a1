import type { ChatResponse, Choice, FinishReason, JsonObject, Part, ReasoningPart } from "../canonical.ts";
import type { EncodeContext } from "../codec.ts";
import { Dropped, ownFields } from "../extensions.ts";
import { Fields, put, unknownFields } from "../shape.ts";
import { decodeBlock } from "./decode_blocks.ts";
import { encodeBlock } from "./encode_blocks.ts";
import { sealSignature } from "./signature.ts";
import { decodeStopReason, encodeStopReason } from "./stop_reason.ts";
import { decodeServiceTier, decodeUsage, encodeUsage } from "./usage.ts";

const FORMAT = "anthropic_messages";

const KNOWN = new Set([
  ...["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"],
]);

/** https://platform.claude.com/docs/en/api/messages#response */
export function decodeResponse(body: JsonObject): ChatResponse {
  const fields = new Fields(body, "", "upstream_invalid_response");
  const raw = fields.optionalString("stop_reason") ?? "end_turn";
  const choice: Choice = {
    index: 0,
    parts: fields.items("content").map(decodeBlock),
    finishReason: decodeStopReason(raw),
  };
  put(choice, "stopSequence", fields.optionalString("stop_sequence"));
  const response: ChatResponse = {
    id: fields.string("id"),
    model: fields.string("model"),
    choices: [choice],
  };
  const usage = fields.optionalObject("usage");
  if (usage !== undefined) {
    response.usage = decodeUsage(usage);
    put(response, "serviceTier", decodeServiceTier(usage));
  }
  const rest = restOf(unknownFields(body, KNOWN), choice.finishReason, choice.stopSequence, raw);
  if (rest !== undefined) response.extensions = { format: FORMAT, fields: rest };
  return response;
}

/** Unknown fields, with the stop reason where the model's word for it says less. */
export function restOf(
  unknown: JsonObject | undefined,
  reason: FinishReason,
  stopSequence: string | undefined,
  raw: string,
): JsonObject | undefined {
  return encodeStopReason(reason, stopSequence) === raw ? unknown : { ...unknown, stop_reason: raw };
}

/** A message has one answer: of several choices it is the first. */
export function encodeResponse(response: ChatResponse, context: EncodeContext): JsonObject {
  const choice = response.choices[0];
  const body: JsonObject = {
    id: context.id,
    type: "message",
    role: "assistant",
    model: context.model,
    content: encodeContent(choice?.parts ?? []),
    stop_reason: encodeStopReason(choice?.finishReason ?? "stop", choice?.stopSequence),
    stop_sequence: choice?.stopSequence ?? null,
    usage: encodeUsage(response.usage, response.serviceTier),
  };
  return Object.assign(body, ownFields(FORMAT, response.extensions));
}

function encodeContent(parts: readonly Part[]): JsonObject[] {
  // What another format's answer has and this has no block for shows nothing.
  const unseen = new Dropped();
  const blocks: JsonObject[] = [];
  for (const part of parts) {
    const block = part.type === "reasoning" ? encodeThinking(part) : encodeBlock(part, unseen);
    if (block !== null) blocks.push(block);
  }
  return blocks;
}

/** Thinking as an answer shows it, signed or not. */
export function encodeThinking(part: ReasoningPart): JsonObject {
  if (part.redacted !== undefined) return { type: "redacted_thinking", data: part.redacted };
  return { type: "thinking", thinking: part.text, signature: sealSignature(part) };
}
