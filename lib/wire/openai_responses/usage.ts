import type { JsonObject, Usage } from "../canonical.ts";
import { type Fields, isObject, put, unknownFields } from "../shape.ts";
import { extensionsOf, ownFields } from "./format.ts";

const USAGE_FIELDS = new Set([
  "input_tokens",
  "input_tokens_details",
  "output_tokens",
  "output_tokens_details",
  "total_tokens",
]);
const INPUT_FIELDS = new Set(["cached_tokens", "cache_write_tokens"]);
const OUTPUT_FIELDS = new Set(["reasoning_tokens"]);

/** A response's `usage`. */
export function decodeUsage(fields: Fields): Usage {
  const input = fields.optionalFields("input_tokens_details");
  const usage: Usage = {
    input: inputTokens(fields.number("input_tokens"), input?.optionalNumber("cached_tokens")),
    output: fields.number("output_tokens"),
  };
  const output = fields.optionalFields("output_tokens_details");
  put(usage, "cached", input?.optionalNumber("cached_tokens"));
  put(usage, "cacheCreation", input?.optionalNumber("cache_write_tokens"));
  put(usage, "reasoning", output?.optionalNumber("reasoning_tokens"));

  const rest: JsonObject = { ...unknownFields(fields.object, USAGE_FIELDS) };
  const total = fields.optionalNumber("total_tokens");
  if (total !== undefined && total !== usage.input + usage.output) rest.total_tokens = total;
  const inputRest = input && unknownFields(input.object, INPUT_FIELDS);
  const outputRest = output && unknownFields(output.object, OUTPUT_FIELDS);
  if (inputRest !== undefined) rest.input_tokens_details = inputRest;
  if (outputRest !== undefined) rest.output_tokens_details = outputRest;
  if (Object.keys(rest).length > 0) put(usage, "extensions", extensionsOf(rest));
  return usage;
}

/** xAI counts the input without what was cached of it at times: then there is less of it. */
function inputTokens(input: number, cached = 0): number {
  return cached > input ? input + cached : input;
}

/** `ResponseUsage`, all of whose fields OpenAI's API description requires. */
export function encodeUsage(usage: Usage): JsonObject {
  const { input_tokens_details: input, output_tokens_details: output, ...rest } = ownFields(
    usage.extensions,
  ) ?? {};
  return {
    input_tokens: usage.input,
    input_tokens_details: {
      cached_tokens: usage.cached ?? 0,
      cache_write_tokens: usage.cacheCreation ?? 0,
      ...(isObject(input) ? input : {}),
    },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0, ...(isObject(output) ? output : {}) },
    total_tokens: usage.input + usage.output,
    ...rest,
  };
}
