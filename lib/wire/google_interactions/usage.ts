import type { JsonObject, JsonValue, Usage } from "../canonical.ts";
import { ownFields } from "../extensions.ts";
import { FORMAT } from "./format.ts";

/**
 * `usage`; undefined where it counts no tokens. The input has the cached tokens among it and not those that built-in
 * tools added; thoughts are counted beside the output.
 */
export function decodeUsage(usage: JsonObject): Usage | undefined {
  const { total_input_tokens: input, total_output_tokens: output, total_tokens: total } = usage;
  if (![input, output, total].some((each) => typeof each === "number")) return undefined;
  const thoughts = count(usage.total_thought_tokens);
  const decoded: Usage = {
    input: count(input) + count(usage.total_tool_use_tokens),
    output: count(output) + thoughts,
  };
  if (typeof usage.total_cached_tokens === "number") decoded.cached = usage.total_cached_tokens;
  if (thoughts > 0) decoded.reasoning = thoughts;
  decoded.extensions = { format: FORMAT, fields: usage };
  return decoded;
}

export function encodeUsage(usage: Usage): JsonObject {
  const own = ownFields(FORMAT, usage.extensions);
  if (own !== undefined) return own;
  const reasoning = usage.reasoning ?? 0;
  return {
    total_tokens: usage.input + usage.output,
    total_input_tokens: usage.input,
    total_cached_tokens: usage.cached ?? 0,
    total_output_tokens: Math.max(0, usage.output - reasoning),
    total_tool_use_tokens: 0,
    total_thought_tokens: reasoning,
  };
}

function count(value: JsonValue | undefined): number {
  return typeof value === "number" ? value : 0;
}
