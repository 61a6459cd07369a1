import type { ChatRequest, JsonObject } from "../canonical.ts";
import type { EncodedRequest } from "../codec.ts";
import { Dropped, ownFields } from "../extensions.ts";
import { dropInexpressible, type Inexpressible } from "../inexpressible.ts";
import { Fields, isObject, put, unknownFields } from "../shape.ts";
import { FORMAT } from "./format.ts";
import { decodeMessages, encodeMessages } from "./messages.ts";
import { claudeRules, decodeModelFields, encodeModelFields, thinks } from "./model_fields.ts";
import { decodeResponseFormat, encodeResponseFormat } from "./response_format.ts";
import { decodeToolConfig, encodeToolConfig } from "./tools.ts";

const KNOWN = new Set([
  ...["messages", "system", "inferenceConfig", "toolConfig", "additionalModelRequestFields"],
  ...["requestMetadata", "serviceTier", "outputConfig"],
]);
const KNOWN_OF_INFERENCE = new Set(["maxTokens", "temperature", "topP", "stopSequences"]);

/**
 * The model and whether the answer is streamed stand in the path.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export function decodeRequest(body: JsonObject): ChatRequest {
  const fields = new Fields(body, "", "invalid_request");
  const request: ChatRequest = { model: "", messages: decodeMessages(fields) };
  const inference = fields.optionalFields("inferenceConfig");
  if (inference !== undefined) {
    put(request, "maxOutputTokens", inference.optionalInteger("maxTokens"));
    put(request, "temperature", inference.optionalNumber("temperature"));
    put(request, "topP", inference.optionalNumber("topP"));
    put(request, "stop", inference.optionalStrings("stopSequences"));
  }
  decodeToolConfig(fields, request);
  put(request, "responseFormat", decodeResponseFormat(fields));
  put(request, "metadata", fields.optionalStringMap("requestMetadata"));
  put(request, "serviceTier", fields.optionalFields("serviceTier")?.optionalString("type"));
  const rest: JsonObject = { ...unknownFields(body, KNOWN) };
  put(rest, "inferenceConfig", inference && unknownFields(inference.object, KNOWN_OF_INFERENCE));
  put(rest, "additionalModelRequestFields", decodeModelFields(fields, request));
  if (Object.keys(rest).length > 0) request.extensions = { format: FORMAT, fields: rest };
  return request;
}

export function encodeRequest(request: ChatRequest): EncodedRequest {
  const dropped = new Dropped();
  const { system, messages } = encodeMessages(request.messages, dropped);
  const { inferenceConfig, additionalModelRequestFields, ...own } = ownFields(FORMAT, request.extensions) ??
    {};
  const body: JsonObject = { messages };
  put(body, "system", system);
  const modelFields = encodeModelFields(request, additionalModelRequestFields, dropped);
  const inference = encodeInference(request, thinks(modelFields?.thinking), dropped);
  if (isObject(inferenceConfig)) Object.assign(inference, inferenceConfig);
  if (Object.keys(inference).length > 0) body.inferenceConfig = inference;
  put(body, "toolConfig", encodeToolConfig(request, dropped));
  put(body, "additionalModelRequestFields", modelFields);
  put(body, "outputConfig", encodeResponseFormat(request, dropped));
  put(body, "requestMetadata", request.metadata);
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
  "user",
  "safety_identifier",
  "prompt_cache_key",
];

/**
 * Temperatures go up to 1 here and to 2 at OpenAI's: what lies above is sent as 1 and reported. Claude takes none
 * while it thinks, and newer ones take one of temperature and top_p.
 */
function encodeInference(request: ChatRequest, isThinking: boolean, dropped: Dropped): JsonObject {
  const { maxOutputTokens, temperature, topP } = request;
  const inference: JsonObject = {};
  put(inference, "maxTokens", maxOutputTokens);
  const rules = claudeRules(request.model);
  if (rules !== null && (!rules.sampling || isThinking)) {
    if (temperature !== undefined && temperature !== 1) dropped.add("temperature");
    if (topP !== undefined && topP !== 1) dropped.add("top_p");
  } else {
    if (temperature !== undefined) {
      inference.temperature = Math.min(temperature, 1);
      if (temperature > 1) dropped.add("temperature");
    }
    if (topP !== undefined) {
      if (temperature === undefined || rules?.bothSamplers !== false) inference.topP = topP;
      else if (topP !== 1) dropped.add("top_p");
    }
  }
  const stop = request.stop?.filter((sequence) => sequence !== "");
  if (stop !== undefined && stop.length > 0) inference.stopSequences = stop;
  return inference;
}

const SERVICE_TIERS: readonly string[] = ["default", "flex", "priority", "reserved"];

function encodeServiceTier(request: ChatRequest, body: JsonObject, dropped: Dropped): void {
  const tier = request.serviceTier;
  if (tier === undefined || tier === "auto") return;
  if (SERVICE_TIERS.includes(tier)) body.serviceTier = { type: tier };
  else dropped.add("service_tier");
}
