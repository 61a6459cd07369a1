import type { ChatRequest, JsonObject, ReasoningOptions, ResponseFormat } from "../canonical.ts";
import type { EncodedRequest } from "../codec.ts";
import { Dropped, ownFields } from "../extensions.ts";
import { dropInexpressible, type Inexpressible } from "../inexpressible.ts";
import { levelFor } from "../google_generate_content/thinking.ts";
import { Fields, isObject, put, unknownFields } from "../shape.ts";
import { FORMAT } from "./format.ts";
import { decodeInput, encodeInput } from "./input.ts";
import { decodeToolChoice, decodeTools, encodeToolChoice, encodeTools } from "./tools.ts";

/** Fields of `generation_config` that both sides have: name on the wire and in the model. */
const NUMBERS = [["temperature", "temperature"], ["top_p", "topP"]] as const;
const INTEGERS = [["max_output_tokens", "maxOutputTokens"], ["seed", "seed"]] as const;

const KNOWN = new Set([
  ...["model", "input", "system_instruction", "tools", "generation_config", "response_format", "stream"],
  ...["store", "service_tier", "labels", "response_mime_type"],
  // What the gateway itself does.
  ...["previous_interaction_id", "background", "agent"],
]);
const KNOWN_OF_CONFIG = new Set<string>([
  ...NUMBERS.map(([wire]) => wire),
  ...INTEGERS.map(([wire]) => wire),
  ...["stop_sequences", "thinking_level", "thinking_summaries", "tool_choice"],
]);

const JSON_TYPE = "application/json";
/** The schema has no name here, and must have one in OpenAI's formats. */
const SCHEMA_NAME = "output";

/** https://ai.google.dev/api/interactions-api */
export function decodeRequest(body: JsonObject): ChatRequest {
  const fields = new Fields(body, "", "invalid_request");
  const request: ChatRequest = { model: fields.string("model"), messages: decodeInput(fields) };
  put(request, "tools", decodeTools(fields));
  const config = fields.optionalFields("generation_config");
  const rest: JsonObject = { ...unknownFields(body, KNOWN) };
  if (config !== undefined) {
    for (const [wire, key] of NUMBERS) put(request, key, config.optionalNumber(wire));
    for (const [wire, key] of INTEGERS) put(request, key, config.optionalInteger(wire));
    put(request, "stop", config.optionalStrings("stop_sequences"));
    put(request, "toolChoice", decodeToolChoice(config));
    put(request, "reasoning", decodeThinking(config));
    put(rest, "generation_config", unknownFields(config.object, KNOWN_OF_CONFIG));
  }
  decodeFormat(fields, request, rest);
  put(request, "stream", fields.optionalBoolean("stream"));
  put(request, "store", fields.optionalBoolean("store"));
  put(request, "metadata", fields.optionalStringMap("labels"));
  const tier = fields.optionalString("service_tier");
  if (tier !== undefined) request.serviceTier = tier === "standard" ? "default" : tier;
  if (Object.keys(rest).length > 0) request.extensions = { format: FORMAT, fields: rest };
  return request;
}

function decodeThinking(config: Fields): ReasoningOptions | undefined {
  const level = config.optionalString("thinking_level");
  const summaries = config.optionalString("thinking_summaries");
  if (level === undefined && summaries === undefined) return undefined;
  const options: ReasoningOptions = { extensions: { format: FORMAT, fields: {} } };
  put(options, "effort", level);
  if (summaries === "auto") options.summary = "auto";
  const own = options.extensions?.fields ?? {};
  put(own, "thinking_level", level);
  put(own, "thinking_summaries", summaries);
  return options;
}

/** `response_format`: one or several, of which the model has room for one text; before it had types, a schema. */
function decodeFormat(fields: Fields, request: ChatRequest, rest: JsonObject): void {
  const given = fields.raw("response_format");
  const mediaType = fields.optionalString("response_mime_type");
  const format = isObject(given) ? textFormat(given, mediaType) : undefined;
  if (format !== undefined) {
    request.responseFormat = format;
  } else if (given !== undefined && given !== null) {
    rest.response_format = given;
    const text = Array.isArray(given)
      ? given.filter(isObject).find(({ type }) => type === "text")
      : undefined;
    put(request, "responseFormat", text && textFormat(text, undefined));
  } else if (mediaType === JSON_TYPE) {
    request.responseFormat = { type: "json_object" };
  } else if (mediaType !== undefined) {
    rest.response_mime_type = mediaType;
  }
}

