import type { JsonObject } from "../../wire/canonical.ts";

const encoder = new TextEncoder();

/** Log probabilities of tokens in OpenAI's shape, with so many alternatives each: the token itself is the first. */
export function logprobsOf(tokens: readonly string[], top: number): JsonObject[] {
  return tokens.map((token) => ({
    ...logprobOf(token, 0),
    top_logprobs: Array.from(
      { length: top },
      (_, rank) => logprobOf(rank === 0 ? token : `${token}${rank}`, rank),
    ),
  }));
}

function logprobOf(token: string, rank: number): JsonObject {
  return { token, logprob: -0.125 - 2 * rank, bytes: [...encoder.encode(token)] };
}
