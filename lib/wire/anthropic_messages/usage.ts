import type { JsonObject, JsonValue, Usage } from "../canonical.ts";
import { ownFields } from "../extensions.ts";
import { isObject } from "../shape.ts";

function count(value: JsonValue | undefined): number {
  return typeof value === "number" ? value : 0;
}

/**
 * `usage` of a message. Anthropic's `input_tokens` leaves out what was read from or written to the cache; the
 * model's has all. What the turn spent on compacting its context stands in `iterations` alone.
 */
export function decodeUsage(usage: JsonObject): Usage {
  let input = 0, output = 0, cached = 0, cacheCreation = 0;
  for (const part of billedParts(usage)) {
    cached += count(part.cache_read_input_tokens);
    cacheCreation += count(part.cache_creation_input_tokens);
    input += count(part.input_tokens);
    output += count(part.output_tokens);
  }
  const decoded: Usage = { input: input + cached + cacheCreation, output, cached, cacheCreation };
  const details = usage.output_tokens_details;
  if (isObject(details) && typeof details.thinking_tokens === "number") {
    decoded.reasoning = details.thinking_tokens;
  }
  decoded.extensions = { format: "anthropic_messages", fields: usage };
  return decoded;
}

/** The usage itself; with compaction, the iterations of the same model that its totals do not have among them. */
function billedParts(usage: JsonObject): readonly JsonObject[] {
  const { iterations } = usage;
  if (!Array.isArray(iterations)) return [usage];
  const parts = iterations.filter(isObject);
  if (!parts.some((part) => part.type === "compaction")) return [usage];
  return parts.filter((part) => part.type === "compaction" || part.type === "message");
}

/** A `message_delta`'s usage on top of what `message_start` told: totals so far, absent or null where unknown. */
export function mergeUsage(before: JsonObject, delta: JsonObject): JsonObject {
  const merged = { ...before };
  for (const key in delta) {
    const value = delta[key];
    if (value !== undefined && value !== null) merged[key] = value;
  }
  return merged;
}

/** https://platform.claude.com/docs/en/api/messages#usage */
export function encodeUsage(usage: Usage | undefined, serviceTier?: string): JsonObject {
  const own = ownFields("anthropic_messages", usage?.extensions);
  if (own !== undefined) return own;
  const cached = usage?.cached ?? 0;
  const cacheCreation = usage?.cacheCreation ?? 0;
  const encoded: JsonObject = {
    input_tokens: Math.max(0, (usage?.input ?? 0) - cached - cacheCreation),
    cache_creation_input_tokens: cacheCreation,
    cache_read_input_tokens: cached,
    output_tokens: usage?.output ?? 0,
  };
  if (usage?.reasoning !== undefined) encoded.output_tokens_details = { thinking_tokens: usage.reasoning };
  const tier = serviceTier === undefined ? undefined : TIERS[serviceTier];
  if (tier !== undefined) encoded.service_tier = tier;
  return encoded;
}

/** OpenAI's words for the tier that answered → Anthropic's. */
const TIERS: Readonly<Record<string, string>> = { default: "standard", priority: "priority", batch: "batch" };

/** The tier that answered, in OpenAI's words. */
export function decodeServiceTier(usage: JsonObject): string | undefined {
  const tier = usage.service_tier;
  return Object.keys(TIERS).find((name) => TIERS[name] === tier);
}