function textFormat(format: JsonObject, mediaType: string | undefined): ResponseFormat | undefined {
  if (format.type === "text") {
    if (isObject(format.schema)) return jsonSchema(format.schema);
    return { type: format.mime_type === JSON_TYPE ? "json_object" : "text" };
  }
  return mediaType === JSON_TYPE ? jsonSchema(format) : undefined;
}

function jsonSchema(schema: JsonObject): ResponseFormat {
  return { type: "json_schema", name: SCHEMA_NAME, schema };
}

/**
 * A request that does not say `store` is not to be stored: here leaving it out would mean the contrary, and the
 * gateway keeps what there is to keep.
 */
export function encodeRequest(request: ChatRequest): EncodedRequest {
  const dropped = new Dropped();
  const { instruction, input } = encodeInput(request, dropped);
  const body: JsonObject = { model: request.model, input };
  put(body, "system_instruction", instruction);
  put(body, "tools", encodeTools(request, dropped));
  const { generation_config: ownConfig, ...own } = ownFields(FORMAT, request.extensions) ?? {};
  const config = encodeConfig(request, dropped);
  if (isObject(ownConfig)) Object.assign(config, ownConfig);
  if (Object.keys(config).length > 0) body.generation_config = config;
  const format = request.responseFormat;
  if (format?.type === "json_object") body.response_format = { type: "text", mime_type: JSON_TYPE };
  if (format?.type === "json_schema") {
    body.response_format = { type: "text", mime_type: JSON_TYPE, schema: format.schema };
  }
  put(body, "stream", request.stream);
  body.store = request.store === true;
  if (Object.keys(request.metadata ?? {}).length > 0) put(body, "labels", request.metadata);
  encodeServiceTier(request, body, dropped);
  dropInexpressible(request, INEXPRESSIBLE, dropped);
  dropped.addForeign(FORMAT, request.extensions);
  return { body: Object.assign(body, own), dropped: dropped.names() };
}

/** What the API has no field for. */
const INEXPRESSIBLE: Inexpressible = [
  "top_k",
  "frequency_penalty",
  "presence_penalty",
  "logit_bias",
  "n",
  "logprobs",
  "verbosity",
  "user",
  "safety_identifier",
  "prompt_cache_key",
];

function encodeConfig(request: ChatRequest, dropped: Dropped): JsonObject {
  const config: JsonObject = {};
  for (const [wire, key] of NUMBERS) put(config, wire, request[key]);
  for (const [wire, key] of INTEGERS) put(config, wire, request[key]);
  if (request.stop !== undefined && request.stop.length > 0) config.stop_sequences = request.stop;
  const functions = (request.tools ?? []).some(({ type }) => type !== "opaque");
  if (functions || request.toolChoice?.type === "opaque") {
    put(config, "tool_choice", encodeToolChoice(request.toolChoice, dropped));
  }
  return Object.assign(config, encodeThinking(request));
}

/** `thinking_level` and whether thoughts are told. */
function encodeThinking({ model, reasoning }: ChatRequest): JsonObject {
  if (reasoning === undefined) return {};
  const own = ownFields(FORMAT, reasoning.extensions);
  if (own !== undefined) return own;
  const { effort, budgetTokens, adaptive } = reasoning;
  const off = effort === "none" || (effort === undefined && budgetTokens === 0);
  if (effort === undefined && budgetTokens === undefined) {
    return adaptive === true ? { thinking_summaries: "auto" } : {};
  }
  const level = { thinking_level: levelFor(model, off ? "minimal" : effort, budgetTokens ?? 0) };
  return off ? level : { ...level, thinking_summaries: "auto" };
}

/** OpenAI's tiers → Google's; `auto` is what leaving it out means. */
const SERVICE_TIERS: Readonly<Record<string, string | null>> = {
  auto: null,
  default: "standard",
  flex: "flex",
  priority: "priority",
  deferred: "deferred",
};

function encodeServiceTier(request: ChatRequest, body: JsonObject, dropped: Dropped): void {
  if (request.serviceTier === undefined) return;
  const tier = SERVICE_TIERS[request.serviceTier];
  if (tier === undefined) dropped.add("service_tier");
  else if (tier !== null) body.service_tier = tier;
}
