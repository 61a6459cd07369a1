import type { JsonObject, JsonValue, Usage } from "../canonical.ts";
import { ownFields } from "../extensions.ts";
import { FORMAT } from "./format.ts";

function count(value: JsonValue | undefined): number {
  return typeof value === "number" ? value : 0;
}

/**
 * `inputTokens` leaves out what was read from or written to the cache; the model's has all. The total tells a model
 * that counts otherwise.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html
 */
export function decodeUsage(usage: JsonObject): Usage {
  const [input, output] = [count(usage.inputTokens), count(usage.outputTokens)];
  const [cached, cacheCreation] = [count(usage.cacheReadInputTokens), count(usage.cacheWriteInputTokens)];
  const included = count(usage.totalTokens) === input + output;
  return {
    input: included ? input : input + cached + cacheCreation,
    output,
    cached,
    cacheCreation,
    extensions: { format: FORMAT, fields: usage },
  };
}

export function encodeUsage(usage: Usage | undefined): JsonObject {
  const own = ownFields(FORMAT, usage?.extensions);
  if (own !== undefined) return own;
  const { input = 0, output = 0, cached = 0, cacheCreation = 0 } = usage ?? {};
  return {
    inputTokens: Math.max(0, input - cached - cacheCreation),
    outputTokens: output,
    totalTokens: input + output,
    cacheReadInputTokens: cached,
    cacheWriteInputTokens: cacheCreation,
  };
}
