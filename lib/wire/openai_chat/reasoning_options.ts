import type { ReasoningOptions } from "../canonical.ts";
import { Fields, isObject, put } from "../shape.ts";

/**
 * `reasoning_effort`, and `thinking` in Anthropic's words, which its own endpoint of this API takes, and DeepSeek's.
 * Undefined where the client gave neither.
 */
export function decodeReasoning(body: Fields): ReasoningOptions | undefined {
  const effort = body.optionalString("reasoning_effort");
  const thinking = body.raw("thinking");
  if (!isObject(thinking)) return effort === undefined ? undefined : { effort };
  const options: ReasoningOptions = {};
  put(options, "effort", effort);
  readThinking(Fields.of(thinking, "thinking", body.fault), options);
  return Object.keys(options).length === 0 ? undefined : options;
}

function readThinking(thinking: Fields, options: ReasoningOptions): void {
  const type = thinking.raw("type");
  if (type === "disabled") {
    options.budgetTokens = 0;
    return;
  }
  if (type !== "enabled" && type !== "adaptive") return;
  const budget = thinking.optionalInteger("budget_tokens");
  if (budget === undefined) options.adaptive = true;
  else options.budgetTokens = budget;
  options.summary = "auto";
}
