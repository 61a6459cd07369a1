import type { JsonObject, Usage } from "../canonical.ts";
import { ownFields } from "../extensions.ts";
import { isObject, put } from "../shape.ts";

/**
 * `usage`: `tokens` are those of the model, cached ones among the input; `billed_units` leave out what Cohere itself
 * put into the prompt. Undefined where nothing was counted.
 */
export function decodeUsage(usage: JsonObject): Usage | undefined {
  const { tokens, billed_units: billed } = usage;
  const counted = isObject(tokens) ? tokens : billed;
  if (!isObject(counted)) return undefined;
  const { input_tokens: input, output_tokens: output } = counted;
  const decoded: Usage = {
    input: typeof input === "number" ? input : 0,
    output: typeof output === "number" ? output : 0,
  };
  put(decoded, "cached", typeof usage.cached_tokens === "number" ? usage.cached_tokens : undefined);
  decoded.extensions = { format: "cohere_chat", fields: usage };
  return decoded;
}

/** https://docs.cohere.com/reference/chat#response.body.usage */
export function encodeUsage(usage: Usage): JsonObject {
  const own = ownFields("cohere_chat", usage.extensions);
  if (own !== undefined) return own;
  const counted = { input_tokens: usage.input, output_tokens: usage.output };
  return { billed_units: counted, tokens: counted, cached_tokens: usage.cached ?? 0 };
}
