import type { ChatRequest, FunctionTool, JsonObject, ReasoningOptions, Tool } from "../canonical.ts";
import type { EncodedRequest } from "../codec.ts";
import { customToolAsFunction } from "../custom_tools.ts";
import { Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { dropInexpressible, type Inexpressible } from "../inexpressible.ts";
import { Fields, put, unknownFields } from "../shape.ts";
import { decodeMessages, encodeMessages } from "./messages.ts";

const FORMAT = "cohere_chat";
const KNOWN = new Set([
  ...["model", "messages", "tools", "tool_choice", "response_format", "thinking", "max_tokens"],
  ...["stop_sequences", "temperature", "p", "k", "seed", "frequency_penalty", "presence_penalty"],
  ...["logprobs", "stream", "strict_tools"],
]);
const KNOWN_OF_TOOL = new Set(["type", "function"]);
/** The schema has no name here, and must have one in OpenAI's formats. */
const SCHEMA_NAME = "output";

/** https://docs.cohere.com/reference/chat */
export function decodeRequest(body: JsonObject): ChatRequest {
  const fields = new Fields(body, "", "invalid_request");
  const request: ChatRequest = { model: fields.string("model"), messages: decodeMessages(fields) };
  const strict = fields.optionalBoolean("strict_tools");
  put(request, "tools", fields.optionalItems("tools")?.map((tool) => decodeTool(tool, strict)));
  const choice = fields.has("tool_choice") ? fields.oneOf("tool_choice", ["REQUIRED", "NONE"]) : undefined;
  if (choice !== undefined) request.toolChoice = { type: choice === "REQUIRED" ? "required" : "none" };
  decodeFormat(fields, request);
  put(request, "reasoning", decodeThinking(fields));
  put(request, "maxOutputTokens", fields.optionalInteger("max_tokens"));
  put(request, "stop", fields.optionalStrings("stop_sequences"));
  put(request, "temperature", fields.optionalNumber("temperature"));
  put(request, "topP", fields.optionalNumber("p"));
  put(request, "topK", fields.optionalInteger("k"));
  put(request, "seed", fields.optionalInteger("seed"));
  put(request, "frequencyPenalty", fields.optionalNumber("frequency_penalty"));
  put(request, "presencePenalty", fields.optionalNumber("presence_penalty"));
  put(request, "logprobs", fields.optionalBoolean("logprobs"));
  put(request, "stream", fields.optionalBoolean("stream"));
  const rest = unknownFields(body, KNOWN);
  if (rest !== undefined) request.extensions = { format: FORMAT, fields: rest };
  return request;
}

function decodeTool(tool: Fields, strict: boolean | undefined): FunctionTool {
  const described = tool.fields("function");
  const decoded: FunctionTool = { type: "function", name: described.string("name") };
  put(decoded, "description", described.optionalString("description"));
  put(decoded, "parameters", described.optionalObject("parameters"));
  if (strict === true) decoded.strict = true;
  const rest = unknownFields(tool.object, KNOWN_OF_TOOL);
  if (rest !== undefined) decoded.extensions = { format: FORMAT, fields: rest };
  return decoded;
}

function decodeFormat(fields: Fields, request: ChatRequest): void {
  const format = fields.optionalFields("response_format");
  if (format === undefined) return;
  const type = format.oneOf("type", ["text", "json_object"]);
  const schema = format.optionalObject("json_schema") ?? format.optionalObject("schema");
  request.responseFormat = type === "json_object" && schema !== undefined
    ? { type: "json_schema", name: SCHEMA_NAME, schema, strict: true }
    : { type };
}

function decodeThinking(fields: Fields): ReasoningOptions | undefined {
  const thinking = fields.optionalFields("thinking");
  if (thinking === undefined) return undefined;
  if (thinking.oneOf("type", ["enabled", "disabled"]) === "disabled") return { effort: "none" };
  const budgetTokens = thinking.optionalInteger("token_budget");
  return budgetTokens === undefined ? { effort: "medium" } : { budgetTokens };
}

export function encodeRequest(request: ChatRequest): EncodedRequest {
  const dropped = new Dropped();
  const body: JsonObject = { model: request.model, messages: encodeMessages(request.messages, dropped) };
  encodeTools(request, body, dropped);
  encodeFormat(request, body);
  put(body, "thinking", encodeThinking(request.reasoning));
  put(body, "max_tokens", request.maxOutputTokens);
  put(body, "stop_sequences", request.stop);
  if (request.temperature !== undefined) {
    // Its temperatures end at 1.
    body.temperature = Math.min(request.temperature, 1);
    if (request.temperature > 1) dropped.add("temperature");
  }
  put(body, "p", request.topP);
  put(body, "k", request.topK);
  put(body, "seed", request.seed);
  put(body, "frequency_penalty", request.frequencyPenalty);
  put(body, "presence_penalty", request.presencePenalty);
  put(body, "logprobs", request.logprobs);
  put(body, "stream", request.stream);
  dropInexpressible(request, INEXPRESSIBLE, dropped);
  dropped.addForeign(FORMAT, request.extensions);
  return { body: Object.assign(body, ownFields(FORMAT, request.extensions)), dropped: dropped.names() };
}

/** What the API has no field for. */
const INEXPRESSIBLE: Inexpressible = [
  "n",
  "top_logprobs",
  "logit_bias",
  ["parallel_tool_calls", (request) => request.parallelToolCalls === false],
  "verbosity",
  "store",
  "metadata",
  "user",
  "safety_identifier",
  "prompt_cache_key",
  "service_tier",
];

function encodeTools(request: ChatRequest, body: JsonObject, dropped: Dropped): void {
  const tools = (request.tools ?? []).flatMap((tool) => encodeTool(tool, dropped));
  if (tools.length === 0) return;
  body.tools = tools;
  if (request.tools?.some((tool) => tool.type === "function" && tool.strict === true)) {
    body.strict_tools = true;
  }
  const { toolChoice: choice } = request;
  if (choice === undefined || choice.type === "auto") return;
  body.tool_choice = choice.type === "none" ? "NONE" : "REQUIRED";
  // Which one it has to be cannot be said, unless there is but one.
  if (choice.type === "opaque" || (choice.type === "tool" && tools.length > 1)) dropped.add("tool_choice");
}

function encodeTool(tool: Tool, dropped: Dropped): JsonObject[] {
  if (tool.type === "custom") return encodeTool(customToolAsFunction(tool), dropped);
  if (tool.type === "opaque") {
    dropped.add(`tools.${nameOfOpaque(tool.value)}`);
    return [];
  }
  dropped.addForeign(FORMAT, tool.extensions, "tools.");
  if (tool.cacheControl !== undefined) dropped.add("cache_control");
  const described: JsonObject = { name: tool.name };
  put(described, "description", tool.description);
  described.parameters = tool.parameters ?? { type: "object", properties: {} };
  return [{ type: "function", function: described, ...ownFields(FORMAT, tool.extensions) }];
}

function encodeFormat({ responseFormat: format }: ChatRequest, body: JsonObject): void {
  if (format === undefined) return;
  body.response_format = format.type === "json_schema"
    ? { type: "json_object", json_schema: format.schema }
    : { type: format.type };
}

function encodeThinking(reasoning: ReasoningOptions | undefined): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  const { effort, budgetTokens, adaptive } = reasoning;
  if (effort === "none" || budgetTokens === 0) return { type: "disabled" };
  if (budgetTokens !== undefined) return { type: "enabled", token_budget: budgetTokens };
  return effort === undefined && adaptive !== true ? undefined : { type: "enabled" };
}
