import type { ChatRequest, JsonObject } from "../canonical.ts";
import type { EncodedRequest } from "../codec.ts";
import { Dropped, ownFields } from "../extensions.ts";
import { effortOf } from "../reasoning_effort.ts";
import { Fields, isObject, put, unknownFields } from "../shape.ts";
import { decodeMessages } from "./decode_messages.ts";
import { encodeMessages } from "./encode_messages.ts";
import { decodeReasoning } from "./reasoning_options.ts";
import { decodeResponseFormat, encodeResponseFormat } from "./response_format.ts";
import { decodeTool, decodeToolChoice, encodeTool, encodeToolChoice } from "./tools.ts";

const FORMAT = "openai_chat";

/** Fields that both sides have as a number, a boolean or a string: name on the wire and in the model. */
const NUMBERS = {
  temperature: "temperature",
  top_p: "topP",
  frequency_penalty: "frequencyPenalty",
  presence_penalty: "presencePenalty",
} as const;
const INTEGERS = { seed: "seed", n: "n", top_logprobs: "topLogprobs" } as const;
const BOOLEANS = {
  stream: "stream",
  logprobs: "logprobs",
  store: "store",
  parallel_tool_calls: "parallelToolCalls",
} as const;
const STRINGS = {
  verbosity: "verbosity",
  user: "user",
  safety_identifier: "safetyIdentifier",
  prompt_cache_key: "promptCacheKey",
  service_tier: "serviceTier",
} as const;

function entries<K extends string, V extends string>(table: Readonly<Record<K, V>>): readonly [K, V][] {
  return Object.entries(table) as [K, V][];
}

const NUMBER_FIELDS = entries(NUMBERS);
const INTEGER_FIELDS = entries(INTEGERS);
const BOOLEAN_FIELDS = entries(BOOLEANS);
const STRING_FIELDS = entries(STRINGS);
const SCALAR_FIELDS = [...NUMBER_FIELDS, ...INTEGER_FIELDS, ...BOOLEAN_FIELDS, ...STRING_FIELDS];

const KNOWN = new Set<string>([
  ...SCALAR_FIELDS.map(([wire]) => wire),
  ...["model", "messages", "tools", "tool_choice", "response_format", "reasoning_effort", "stream_options"],
  ...["max_tokens", "max_completion_tokens", "logit_bias", "stop", "metadata"],
]);

/**
 * OpenAI's models that refuse `max_tokens`. All others of OpenAI's and every compatible server take it, and
 * many servers know nothing else.
 */
const NEEDS_MAX_COMPLETION_TOKENS = /(?:^|[/.])(?:o\d|gpt-(?:[5-9]|\d\d)|codex|chatgpt|computer-use)/;

/** https://platform.openai.com/docs/api-reference/chat/create */
export function decodeRequest(body: JsonObject): ChatRequest {
  const fields = new Fields(body, "", "invalid_request");
  const request: ChatRequest = { model: fields.string("model"), messages: decodeMessages(fields) };
  for (const [wire, key] of NUMBER_FIELDS) put(request, key, fields.optionalNumber(wire));
  for (const [wire, key] of INTEGER_FIELDS) put(request, key, fields.optionalInteger(wire));
  for (const [wire, key] of BOOLEAN_FIELDS) put(request, key, fields.optionalBoolean(wire));
  for (const [wire, key] of STRING_FIELDS) put(request, key, fields.optionalString(wire));
  put(request, "tools", fields.optionalItems("tools")?.map(decodeTool));
  put(request, "toolChoice", decodeToolChoice(fields));
  put(request, "responseFormat", decodeResponseFormat(fields));
  put(request, "reasoning", decodeReasoning(fields));
  // vLLM's and others' own; it stays among the extensions, too, for those of this format.
  put(request, "topK", fields.optionalInteger("top_k"));
  const maxTokens = fields.optionalInteger("max_tokens");
  put(request, "maxOutputTokens", fields.optionalInteger("max_completion_tokens") ?? maxTokens);
  put(request, "logitBias", fields.optionalObject("logit_bias"));
  put(request, "stop", fields.oneOrMoreStrings("stop"));
  put(request, "metadata", fields.optionalStringMap("metadata"));
  put(request, "includeUsage", fields.optionalFields("stream_options")?.optionalBoolean("include_usage"));
  const rest = { ...unknownFields(body, KNOWN), ...unknownInside(fields, request) };
  if (Object.keys(rest).length > 0) request.extensions = { format: FORMAT, fields: rest };
  return request;
}

/** What fields that the model knows hold beyond it. */
function unknownInside(fields: Fields, request: ChatRequest): JsonObject {
  const rest: JsonObject = {};
  const options = fields.optionalObject("stream_options");
  const more = options && unknownFields(options, new Set(["include_usage"]));
  if (more !== undefined) rest.stream_options = more;
  const format = fields.optionalObject("response_format");
  if (format !== undefined && request.responseFormat === undefined) rest.response_format = format;
  return rest;
}

export function encodeRequest(request: ChatRequest): EncodedRequest {
  const dropped = new Dropped();
  const body: JsonObject = { model: request.model, messages: encodeMessages(request.messages, dropped) };
  for (const [wire, key] of SCALAR_FIELDS) put(body, wire, request[key]);
  encodeTools(request, body, dropped);
  if (request.responseFormat !== undefined) {
    body.response_format = encodeResponseFormat(request.responseFormat);
  }
  const { stream_options: options, ...own } = ownFields(FORMAT, request.extensions) ?? {};
  const { reasoning } = request;
  if (reasoning !== undefined) {
    // A wish for summaries has no field: providers that show reasoning in chat completions do so unasked.
    put(body, "reasoning_effort", own.thinking === undefined ? effortOf(reasoning) : reasoning.effort);
  }
  if (request.maxOutputTokens !== undefined) {
    const needsNewName = NEEDS_MAX_COMPLETION_TOKENS.test(request.model);
    body[needsNewName ? "max_completion_tokens" : "max_tokens"] = request.maxOutputTokens;
  }
  put(body, "logit_bias", request.logitBias);
  put(body, "stop", request.stop);
  put(body, "metadata", request.metadata);
  if (request.topK !== undefined && own.top_k === undefined) dropped.add("top_k");
  dropped.addForeign(FORMAT, request.extensions);
  Object.assign(body, own);
  // OpenAI refuses the options of a stream that is none.
  if (request.stream === true && (request.includeUsage !== undefined || isObject(options))) {
    const all: JsonObject = isObject(options) ? { ...options } : {};
    put(all, "include_usage", request.includeUsage);
    body.stream_options = all;
  }
  return { body, dropped: dropped.names() };
}

/** Tools, and what only means something beside them: OpenAI refuses a choice among none. */
function encodeTools(request: ChatRequest, body: JsonObject, dropped: Dropped): void {
  const tools: JsonObject[] = [];
  for (const tool of request.tools ?? []) {
    const encoded = encodeTool(tool, dropped);
    if (encoded !== null) tools.push(encoded);
  }
  if (tools.length > 0) {
    body.tools = tools;
    if (request.toolChoice !== undefined) {
      put(body, "tool_choice", encodeToolChoice(request.toolChoice, dropped));
    }
  } else {
    delete body.parallel_tool_calls;
  }
}
