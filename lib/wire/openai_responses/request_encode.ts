import type { ChatRequest, JsonObject, ReasoningOptions, ResponseFormat } from "../canonical.ts";
import type { EncodedRequest } from "../codec.ts";
import { Dropped } from "../extensions.ts";
import { effortOf } from "../reasoning_effort.ts";
import { isObject, put } from "../shape.ts";
import { FORMAT, ownFields } from "./format.ts";
import { encodeInput } from "./input_encode.ts";
import { INCLUDE_LOGPROBS } from "./request_decode.ts";
import { encodeTool, encodeToolChoice } from "./tools.ts";

/** Canonical fields that the responses API has no field for, with the names that clients know. */
const INEXPRESSIBLE = [
  ["stop", "stop"],
  ["seed", "seed"],
  ["topK", "top_k"],
  ["frequencyPenalty", "frequency_penalty"],
  ["presencePenalty", "presence_penalty"],
  ["logitBias", "logit_bias"],
] as const satisfies readonly (readonly [keyof ChatRequest, string])[];

export function encodeRequest(request: ChatRequest): EncodedRequest {
  const dropped = new Dropped();
  const own = ownFields(request.extensions) ?? {};
  const { text: ownText, include: ownInclude, ...rest } = own;
  const body: JsonObject = { model: request.model, ...encodeInput(request.messages, dropped) };
  if (request.tools !== undefined) {
    const tools = request.tools.map((tool) => encodeTool(tool, dropped)).filter((tool) => tool !== null);
    if (tools.length > 0) body.tools = tools;
  }
  // A choice among tools of which none is left would be refused.
  if (request.toolChoice !== undefined && (request.tools === undefined || body.tools !== undefined)) {
    put(body, "tool_choice", encodeToolChoice(request.toolChoice, dropped));
  }
  put(body, "parallel_tool_calls", request.parallelToolCalls);
  const text = encodeText(request, isObject(ownText) ? ownText : {});
  if (Object.keys(text).length > 0) body.text = text;
  if (request.reasoning !== undefined) put(body, "reasoning", encodeReasoningOptions(request.reasoning));
  put(body, "max_output_tokens", request.maxOutputTokens);
  put(body, "temperature", request.temperature);
  put(body, "top_p", request.topP);
  put(body, "top_logprobs", request.topLogprobs);
  put(body, "stream", request.stream);
  put(body, "user", request.user);
  put(body, "safety_identifier", request.safetyIdentifier);
  put(body, "prompt_cache_key", request.promptCacheKey);
  put(body, "metadata", request.metadata);
  put(body, "service_tier", request.serviceTier);
  put(body, "store", request.store);
  const include = Array.isArray(ownInclude) ? [...ownInclude] : [];
  if (request.logprobs === true) include.push(INCLUDE_LOGPROBS);
  if (include.length > 0 || Array.isArray(ownInclude)) body.include = include;
  Object.assign(body, rest);

  for (const [field, name] of INEXPRESSIBLE) if (request[field] !== undefined) dropped.add(name);
  if (request.n !== undefined && request.n !== 1) dropped.add("n");
  dropped.addForeign(FORMAT, request.extensions);
  return { body, dropped: dropped.names() };
}

function encodeText(request: ChatRequest, own: JsonObject): JsonObject {
  const text: JsonObject = {};
  if (request.responseFormat !== undefined) text.format = encodeTextFormat(request.responseFormat);
  put(text, "verbosity", request.verbosity);
  return Object.assign(text, own);
}

function encodeTextFormat(format: ResponseFormat): JsonObject {
  if (format.type !== "json_schema") return { type: format.type };
  const body: JsonObject = { type: format.type, name: format.name, schema: format.schema };
  put(body, "strict", format.strict);
  put(body, "description", format.description);
  return body;
}

function encodeReasoningOptions(reasoning: ReasoningOptions): JsonObject | undefined {
  const body: JsonObject = {};
  put(body, "effort", effortOf(reasoning));
  // Who asks Anthropic to think is shown the thoughts; here they have to be asked for.
  const thinks = reasoning.adaptive === true || (reasoning.budgetTokens ?? 0) > 0;
  put(body, "summary", reasoning.summary ?? (thinks ? "auto" : undefined));
  Object.assign(body, ownFields(reasoning.extensions));
  return Object.keys(body).length > 0 ? body : undefined;
}
