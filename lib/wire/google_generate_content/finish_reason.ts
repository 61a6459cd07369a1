import type { FinishReason } from "../canonical.ts";

/** https://ai.google.dev/api/generate-content#FinishReason */
const DECODED: Readonly<Record<string, FinishReason>> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content_filter",
  RECITATION: "content_filter",
  BLOCKLIST: "content_filter",
  PROHIBITED_CONTENT: "content_filter",
  SPII: "content_filter",
  LANGUAGE: "content_filter",
  MODEL_ARMOR: "content_filter",
  IMAGE_SAFETY: "content_filter",
  IMAGE_PROHIBITED_CONTENT: "content_filter",
  IMAGE_RECITATION: "content_filter",
  CONTINUATION: "pause",
  OTHER: "error",
  IMAGE_OTHER: "error",
  NO_IMAGE: "error",
  MALFORMED_FUNCTION_CALL: "error",
  MALFORMED_RESPONSE: "error",
  UNEXPECTED_TOOL_CALL: "error",
  TOO_MANY_TOOL_CALLS: "error",
  MISSING_THOUGHT_SIGNATURE: "error",
};

const ENCODED: Readonly<Record<FinishReason, string>> = {
  stop: "STOP",
  length: "MAX_TOKENS",
  tool_calls: "STOP",
  content_filter: "SAFETY",
  refusal: "SAFETY",
  pause: "STOP",
  error: "OTHER",
};

/** The reason in canonical words: Google says `STOP` after calls as well. */
export function decodeFinishReason(reason: string, hasCalls: boolean): FinishReason {
  const decoded = DECODED[reason] ?? "stop";
  return decoded === "stop" && hasCalls ? "tool_calls" : decoded;
}

export function encodeFinishReason(reason: FinishReason): string {
  return ENCODED[reason];
}
