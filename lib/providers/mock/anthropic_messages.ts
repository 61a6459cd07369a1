import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";
import type { MockAnswer } from "./answer.ts";
import {
  Conversation,
  type MockPrompt,
  MockRefusal,
  type MockTool,
  numberOr,
  stringOr,
  strings,
} from "./prompt.ts";
import { tokensOf } from "./text.ts";
import {
  type MockError,
  type MockEvent,
  mockEvent,
  type MockEventKind,
  type MockRequest,
  type MockWire,
} from "./wire.ts";

/** `POST /v1/messages` as Anthropic answers it. */
export const anthropicMessages: MockWire = {
  format: "anthropic_messages",
  idPrefix: "msg_01",
  requestIdHeader: "request-id",
  read,
  whole,
  stream,
  error: anthropicError,
  errorEvents: () => mockEvent("content", OVERLOADED, "error").text,
};

const OVERLOADED: JsonObject = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };

/** `error.details.error_code` where there are no threads. */
const NO_THREADS = "thread_unsupported_request";

const ERROR_TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};

function anthropicError(error: MockError): JsonObject {
  const otherwise = error.status >= 500 ? "api_error" : "invalid_request_error";
  return {
    type: "error",
    error: {
      type: ERROR_TYPES[error.status] ?? otherwise,
      message: error.message,
      ...(error.code === NO_THREADS && { details: { error_code: error.code, unsupported: [error.param] } }),
    },
  };
}

function read(body: JsonObject): MockPrompt {
  const { messages, tools, tool_choice: choice, output_config: output } = body;
  if (!Array.isArray(messages)) throw new MockRefusal(400, "messages: Field required");
  if (typeof body["max_tokens"] !== "number") throw new MockRefusal(400, "max_tokens: Field required");
  // It keeps no conversations; SDKs then send them whole.
  if ((body["thread"] ?? null) !== null) {
    throw new MockRefusal(400, "thread: not supported", "thread", NO_THREADS);
  }
  const conversation = new Conversation();
  if (body["system"] !== undefined) conversation.message("system", body["system"]);
  for (const message of messages) if (isObject(message)) hear(conversation, message);
  const mode = isObject(choice) ? choice["type"] : "auto";
  const format = isObject(output) ? output["format"] : body["output_format"];
  return {
    conversation,
    tools: Array.isArray(tools) ? tools.filter(isObject).filter(isCallable).map(toolOf) : [],
    toolMode: mode === "any" ? "required" : mode === "tool" ? "named" : mode === "none" ? "none" : "auto",
    toolName: isObject(choice) ? stringOr(choice["name"], "") : "",
    parallelTools: !isObject(choice) || choice["disable_parallel_tool_use"] !== true,
    maxTokens: numberOr(body["max_tokens"], Infinity),
    stop: strings(body["stop_sequences"]),
    schema: isObject(format) && isObject(format["schema"]) ? format["schema"] : null,
    effort: effortOf(body["thinking"], isObject(output) ? output["effort"] : undefined),
    choices: 1,
    topLogprobs: -1,
  };
}

/** A user's message may bring tool results, with or without more to say. */
function hear(conversation: Conversation, message: JsonObject): void {
  const content: JsonValue[] = Array.isArray(message["content"]) ? message["content"] : [];
  const results = content.filter(isObject).filter((block) => block["type"] === "tool_result");
  if (results.length === 0) conversation.message(stringOr(message["role"], ""), message["content"]);
  for (const result of results) conversation.toolResult(result["content"]);
}

function effortOf(thinking: JsonValue | undefined, effort: JsonValue | undefined): string {
  if (!isObject(thinking) || thinking["type"] === "disabled") return "";
  return stringOr(effort, "medium");
}

/** Tools of the client's own; those of Anthropic have another type. */
function isCallable(tool: JsonObject): boolean {
  return tool["type"] === undefined || tool["type"] === "custom";
}

