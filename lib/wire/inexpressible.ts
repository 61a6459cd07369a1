import type { ChatRequest } from "./canonical.ts";
import type { Dropped } from "./extensions.ts";

type Asks = (request: ChatRequest) => boolean;

/** When a request asks for something by a parameter: what says the default asks for nothing. */
const ASKS = {
  n: ({ n }) => (n ?? 1) !== 1,
  seed: ({ seed }) => seed !== undefined,
  top_k: ({ topK }) => topK !== undefined,
  logprobs: ({ logprobs }) => logprobs === true,
  top_logprobs: ({ topLogprobs }) => (topLogprobs ?? 0) > 0,
  frequency_penalty: ({ frequencyPenalty }) => (frequencyPenalty ?? 0) !== 0,
  presence_penalty: ({ presencePenalty }) => (presencePenalty ?? 0) !== 0,
  logit_bias: ({ logitBias }) => Object.keys(logitBias ?? {}).length > 0,
  verbosity: ({ verbosity }) => (verbosity ?? "medium") !== "medium",
  store: ({ store }) => store === true,
  metadata: ({ metadata }) => Object.keys(metadata ?? {}).length > 0,
  user: ({ user }) => user !== undefined,
  safety_identifier: ({ safetyIdentifier }) => safetyIdentifier !== undefined,
  prompt_cache_key: ({ promptCacheKey }) => promptCacheKey !== undefined,
  service_tier: ({ serviceTier }) => !["auto", "default"].includes(serviceTier ?? "auto"),
} as const satisfies Readonly<Record<string, Asks>>;

/** What a format has no field for: parameters by name, or with the format's own word on when one asks for something. */
export type Inexpressible = readonly (keyof typeof ASKS | readonly [name: string, asks: Asks])[];

/** Reports what a request asks for and a format cannot say, in the order of the list. */
export function dropInexpressible(request: ChatRequest, parameters: Inexpressible, dropped: Dropped): void {
  for (const parameter of parameters) {
    const [name, asks] = typeof parameter === "string" ? [parameter, ASKS[parameter]] : parameter;
    if (asks(request)) dropped.add(name);
  }
}
