import type { ChatRequest, JsonObject, ReasoningOptions, ResponseFormat } from "../canonical.ts";
import { Fields, put, unknownFields } from "../shape.ts";
import { extensionsOf } from "./format.ts";
import { decodeInput } from "./input_decode.ts";
import { decodeTool, decodeToolChoice } from "./tools.ts";

/** Fields of a request that have a place of their own in the canonical model. */
const REQUEST_FIELDS = new Set([
  "model",
  "input",
  "instructions",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "text",
  "reasoning",
  "max_output_tokens",
  "temperature",
  "top_p",
  "top_logprobs",
  "stream",
  "user",
  "safety_identifier",
  "prompt_cache_key",
  "metadata",
  "service_tier",
  "store",
]);
const TEXT_FIELDS = new Set(["format", "verbosity"]);
const REASONING_FIELDS = new Set(["effort", "summary", "generate_summary"]);
const FORMAT_TYPES = ["text", "json_object", "json_schema"] as const;

/** What stands in place of an input: then a request may have none. */
const INPUT_SOURCES = ["previous_response_id", "prompt", "conversation"];

/** In `include`: asks for the log probabilities of the answer's texts. */
export const INCLUDE_LOGPROBS = "message.output_text.logprobs";

/**
 * A request of the responses API. What the canonical model has no field for (`include`, `truncation`,
 * `previous_response_id`, …) is kept in `extensions`: a caller that has served one of them itself takes it out
 * of the body before.
 */
export function decodeRequest(body: JsonObject): ChatRequest {
  const fields = new Fields(body, "", "invalid_request");
  const request: ChatRequest = { model: fields.string("model"), messages: [] };
  const instructions = fields.optionalString("instructions");
  if (instructions !== undefined) {
    request.messages.push({ role: "system", parts: [{ type: "text", text: instructions }] });
  }
  if (!INPUT_SOURCES.some((source) => fields.has(source))) requireInput(fields);
  request.messages.push(...decodeInput(fields));

  put(request, "tools", fields.optionalItems("tools")?.map(decodeTool));
  put(request, "toolChoice", decodeToolChoice(fields));
  put(request, "parallelToolCalls", fields.optionalBoolean("parallel_tool_calls"));
  const rest: JsonObject = { ...unknownFields(body, REQUEST_FIELDS) };
  const text = fields.optionalFields("text");
  if (text !== undefined) {
    put(request, "responseFormat", decodeTextFormat(text));
    put(request, "verbosity", text.optionalString("verbosity"));
    put(rest, "text", unknownFields(text.object, TEXT_FIELDS));
  }
  put(request, "reasoning", decodeReasoningOptions(fields));
  put(request, "maxOutputTokens", fields.optionalInteger("max_output_tokens"));
  put(request, "temperature", fields.optionalNumber("temperature"));
  put(request, "topP", fields.optionalNumber("top_p"));
  put(request, "topLogprobs", fields.optionalInteger("top_logprobs"));
  const include = fields.optionalStrings("include");
  if (include?.includes(INCLUDE_LOGPROBS)) {
    request.logprobs = true;
    rest.include = include.filter((each) => each !== INCLUDE_LOGPROBS);
  }
  put(request, "stream", fields.optionalBoolean("stream"));
  put(request, "user", fields.optionalString("user"));
  put(request, "safetyIdentifier", fields.optionalString("safety_identifier"));
  put(request, "promptCacheKey", fields.optionalString("prompt_cache_key"));
  put(request, "metadata", fields.optionalStringMap("metadata"));
  put(request, "serviceTier", fields.optionalString("service_tier"));
  put(request, "store", fields.optionalBoolean("store"));
  if (Object.keys(rest).length > 0) put(request, "extensions", extensionsOf(rest));
  return request;
}

/** No other format has a request that says nothing. */
function requireInput(fields: Fields): void {
  if (!fields.has("input")) fields.fail("input", "a string or an array of items");
  const input = fields.raw("input");
  if (Array.isArray(input) && input.length === 0) fields.fail("input", "at least one item");
}

function decodeTextFormat(text: Fields): ResponseFormat | undefined {
  const format = text.optionalFields("format");
  if (format === undefined) return undefined;
  const type = format.oneOf("type", FORMAT_TYPES);
  if (type !== "json_schema") return { type };
  const schema: ResponseFormat = {
    type,
    name: format.string("name"),
    schema: format.fields("schema").object,
  };
  // Here, as in chat completions, not given means not strict; `null` is the same.
  const strict = format.optionalBoolean("strict");
  const description = format.optionalString("description");
  if (strict !== undefined) schema.strict = strict;
  if (description !== undefined) schema.description = description;
  return schema;
}

function decodeReasoningOptions(body: Fields): ReasoningOptions | undefined {
  const reasoning = body.optionalFields("reasoning");
  if (reasoning === undefined) return undefined;
  const options: ReasoningOptions = {};
  put(options, "effort", reasoning.optionalString("effort"));
  // `generate_summary` is the field's old name.
  const summary = reasoning.optionalString("summary") ?? reasoning.optionalString("generate_summary");
  put(options, "summary", summary);
  put(options, "extensions", extensionsOf(unknownFields(reasoning.object, REASONING_FIELDS)));
  return options;
}
