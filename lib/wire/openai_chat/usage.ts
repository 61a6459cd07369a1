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

/**
 * The usage object of an answer or a chunk, wherever it stands: at the top, where Groq had it before it knew
 * `stream_options` (`x_groq.usage`), or in the last chunk's choice (Moonshot). Undefined: there is none.
 */
export function usageOf(body: JsonObject): JsonObject | undefined {
  if (isObject(body.usage)) return body.usage;
  const { x_groq: groq, choices } = body;
  if (isObject(groq) && isObject(groq.usage)) return groq.usage;
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  return isObject(choice) && isObject(choice.usage) ? choice.usage : undefined;
}

/** What a usage object says, whoever counted; undefined where it is none. */
export function decodeUsage(usage: JsonObject): Usage | undefined {
  const prompt = count(usage, "prompt_tokens");
  const completion = count(usage, "completion_tokens");
  if (prompt === undefined && completion === undefined) return undefined;
  const ofPrompt = details(usage, "prompt_tokens_details");
  const cached = count(ofPrompt, "cached_tokens") ?? cachedElsewhere(usage);
  const input = inputTokens(prompt, cached);
  const told = count(details(usage, "completion_tokens_details"), "reasoning_tokens") ??
    count(usage, "reasoning_tokens");
  const output = outputTokens(count(usage, "total_tokens"), prompt, completion, told);
  const decoded: Usage = { input, output };
  put(decoded, "cached", cached);
  put(decoded, "cacheCreation", count(ofPrompt, "cache_write_tokens"));
  // What was produced and is in no completion was thought.
  put(decoded, "reasoning", told ?? (output > (completion ?? 0) ? output - (completion ?? 0) : undefined));
  decoded.extensions = { format: "openai_chat", fields: usage };
  return decoded;
}

/** Names of cached tokens besides OpenAI's: DeepSeek's, Moonshot's and Together's, Mistral's two. */
function cachedElsewhere(usage: JsonObject): number | undefined {
  return count(usage, "prompt_cache_hit_tokens") ?? count(usage, "cached_tokens") ??
    count(usage, "num_cached_tokens") ?? count(details(usage, "prompt_token_details"), "cached_tokens");
}

/** More than there was in all cannot have been cached of it: then the prompt is counted without (xAI at times). */
function inputTokens(prompt = 0, cached = 0): number {
  return cached > prompt ? prompt + cached : prompt;
}

/**
 * OpenAI counts reasoning within the completion; xAI and Google beside it, which the total tells, even where
 * nothing else does; Perplexity beside both, so that there is more of it than of the completion.
 */
function outputTokens(total: number | undefined, prompt = 0, completion = 0, reasoning?: number): number {
  if (reasoning === undefined) {
    return total !== undefined && total > prompt + completion ? total - prompt : completion;
  }
  const apart = completion + reasoning;
  return reasoning > completion || (reasoning > 0 && total === prompt + apart) ? apart : completion;
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
