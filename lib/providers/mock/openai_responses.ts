import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";
import { openaiError } from "./openai_error.ts";
import {
  Conversation,
  type MockPrompt,
  MockRefusal,
  type MockTool,
  numberOr,
  stringOr,
  unfit,
} from "./prompt.ts";
import { includes, outputItems, responseObject } from "./openai_response_object.ts";
import { responsesErrorEvents, responsesStream } from "./openai_responses_stream.ts";
import type { MockWire } from "./wire.ts";

/** `POST /v1/responses` as OpenAI answers it. Keeps nothing: a previous response is not found. */
export const openaiResponses: MockWire = {
  format: "openai_responses",
  idPrefix: "resp_",
  requestIdHeader: "x-request-id",
  read,
  whole: (request) => responseObject(request, outputItems(request)),
  stream: responsesStream,
  error: openaiError,
  errorEvents: responsesErrorEvents,
};

function read(body: JsonObject): MockPrompt {
  const { input, tools, tool_choice: choice, previous_response_id: previous } = body;
  if (typeof previous === "string") {
    const message = `Previous response with id '${previous}' not found.`;
    throw new MockRefusal(400, message, "previous_response_id", "previous_response_not_found");
  }
  if (typeof input !== "string" && !Array.isArray(input)) {
    throw unfit(body, "input", "a string or an array of items");
  }
  const conversation = new Conversation();
  if (typeof body["instructions"] === "string") conversation.message("system", body["instructions"]);
  const items: JsonValue[] = typeof input === "string" ? [{ role: "user", content: input }] : input;
  for (const item of items) {
    if (!isObject(item)) continue;
    if (item["type"] === "function_call_output" || item["type"] === "custom_tool_call_output") {
      conversation.toolResult(item["output"]);
    } else if (item["type"] === undefined || item["type"] === "message") {
      conversation.message(stringOr(item["role"], ""), item["content"]);
    }
  }
  const named = isObject(choice) ? stringOr(choice["name"], "") : "";
  const reasoning = body["reasoning"];
  const wantsLogprobs = includes(body, "message.output_text.logprobs");
  return {
    conversation,
    tools: Array.isArray(tools) ? tools.filter(isObject).filter(isCallable).map(toolOf) : [],
    toolMode: named !== "" ? "named" : choice === "none" || choice === "required" ? choice : "auto",
    toolName: named,
    parallelTools: body["parallel_tool_calls"] !== false,
    maxTokens: numberOr(body["max_output_tokens"], Infinity),
    stop: [],
    schema: isObject(body["text"]) ? schemaOf(body["text"]["format"]) : null,
    effort: isObject(reasoning) ? stringOr(reasoning["effort"], "") : "",
    choices: 1,
    topLogprobs: wantsLogprobs ? numberOr(body["top_logprobs"], 0) : -1,
  };
}

function isCallable(tool: JsonObject): boolean {
  return tool["type"] === "function" || tool["type"] === "custom";
}

function toolOf(tool: JsonObject): MockTool {
  return {
    name: stringOr(tool["name"], ""),
    parameters: tool["parameters"],
    custom: tool["type"] === "custom",
  };
}

function schemaOf(format: JsonValue | undefined): MockPrompt["schema"] {
  if (!isObject(format)) return null;
  if (format["type"] === "json_object") return true;
  return format["type"] === "json_schema" && isObject(format["schema"]) ? format["schema"] : null;
}
