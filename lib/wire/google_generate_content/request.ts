import type { ChatRequest, JsonObject } from "../canonical.ts";
import type { EncodedRequest } from "../codec.ts";
import { Dropped, ownFields } from "../extensions.ts";
import { dropInexpressible, type Inexpressible } from "../inexpressible.ts";
import { Fields, isObject, put, unknownFields } from "../shape.ts";
import { decodeContents } from "./decode_contents.ts";
import { encodeContents } from "./encode_contents.ts";
import { camelCased } from "./field_names.ts";
import { FORMAT } from "./format.ts";
import { decodeSchema } from "./schema_decode.ts";
import { encodeSchema } from "./schema_encode.ts";
import { decodeThinking, encodeThinking } from "./thinking.ts";
import { decodeToolChoice, decodeTools, encodeTools } from "./tools.ts";

/** Fields of `generationConfig` that both sides have: name on the wire and in the model. */
const NUMBERS = [
  ["temperature", "temperature"],
  ["topP", "topP"],
  ["topK", "topK"],
  ["presencePenalty", "presencePenalty"],
  ["frequencyPenalty", "frequencyPenalty"],
] as const;
const INTEGERS = [
  ["maxOutputTokens", "maxOutputTokens"],
  ["candidateCount", "n"],
  ["seed", "seed"],
  ["logprobs", "topLogprobs"],
] as const;

const KNOWN = new Set([
  ...["model", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "serviceTier"],
]);
const KNOWN_OF_CONFIG = new Set<string>([
  ...NUMBERS.map(([wire]) => wire),
  ...INTEGERS.map(([wire]) => wire),
  ...["stopSequences", "responseLogprobs", "responseMimeType", "responseSchema", "responseJsonSchema"],
  ...["_responseJsonSchema", "thinkingConfig"],
]);

const JSON_TYPE = "application/json";
/** The schema has no name here, and must have one in OpenAI's formats. */
const SCHEMA_NAME = "output";

/**
 * https://ai.google.dev/api/generate-content. Model and streaming stand in the path: who has read that fills them in.
 */
export function decodeRequest(body: JsonObject): ChatRequest {
  const fields = new Fields(camelCased(body), "", "invalid_request");
  const request: ChatRequest = { model: "", messages: decodeContents(fields) };
  put(request, "tools", decodeTools(fields));
  const toolConfig = decodeToolChoice(fields, request);
  const config = fields.optionalFields("generationConfig");
  if (config !== undefined) decodeConfig(config, request);
  put(request, "reasoning", decodeThinking(config));
  const tier = fields.optionalString("serviceTier")?.toLowerCase();
  if (tier !== undefined) request.serviceTier = tier === "standard" ? "default" : tier;
  const rest: JsonObject = { ...unknownFields(fields.object, KNOWN) };
  put(rest, "generationConfig", config && unknownFields(config.object, KNOWN_OF_CONFIG));
  put(rest, "toolConfig", toolConfig);
  if (Object.keys(rest).length > 0) request.extensions = { format: FORMAT, fields: rest };
  return request;
}

function decodeConfig(config: Fields, request: ChatRequest): void {
  for (const [wire, key] of NUMBERS) put(request, key, config.optionalNumber(wire));
  for (const [wire, key] of INTEGERS) put(request, key, config.optionalInteger(wire));
  put(request, "stop", config.optionalStrings("stopSequences"));
  put(request, "logprobs", config.optionalBoolean("responseLogprobs"));
  const schema = config.optionalObject("responseSchema");
  const jsonSchema = config.optionalObject("responseJsonSchema") ??
    config.optionalObject("_responseJsonSchema");
  if (schema !== undefined || jsonSchema !== undefined) {
    request.responseFormat = {
      type: "json_schema",
      name: SCHEMA_NAME,
      schema: jsonSchema ?? decodeSchema(schema ?? {}),
    };
  } else if (config.optionalString("responseMimeType") === JSON_TYPE) {
    request.responseFormat = { type: "json_object" };
  }
}

export function encodeRequest(request: ChatRequest): EncodedRequest {
  const dropped = new Dropped();
  const { systemInstruction, contents } = encodeContents(request, dropped);
  const body: JsonObject = { contents };
  put(body, "systemInstruction", systemInstruction);
  encodeTools(request, body, dropped);
  const { generationConfig: ownConfig, toolConfig, ...own } = ownFields(FORMAT, request.extensions) ?? {};
  const config = encodeConfig(request, dropped);
  if (isObject(ownConfig)) Object.assign(config, ownConfig);
  if (Object.keys(config).length > 0) body.generationConfig = config;
  if (isObject(toolConfig)) body.toolConfig = mergeToolConfig(body.toolConfig, toolConfig);
  encodeServiceTier(request, body, dropped);
  dropInexpressible(request, INEXPRESSIBLE, dropped);
  dropped.addForeign(FORMAT, request.extensions);
  return { body: Object.assign(body, own), dropped: dropped.names() };
}

/** What the API has no field for. */
const INEXPRESSIBLE: Inexpressible = [
  "logit_bias",
  "verbosity",
  "store",
  "metadata",
  "user",
  "safety_identifier",
  "prompt_cache_key",
];

function encodeConfig(request: ChatRequest, dropped: Dropped): JsonObject {
  const config: JsonObject = {};
  for (const [wire, key] of NUMBERS) put(config, wire, request[key]);
  for (const [wire, key] of INTEGERS) put(config, wire, request[key]);
  if (request.stop !== undefined && request.stop.length > 0) config.stopSequences = request.stop;
  put(config, "responseLogprobs", request.logprobs);
  // Refused beside log probabilities that were not asked for; none is what 0 means in any case.
  if (request.logprobs !== true || request.topLogprobs === 0) delete config.logprobs;
  const format = request.responseFormat;
  if (format?.type === "json_object") config.responseMimeType = JSON_TYPE;
  if (format?.type === "json_schema") {
    config.responseMimeType = JSON_TYPE;
    const schema = encodeSchema(format.schema);
    if (schema === null) config.responseJsonSchema = format.schema;
    else config.responseSchema = schema;
  }
  put(config, "thinkingConfig", encodeThinking(request, dropped));
  return config;
}

function mergeToolConfig(encoded: JsonObject[string] | undefined, own: JsonObject): JsonObject {
  const before = isObject(encoded) ? encoded : {};
  const calling = isObject(before.functionCallingConfig) ? before.functionCallingConfig : {};
  const more = isObject(own.functionCallingConfig) ? own.functionCallingConfig : {};
  const merged = { ...calling, ...more };
  return {
    ...before,
    ...own,
    ...(Object.keys(merged).length > 0 && { functionCallingConfig: merged }),
  };
}

/** OpenAI's tiers → Google's; `auto` is what leaving it out means. */
const SERVICE_TIERS: Readonly<Record<string, string | null>> = {
  auto: null,
  default: "standard",
  flex: "flex",
  priority: "priority",
};

function encodeServiceTier(request: ChatRequest, body: JsonObject, dropped: Dropped): void {
  if (request.serviceTier === undefined) return;
  const tier = SERVICE_TIERS[request.serviceTier];
  if (tier === undefined) dropped.add("service_tier");
  else if (tier !== null) body.serviceTier = tier;
}
