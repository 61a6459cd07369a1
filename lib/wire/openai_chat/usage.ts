import type { JsonObject, Usage } from "../canonical.ts";
import { ownFields } from "../extensions.ts";
import { isObject, put } from "../shape.ts";

function count(object: JsonObject | undefined, key: string): number | undefined {
  const value = object?.[key];
  return typeof value === "number" ? value : undefined;
}

function details(usage: JsonObject, key: string): JsonObject | undefined {
  const value = usage[key];
  return isObject(value) ? value : undefined;
}

/** `usage` of an answer or a chunk; undefined where it is no usage object. */
export function decodeUsage(usage: JsonObject): Usage | undefined {
  const input = count(usage, "prompt_tokens");
  const completion = count(usage, "completion_tokens");
  if (input === undefined && completion === undefined) return undefined;
  const prompt = details(usage, "prompt_tokens_details");
  const reasoning = count(details(usage, "completion_tokens_details"), "reasoning_tokens") ??
    count(usage, "reasoning_tokens");
  const decoded: Usage = { input: input ?? 0, output: outputTokens(usage, input, completion, reasoning) };
  put(decoded, "cached", count(prompt, "cached_tokens") ?? count(usage, "prompt_cache_hit_tokens"));
  put(decoded, "cacheCreation", count(prompt, "cache_write_tokens"));
  put(decoded, "reasoning", reasoning);
  decoded.extensions = { format: "openai_chat", fields: usage };
  return decoded;
}

/** xAI counts reasoning beside the completion, OpenAI within it; the total tells which it was. */
function outputTokens(usage: JsonObject, input = 0, completion = 0, reasoning = 0): number {
  const apart = completion + reasoning;
  return reasoning > 0 && count(usage, "total_tokens") === input + apart ? apart : completion;
}

/** https://platform.openai.com/docs/api-reference/chat/object#chat-object-usage */
export function encodeUsage(usage: Usage): JsonObject {
  const own = ownFields("openai_chat", usage.extensions);
  if (own !== undefined) return { ...totals(usage), ...withoutNulls(own) };
  const prompt: JsonObject = { cached_tokens: usage.cached ?? 0 };
  if (usage.cacheCreation !== undefined) prompt.cache_write_tokens = usage.cacheCreation;
  return {
    ...totals(usage),
    prompt_tokens_details: prompt,
    completion_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
  };
}

function totals(usage: Usage): JsonObject {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
  };
}

/** Compatible servers write null for details that they do not count, which OpenAI's clients do not expect. */
function withoutNulls(own: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== null));
}
