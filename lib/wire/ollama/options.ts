import type { ChatRequest, JsonObject } from "../canonical.ts";
import type { Dropped } from "../extensions.ts";
import { dropInexpressible, type Inexpressible } from "../inexpressible.ts";
import { type Fields, isObject, put, unknownFields } from "../shape.ts";

/** Names in `options`, and in the model. */
const NUMBERS = {
  temperature: "temperature",
  top_p: "topP",
  frequency_penalty: "frequencyPenalty",
  presence_penalty: "presencePenalty",
} as const;
const INTEGERS = { top_k: "topK", seed: "seed" } as const;

const NUMBER_FIELDS = Object.entries(NUMBERS) as [
  keyof typeof NUMBERS,
  typeof NUMBERS[keyof typeof NUMBERS],
][];
const INTEGER_FIELDS = Object.entries(INTEGERS) as [
  keyof typeof INTEGERS,
  typeof INTEGERS[keyof typeof INTEGERS],
][];
const KNOWN = new Set<string>([...Object.keys(NUMBERS), ...Object.keys(INTEGERS), "stop", "num_predict"]);

/**
 * `options`: sampling and the limit of the answer.
 * @returns those that the model does not know (`num_ctx`, `min_p`, …).
 * @see https://docs.ollama.com/modelfile#valid-parameters-and-values
 */
export function decodeOptions(body: Fields, request: ChatRequest): JsonObject | undefined {
  const options = body.optionalFields("options");
  if (options === undefined) return undefined;
  for (const [wire, key] of NUMBER_FIELDS) put(request, key, options.optionalNumber(wire));
  for (const [wire, key] of INTEGER_FIELDS) put(request, key, options.optionalInteger(wire));
  const limit = options.optionalInteger("num_predict");
  // Below zero there is no limit.
  if (limit !== undefined && limit >= 0) request.maxOutputTokens = limit;
  put(request, "stop", options.oneOrMoreStrings("stop"));
  return unknownFields(options.object, KNOWN);
}

/** @param own options of this format's client that the model does not know. */
export function encodeOptions(request: ChatRequest, own: unknown): JsonObject | undefined {
  const options: JsonObject = {};
  for (const [wire, key] of [...NUMBER_FIELDS, ...INTEGER_FIELDS]) put(options, wire, request[key]);
  put(options, "num_predict", request.maxOutputTokens);
  put(options, "stop", request.stop);
  if (isObject(own as JsonObject)) Object.assign(options, own);
  return Object.keys(options).length === 0 ? undefined : options;
}

/** What the API has no field for. */
const INEXPRESSIBLE: Inexpressible = [
  "n",
  "logit_bias",
  "verbosity",
  "store",
  "metadata",
  "prompt_cache_key",
  "safety_identifier",
  "user",
  "service_tier",
  ["parallel_tool_calls", (request) => request.parallelToolCalls === false && request.tools !== undefined],
];

export function reportInexpressible(request: ChatRequest, dropped: Dropped): void {
  dropInexpressible(request, INEXPRESSIBLE, dropped);
}
