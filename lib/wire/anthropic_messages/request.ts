import type { ChatRequest, JsonObject } from "../canonical.ts";
import type { EncodedRequest } from "../codec.ts";
import { Dropped, ownFields } from "../extensions.ts";
import { dropInexpressible, type Inexpressible } from "../inexpressible.ts";
import { Fields, isObject, put, unknownFields } from "../shape.ts";
import { decodeMessages, encodeMessages } from "./messages.ts";
import { type ModelRules, rulesOf } from "./model_rules.ts";
import { decodeThinking, encodeThinking } from "./thinking.ts";
import { decodeTool, decodeToolChoice, encodeTools } from "./tools.ts";

const FORMAT = "anthropic_messages";

const KNOWN = new Set([
  ...["model", "max_tokens", "messages", "system", "tools", "tool_choice", "thinking", "output_config"],
  ...["output_format", "temperature", "top_p", "top_k", "stop_sequences", "stream", "metadata"],
  "service_tier",
]);

/** The schema has no name here, and must have one in OpenAI's formats. */
const SCHEMA_NAME = "output";

/** https://platform.claude.com/docs/en/api/messages */
export function decodeRequest(body: JsonObject): ChatRequest {
  const fields = new Fields(body, "", "invalid_request");
  const request: ChatRequest = { model: fields.string("model"), messages: decodeMessages(fields) };
  request.maxOutputTokens = fields.optionalInteger("max_tokens") ?? fields.fail("max_tokens", "an integer");
  put(request, "tools", fields.optionalItems("tools")?.map(decodeTool));
  decodeToolChoice(fields, request);
  put(request, "reasoning", decodeThinking(fields));
  put(request, "temperature", fields.optionalNumber("temperature"));
  put(request, "topP", fields.optionalNumber("top_p"));
  put(request, "topK", fields.optionalInteger("top_k"));
  put(request, "stop", fields.optionalStrings("stop_sequences"));
  put(request, "stream", fields.optionalBoolean("stream"));
  const tier = fields.optionalString("service_tier");
  if (tier !== undefined) request.serviceTier = tier === "standard_only" ? "default" : tier;
  const metadata = fields.optionalFields("metadata");
  put(request, "user", metadata?.optionalString("user_id"));
  const output = fields.optionalFields("output_config");
  const format = output?.optionalFields("format") ?? fields.optionalFields("output_format");
  if (format !== undefined) {
    format.oneOf("type", ["json_schema"]);
    request.responseFormat = {
      type: "json_schema",
      name: SCHEMA_NAME,
      schema: format.fields("schema").object,
      strict: true,
    };
  }
  const rest: JsonObject = { ...unknownFields(body, KNOWN) };
  put(rest, "metadata", metadata && unknownFields(metadata.object, new Set(["user_id"])));
  put(rest, "output_config", output && unknownFields(output.object, new Set(["effort", "format"])));
  if (Object.keys(rest).length > 0) request.extensions = { format: FORMAT, fields: rest };
  return request;
}

export function encodeRequest(request: ChatRequest): EncodedRequest {
  const dropped = new Dropped();
  const rules = rulesOf(request.model);
  const maxTokens = request.maxOutputTokens ?? rules.maxTokens;
  const { system, messages } = encodeMessages(request.messages, dropped);
  const body: JsonObject = { model: request.model, max_tokens: maxTokens, messages };
  put(body, "system", system);
  encodeTools(request, body, rules, dropped);
  const { metadata, output_config: outputConfig, ...own } = ownFields(FORMAT, request.extensions) ?? {};
  const { thinking, effort } = encodeThinking(request, rules, maxTokens, dropped);
  put(body, "thinking", thinking);
  const output: JsonObject = isObject(outputConfig) ? { ...outputConfig } : {};
  put(output, "effort", effort);
  encodeResponseFormat(request, output, rules, dropped);
  if (Object.keys(output).length > 0) body.output_config = output;
  encodeSampling(request, body, rules, dropped);
  encodeStop(request, body, dropped);
  put(body, "stream", request.stream);
  const user = request.user ?? request.safetyIdentifier;
  if (user !== undefined || isObject(metadata)) {
    body.metadata = { ...(isObject(metadata) && metadata), ...(user !== undefined && { user_id: user }) };
  }
  encodeServiceTier(request, body, dropped);
  dropInexpressible(request, INEXPRESSIBLE, dropped);
  dropped.addForeign(FORMAT, request.extensions);
  return { body: Object.assign(body, own), dropped: dropped.names() };
}

/** What the API has no field for. */
const INEXPRESSIBLE: Inexpressible = [
  "n",
  "seed",
  "logprobs",
  "top_logprobs",
  "frequency_penalty",
  "presence_penalty",
  "logit_bias",
  "verbosity",
  "store",
  "metadata",
  "prompt_cache_key",
  ["safety_identifier", (request) => request.safetyIdentifier !== undefined && request.user !== undefined],
];

function encodeResponseFormat(
  request: ChatRequest,
  output: JsonObject,
  rules: ModelRules,
  dropped: Dropped,
): void {
  const format = request.responseFormat;
  if (format === undefined || format.type === "text") return;
  if (format.type === "json_schema" && rules.structuredOutput) {
    output.format = { type: "json_schema", schema: format.schema };
  } else {
    dropped.add("response_format");
  }
}

/**
 * Temperatures go up to 1 here and to 2 at OpenAI's: what lies above is sent as 1 and reported, since a refusal
 * by the provider would help nobody and 1 is the nearest that can be had.
 */
function encodeSampling(request: ChatRequest, body: JsonObject, rules: ModelRules, dropped: Dropped): void {
  const { temperature, topP, topK } = request;
  const isThinking = isObject(body.thinking) && body.thinking.type !== "disabled" &&
    ownFields(FORMAT, request.reasoning?.extensions) === undefined;
  if (!rules.sampling || isThinking) {
    // 1 is what the model does anyway.
    if (temperature !== undefined && temperature !== 1) dropped.add("temperature");
    if (topP !== undefined && topP !== 1) dropped.add("top_p");
    if (topK !== undefined) dropped.add("top_k");
    return;
  }
  if (temperature !== undefined) {
    body.temperature = Math.min(temperature, 1);
    if (temperature > 1) dropped.add("temperature");
  }
  if (topP !== undefined) {
    if (temperature === undefined || rules.bothSamplers) body.top_p = topP;
    else if (topP !== 1) dropped.add("top_p");
  }
  put(body, "top_k", topK);
}

/** The API refuses stop sequences of white space alone. */
function encodeStop(request: ChatRequest, body: JsonObject, dropped: Dropped): void {
  const stop = request.stop?.filter((sequence) => sequence.trim() !== "");
  if (stop === undefined) return;
  if (stop.length > 0) body.stop_sequences = stop;
  if (stop.length < (request.stop?.length ?? 0)) dropped.add("stop");
}

/** OpenAI's tiers → Anthropic's; `auto` takes priority capacity where there is any. */
const SERVICE_TIERS: Readonly<Record<string, string>> = {
  auto: "auto",
  priority: "auto",
  default: "standard_only",
};

function encodeServiceTier(request: ChatRequest, body: JsonObject, dropped: Dropped): void {
  if (request.serviceTier === undefined) return;
  const tier = SERVICE_TIERS[request.serviceTier];
  if (tier === undefined) dropped.add("service_tier");
  else body.service_tier = tier;
}
