import type { JsonObject, JsonValue } from "../canonical.ts";
import { isObject } from "../shape.ts";

/**
 * Log probabilities as `output_text` shows them: chat completions' `bytes` may be null and `top_logprobs` absent,
 * here both are lists.
 */
export function encodeLogprobs(tokens: readonly JsonValue[]): JsonValue[] {
  return tokens.map((token) => {
    if (!isObject(token)) return token;
    const top = Array.isArray(token.top_logprobs) ? token.top_logprobs : [];
    return {
      ...token,
      bytes: token.bytes ?? [],
      top_logprobs: top.map((each) => isObject(each) ? { ...each, bytes: each.bytes ?? [] } : each),
    };
  });
}

/**
 * Deals the tokens of a whole answer out to its texts: each text takes tokens until they cover it, and the last
 * one the rest.
 */
export function dealLogprobs(tokens: readonly JsonValue[], texts: readonly string[]): JsonValue[][] {
  let next = 0;
  return texts.map((text, index) => {
    if (index === texts.length - 1) return tokens.slice(next);
    const first = next;
    for (let covered = 0; covered < text.length && next < tokens.length; next++) {
      covered += tokenText(tokens[next]).length;
    }
    return tokens.slice(first, next);
  });
}

function tokenText(token: JsonValue | undefined): string {
  const text = (isObject(token) ? token : ({} as JsonObject)).token;
  return typeof text === "string" && text !== "" ? text : " ";
}
