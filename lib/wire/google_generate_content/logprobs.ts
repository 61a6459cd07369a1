import type { JsonObject, JsonValue } from "../canonical.ts";
import { isObject } from "../shape.ts";

const encoder = new TextEncoder();

/** `logprobsResult` as OpenAI's list of tokens; empty where it holds none. */
export function decodeLogprobs(result: JsonValue | undefined): JsonObject[] {
  if (!isObject(result) || !Array.isArray(result.chosenCandidates)) return [];
  const { topCandidates } = result;
  return result.chosenCandidates.filter(isObject).map((chosen, index) => {
    const top = Array.isArray(topCandidates) ? topCandidates[index] : undefined;
    const others = isObject(top) && Array.isArray(top.candidates) ? top.candidates.filter(isObject) : [];
    return { ...tokenOf(chosen), top_logprobs: others.map(tokenOf) };
  });
}

function tokenOf(candidate: JsonObject): JsonObject {
  const token = typeof candidate.token === "string" ? candidate.token : "";
  const { logProbability } = candidate;
  return {
    token,
    logprob: typeof logProbability === "number" ? logProbability : 0,
    bytes: [...encoder.encode(token)],
  };
}

/** OpenAI's list of tokens as `logprobsResult`; undefined where it is none. */
export function encodeLogprobs(tokens: JsonValue | undefined): JsonObject | undefined {
  if (!Array.isArray(tokens) || tokens.length === 0) return undefined;
  const chosen = tokens.filter(isObject);
  return {
    topCandidates: chosen.map(({ top_logprobs: top }) => ({
      candidates: Array.isArray(top) ? top.filter(isObject).map(candidateOf) : [],
    })),
    chosenCandidates: chosen.map(candidateOf),
  };
}

function candidateOf(token: JsonObject): JsonObject {
  return { token: token.token ?? "", logProbability: token.logprob ?? 0 };
}
