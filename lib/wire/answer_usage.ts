import type { JsonObject, JsonValue, Usage } from "./canonical.ts";
import type { Observed } from "./codec.ts";
import { nothingObserved } from "./observed.ts";
import { errorOf } from "./openai_chat/stream_error.ts";
import { isObject } from "./shape.ts";

/**
 * Tokens in an answer of whatever API, where it says so:
 * - OpenAI's newer APIs: `{"input_tokens", "output_tokens"}`; its older ones: `{"prompt_tokens", "completion_tokens"}`
 * - Jina's and vLLM's rerank: `{"total_tokens"}`, all of them input
 * - Cohere's rerank: `meta.tokens.input_tokens`
 *
 * Seconds of audio and search units are none.
 */
export function usageIn(answer: JsonObject): Usage | null {
  const { usage, meta } = answer;
  const counted = isObject(usage)
    ? usage
    : isObject(meta) && isObject(meta["tokens"])
    ? meta["tokens"]
    : null;
  if (counted === null) return null;
  const input = counted["input_tokens"] ?? counted["prompt_tokens"];
  const output = counted["output_tokens"] ?? counted["completion_tokens"];
  if (isCount(input) || isCount(output)) {
    return { input: isCount(input) ? input : NaN, output: isCount(output) ? output : NaN };
  }
  const { total_tokens: total } = counted;
  return isCount(total) ? { input: total, output: NaN } : null;
}

/** What a whole answer of whatever API says of itself. */
export function observeAnswer(answer: JsonObject): Observed {
  const observed = nothingObserved();
  if (typeof answer["id"] === "string") observed.responseId = answer["id"];
  if (typeof answer["model"] === "string") observed.model = answer["model"];
  observed.usage = usageIn(answer);
  if (isObject(answer["error"])) {
    const error = errorOf(answer, "");
    if (error !== null) observed.error = error;
  }
  return observed;
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === "number" && value >= 0;
}
