import type { JsonObject, JsonValue, Usage } from "../canonical.ts";
import { ownFields } from "../extensions.ts";
import { FORMAT } from "./format.ts";

/**
 * `usageMetadata`; undefined where it counts no tokens, as in a stream's earlier chunks. The prompt's count has the
 * cached tokens among it and not those that built-in tools added; thoughts are counted beside the candidates.
 * @see https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function decodeUsage(usage: JsonObject): Usage | undefined {
  const { promptTokenCount, candidatesTokenCount, totalTokenCount } = usage;
  if (!isCount(promptTokenCount) && !isCount(candidatesTokenCount) && !isCount(totalTokenCount)) {
    return undefined;
  }
  const prompt = count(promptTokenCount);
  const candidates = count(candidatesTokenCount);
  const thoughts = count(usage.thoughtsTokenCount);
  const decoded: Usage = {
    input: prompt + count(usage.toolUsePromptTokenCount),
    output: candidates + thoughts,
  };
  if (isCount(usage.cachedContentTokenCount)) decoded.cached = usage.cachedContentTokenCount;
  if (thoughts > 0) decoded.reasoning = thoughts;
  decoded.extensions = { format: FORMAT, fields: usage };
  return decoded;
}

export function encodeUsage(usage: Usage): JsonObject {
  const own = ownFields(FORMAT, usage.extensions);
  if (own !== undefined) return own;
  const reasoning = usage.reasoning ?? 0;
  const encoded: JsonObject = {
    promptTokenCount: usage.input,
    candidatesTokenCount: Math.max(0, usage.output - reasoning),
    totalTokenCount: usage.input + usage.output,
  };
  if ((usage.cached ?? 0) > 0) encoded.cachedContentTokenCount = usage.cached ?? 0;
  if (reasoning > 0) encoded.thoughtsTokenCount = reasoning;
  return encoded;
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === "number";
}

function count(value: JsonValue | undefined): number {
  return isCount(value) ? value : 0;
}
