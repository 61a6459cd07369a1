import type { ChatResponse, Choice, JsonObject, Part } from "../canonical.ts";
import type { EncodeContext } from "../codec.ts";
import { Dropped, ownFields } from "../extensions.ts";
import { Fields, unknownFields } from "../shape.ts";
import { decodeBlocks } from "./decode_blocks.ts";
import { encodeBlocks, shownReasoning } from "./encode_blocks.ts";
import { FORMAT } from "./format.ts";
import { decodeStopReason, encodeStopReason } from "./stop_reason.ts";
import { decodeUsage, encodeUsage } from "./usage.ts";

const KNOWN = new Set(["output", "stopReason", "usage"]);

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax */
export function decodeResponse(body: JsonObject): ChatResponse {
  const fields = new Fields(body, "", "upstream_invalid_response");
  const raw = fields.optionalString("stopReason") ?? "end_turn";
  const choice: Choice = {
    index: 0,
    parts: decodeBlocks(fields.fields("output").fields("message")),
    finishReason: decodeStopReason(raw),
  };
  // Neither an id nor the model is told.
  const response: ChatResponse = { id: "", model: "", choices: [choice] };
  const usage = fields.optionalObject("usage");
  if (usage !== undefined) response.usage = decodeUsage(usage);
  const rest = restOf(unknownFields(body, KNOWN), choice.finishReason, raw);
  if (rest !== undefined) response.extensions = { format: FORMAT, fields: rest };
  return response;
}

/** Unknown fields, with the stop reason where the model's word for it says less. */
export function restOf(
  unknown: JsonObject | undefined,
  reason: Choice["finishReason"],
  raw: string,
): JsonObject | undefined {
  return encodeStopReason(reason, undefined) === raw ? unknown : { ...unknown, stopReason: raw };
}

/** A message has one answer: of several choices it is the first. */
export function encodeResponse(response: ChatResponse, _context: EncodeContext): JsonObject {
  const choice = response.choices[0];
  return {
    output: { message: { role: "assistant", content: encodeContent(choice?.parts ?? []) } },
    stopReason: encodeStopReason(choice?.finishReason ?? "stop", choice?.stopSequence),
    usage: encodeUsage(response.usage),
    metrics: { latencyMs: 0 },
    ...ownFields(FORMAT, response.extensions),
  };
}

function encodeContent(parts: readonly Part[]): JsonObject[] {
  // What another format's answer has and this has no block for shows nothing.
  const unseen = new Dropped();
  return parts.flatMap((part) =>
    part.type === "reasoning" ? [shownReasoning(part)] : encodeBlocks([part], unseen)
  );
}
