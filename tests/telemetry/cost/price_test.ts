import { assertAlmostEquals, assertEquals } from "@std/assert";
import { ModelCall } from "../../../lib/telemetry/exchange.ts";
import { costOf, type Price, PRICE_COLUMNS } from "../../../lib/telemetry/cost/price.ts";

const FULL: Price = {
  input: 3,
  output: 15,
  cached_input: 0.3,
  cache_write: 3.75,
  reasoning: 20,
  long_input: 6,
  long_output: 22.5,
};

const PLAIN: Price = {
  ...FULL,
  cached_input: null,
  cache_write: null,
  reasoning: null,
  long_input: null,
  long_output: null,
};
const NONE = Object.fromEntries(PRICE_COLUMNS.map((column) => [column, null])) as Price;

type Tokens = Partial<
  Pick<ModelCall, "inputTokens" | "outputTokens" | "cachedTokens" | "cacheCreationTokens" | "reasoningTokens">
>;

const ROWS: readonly (readonly [what: string, Tokens, Price, dollars: number])[] = [
  ["input and output", { inputTokens: 1000, outputTokens: 100 }, FULL, 0.0045],
  ["cached input at its own price", { inputTokens: 1000, cachedTokens: 600, outputTokens: 0 }, FULL, 0.00138],
  ["cache writes at theirs", { inputTokens: 1000, cacheCreationTokens: 600, outputTokens: 0 }, FULL, 0.00345],
  [
    "all kinds at once",
    {
      inputTokens: 1000,
      cachedTokens: 500,
      cacheCreationTokens: 300,
      outputTokens: 100,
      reasoningTokens: 40,
    },
    FULL,
    (200 * 3 + 500 * 0.3 + 300 * 3.75 + 60 * 15 + 40 * 20) / 1e6,
  ],
  [
    "cached and reasoning tokens as plain ones where they have no price",
    { inputTokens: 1000, cachedTokens: 500, outputTokens: 100, reasoningTokens: 40 },
    PLAIN,
    0.0045,
  ],
  ["a long request", { inputTokens: 200_001, outputTokens: 10 }, FULL, (200_001 * 6 + 10 * 22.5) / 1e6],
  [
    "200,000 tokens, which are not long yet",
    { inputTokens: 200_000, outputTokens: 10 },
    FULL,
    (200_000 * 3 + 150) / 1e6,
  ],
  [
    "a long request where that costs the same",
    { inputTokens: 300_000, outputTokens: 10 },
    PLAIN,
    (900_000 + 150) / 1e6,
  ],
  ["input alone, as embeddings have it", { inputTokens: 1000 }, { ...NONE, input: 0.02 }, 0.00002],
  ["output that has no price", { inputTokens: 10, outputTokens: 1 }, { ...NONE, input: 1 }, NaN],
  ["no tokens", { inputTokens: 0, outputTokens: 0 }, NONE, 0],
  ["tokens that nobody knows", {}, FULL, NaN],
  [
    "more reasoning than output, which cannot be",
    { inputTokens: 0, outputTokens: 10, reasoningTokens: 50 },
    FULL,
    0.0002,
  ],
  [
    "more cached input than input, which cannot be",
    { inputTokens: 10, cachedTokens: 50, outputTokens: 0 },
    FULL,
    0.000015,
  ],
];

for (const [what, tokens, price, dollars] of ROWS) {
  Deno.test(`costOf() prices ${what}`, () => {
    const cost = costOf(Object.assign(new ModelCall("generate"), tokens), price);
    if (Number.isNaN(dollars)) assertEquals(cost, NaN);
    else assertAlmostEquals(cost, dollars, 1e-12);
  });
}
