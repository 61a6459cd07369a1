import type { FinishReason } from "../canonical.ts";

const DECODED: Readonly<Record<string, FinishReason>> = {
  COMPLETE: "stop",
  STOP_SEQUENCE: "stop",
  MAX_TOKENS: "length",
  TOOL_CALL: "tool_calls",
  ERROR: "error",
  TIMEOUT: "error",
};

const ENCODED: Readonly<Record<FinishReason, string>> = {
  stop: "COMPLETE",
  length: "MAX_TOKENS",
  tool_calls: "TOOL_CALL",
  content_filter: "COMPLETE",
  refusal: "COMPLETE",
  pause: "COMPLETE",
  error: "ERROR",
};

export function decodeFinishReason(reason: string): FinishReason {
  return DECODED[reason] ?? "stop";
}

export function encodeFinishReason(reason: FinishReason): string {
  return ENCODED[reason];
}
