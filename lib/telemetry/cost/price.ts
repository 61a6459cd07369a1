import type { ModelCall } from "../exchange.ts";

/** The columns of the shipped table, in order. */
export const PRICE_COLUMNS = [
  "input",
  "output",
  "cached_input",
  "cache_write",
  "reasoning",
  "long_input",
  "long_output",
] as const;

/** What a model's tokens cost, in US dollars for a million of them. A price that is null is that of the plain kind. */
export type Price = {
  readonly [Column in typeof PRICE_COLUMNS[number]]: number | null;
};

/** Input tokens above which the prices for long requests count, where a model has them. */
const LONG_TOKENS = 200_000;
const MILLION = 1e6;

/**
 * US dollars for the tokens of a call: cached input, input written to the cache and reasoning each at their own
 * price where there is one. `NaN` where tokens are unknown, or those that were used have no price.
 */
export function costOf(call: ModelCall, price: Price): number {
  const { inputTokens, outputTokens } = call;
  if (!(inputTokens >= 0) && !(outputTokens >= 0)) return NaN;
  const long = inputTokens > LONG_TOKENS;
  const input = (long ? price.long_input : null) ?? price.input ?? NaN;
  const output = (long ? price.long_output : null) ?? price.output ?? NaN;
  const cached = known(call.cachedTokens);
  const written = known(call.cacheCreationTokens);
  const reasoning = Math.min(known(call.reasoningTokens), known(outputTokens));
  const plain = Math.max(0, known(inputTokens) - cached - written);
  const dollars = charge(plain, input) +
    charge(cached, price.cached_input ?? input) +
    charge(written, price.cache_write ?? input) +
    charge(known(outputTokens) - reasoning, output) +
    charge(reasoning, price.reasoning ?? output);
  return evenDollars(dollars / MILLION);
}

/** Without the digits that floating-point arithmetic adds at the end, far below what a token costs. */
export function evenDollars(dollars: number): number {
  return Math.round(dollars * 1e12) / 1e12;
}

/** No tokens cost nothing, whatever they would cost. */
function charge(tokens: number, price: number): number {
  return tokens === 0 ? 0 : tokens * price;
}

function known(tokens: number): number {
  return tokens > 0 ? tokens : 0;
}
