import type { FinishReason } from "../canonical.ts";

const DECODED: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  content_filter: "content_filter",
  // Compatible servers' own words (Mistral, vLLM, OpenRouter).
  model_length: "length",
  error: "error",
};

const ENCODED: Readonly<Record<FinishReason, string>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool_calls",
  content_filter: "content_filter",
  refusal: "content_filter",
  // Chat completions cannot say that a turn goes on or broke off in the provider's own tools.
  pause: "stop",
  error: "stop",
};

/** What a choice consists of, as far as it tells why it ended. */
export interface ChoiceContent {
  readonly hasCalls: boolean;
  readonly hasRefusal: boolean;
}

/**
 * The reason in canonical words. OpenAI says `stop` for a refusal, and for the calls of a tool that the request
 * named; some servers say it for all calls. What the choice consists of decides.
 */
export function decodeFinishReason(reason: string, content: ChoiceContent): FinishReason {
  const decoded = DECODED[reason] ?? "stop";
  if (decoded !== "stop") return decoded;
  if (content.hasCalls) return "tool_calls";
  return content.hasRefusal ? "refusal" : "stop";
}

export function encodeFinishReason(reason: FinishReason, content: ChoiceContent): string {
  // A refusal that is told in words ends with `stop`; one that is not, as filtered content does.
  return reason === "refusal" && content.hasRefusal ? "stop" : ENCODED[reason];
}
