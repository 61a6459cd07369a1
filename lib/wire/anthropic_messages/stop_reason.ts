import type { FinishReason } from "../canonical.ts";

const DECODED: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  pause_turn: "pause",
  refusal: "refusal",
};

const ENCODED: Readonly<Record<FinishReason, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "refusal",
  refusal: "refusal",
  pause: "pause_turn",
  error: "end_turn",
};

/** https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
export function decodeStopReason(reason: string): FinishReason {
  return DECODED[reason] ?? "stop";
}

export function encodeStopReason(reason: FinishReason, stopSequence: string | undefined): string {
  return reason === "stop" && stopSequence !== undefined ? "stop_sequence" : ENCODED[reason];
}
