import type { FinishReason } from "../canonical.ts";

const DECODED: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "tool_calls",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  content_filtered: "content_filter",
  guardrail_intervened: "content_filter",
  refusal: "refusal",
  malformed_model_output: "error",
  malformed_tool_use: "error",
};

const ENCODED: Readonly<Record<FinishReason, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "content_filtered",
  refusal: "content_filtered",
  pause: "end_turn",
  error: "malformed_model_output",
};

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax */
export function decodeStopReason(reason: string): FinishReason {
  return DECODED[reason] ?? "stop";
}

export function encodeStopReason(reason: FinishReason, stopSequence: string | undefined): string {
  return reason === "stop" && stopSequence !== undefined ? "stop_sequence" : ENCODED[reason];
}
