import type { JsonObject, JsonValue } from "../canonical.ts";
import { isObject } from "../shape.ts";

/**
 * Chat's log probabilities as completions have them: lists side by side.
 * @param content one entry a token: `{token, logprob, top_logprobs: [{token, logprob}]}`.
 * @param offset characters of text before the first token.
 */
export function logprobsOf(content: readonly JsonValue[], offset: number): JsonObject {
  const tokens: string[] = [];
  const probabilities: number[] = [];
  const alternatives: JsonObject[] = [];
  const offsets: number[] = [];
  let at = offset;
  for (const entry of content) {
    if (!isObject(entry) || typeof entry["token"] !== "string") continue;
    tokens.push(entry["token"]);
    probabilities.push(Number(entry["logprob"]));
    alternatives.push(alternativesOf(entry["top_logprobs"]));
    offsets.push(at);
    at += entry["token"].length;
  }
  return { tokens, token_logprobs: probabilities, top_logprobs: alternatives, text_offset: offsets };
}

function alternativesOf(top: JsonValue | undefined): JsonObject {
  const alternatives: JsonObject = {};
  if (!Array.isArray(top)) return alternatives;
  for (const each of top) {
    if (isObject(each) && typeof each["token"] === "string") {
      alternatives[each["token"]] = Number(each["logprob"]);
    }
  }
  return alternatives;
}