function toolOf(tool: JsonObject): MockTool {
  return { name: stringOr(tool["name"], ""), parameters: tool["input_schema"], custom: false };
}

function whole(request: MockRequest): JsonObject {
  const answer = request.answers[0];
  return {
    model: request.model,
    id: request.id,
    type: "message",
    role: "assistant",
    content: blocksOf(request),
    ...stopOf(answer),
    usage: usageOf(request, answer.outputTokens),
  };
}

function blocksOf(request: MockRequest): JsonObject[] {
  const answer = request.answers[0];
  const blocks: JsonObject[] = [];
  if (answer.reasoning !== "") {
    // A true signature cannot be made up; this one at least belongs to its text.
    const signature = btoa(encodeURIComponent(`mock:${answer.reasoning}`));
    blocks.push({ type: "thinking", thinking: answer.reasoning, signature });
  }
  if (answer.tokens.length > 0 && !answer.refusal) {
    blocks.push({ type: "text", text: answer.tokens.join("") });
  }
  for (const call of answer.calls) {
    const input = JSON.parse(call.arguments) as JsonValue;
    blocks.push({ type: "tool_use", id: request.newId("toolu_01"), name: call.name, input });
  }
  return blocks;
}

const STOP_REASONS: Readonly<Record<MockAnswer["finish"], string>> = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "refusal",
  refusal: "refusal",
};

function stopOf(answer: MockAnswer): JsonObject {
  if (answer.stopSequence !== null) {
    return { stop_reason: "stop_sequence", stop_sequence: answer.stopSequence };
  }
  return { stop_reason: STOP_REASONS[answer.finish], stop_sequence: null };
}

function usageOf(request: MockRequest, output: number): JsonObject {
  return {
    // Anthropic counts what was cached apart.
    input_tokens: request.inputTokens - request.cachedTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: request.cachedTokens,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
    service_tier: "standard",
  };
}

function stream(request: MockRequest): MockEvent[] {
  const answer = request.answers[0];
  const events: MockEvent[] = [];
  const add = (kind: MockEventKind, event: { type: string } & JsonObject) => {
    events.push(mockEvent(kind, event, event.type));
  };
  add("prelude", {
    type: "message_start",
    message: {
      model: request.model,
      id: request.id,
      type: "message",
      role: "assistant",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: usageOf(request, 1),
    },
  });
  for (const [index, block] of blocksOf(request).entries()) {
    add("prelude", { type: "content_block_start", index, content_block: begun(block) });
    if (index === 0) add("prelude", { type: "ping" });
    for (const delta of deltasOf(block, answer)) {
      add("content", { type: "content_block_delta", index, delta });
    }
    add("closing", { type: "content_block_stop", index });
  }
  const { cache_creation: _of, service_tier: _tier, ...usage } = usageOf(request, answer.outputTokens);
  add("closing", { type: "message_delta", delta: stopOf(answer), usage });
  add("terminal", { type: "message_stop" });
  return events;
}

/** A block as it looks when it starts. */
function begun(block: JsonObject): JsonObject {
  switch (block["type"]) {
    case "thinking":
      return { ...block, thinking: "", signature: "" };
    case "tool_use":
      return { ...block, input: {} };
    default:
      return { ...block, text: "" };
  }
}

function deltasOf(block: JsonObject, answer: MockAnswer): JsonObject[] {
  switch (block["type"]) {
    case "thinking":
      return [
        ...tokensOf(answer.reasoning).map((thinking) => ({ type: "thinking_delta", thinking })),
        { type: "signature_delta", signature: block["signature"] ?? "" },
      ];
    case "tool_use":
      // The first piece is empty, as the true one is.
      return ["", ...tokensOf(JSON.stringify(block["input"]))].map((piece) => ({
        type: "input_json_delta",
        partial_json: piece,
      }));
    default:
      return answer.tokens.map((text) => ({ type: "text_delta", text }));
  }
}
