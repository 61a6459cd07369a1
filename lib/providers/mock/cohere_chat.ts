import type { JsonObject } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";
import type { MockAnswer } from "./answer.ts";
import { Conversation, type MockPrompt, MockRefusal, numberOr, stringOr, strings } from "./prompt.ts";
import { tokensOf } from "./text.ts";
import { type MockEvent, mockEvent, type MockEventKind, type MockRequest, type MockWire } from "./wire.ts";

/** `POST /v2/chat` as Cohere answers it. */
export const cohereChat: MockWire = {
  format: "cohere_chat",
  idPrefix: "",
  requestIdHeader: "x-request-id",
  read,
  whole,
  stream,
  error: ({ message }) => ({ message }),
  errorEvents: () =>
    event("content", "message-end", { delta: { finish_reason: "ERROR", error: "internal server error" } })
      .text,
};

const REASONS: Readonly<Record<MockAnswer["finish"], string>> = {
  stop: "COMPLETE",
  length: "MAX_TOKENS",
  tool_calls: "TOOL_CALL",
  content_filter: "COMPLETE",
  refusal: "COMPLETE",
};

function read(body: JsonObject): MockPrompt {
  const { messages, tools, response_format: format, thinking } = body;
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new MockRefusal(400, "invalid request: messages must be at least 1 element");
  }
  const conversation = new Conversation();
  for (const message of messages) {
    if (!isObject(message)) continue;
    const { role, content } = message;
    if (!["system", "user", "assistant", "tool"].includes(String(role))) {
      throw new MockRefusal(400, `invalid role in message: ${role}`);
    }
    if (role === "tool") conversation.toolResult(content);
    else conversation.message(String(role), content);
  }
  const choice = stringOr(body["tool_choice"], "AUTO");
  if (!["AUTO", "REQUIRED", "NONE"].includes(choice)) throw new MockRefusal(400, "invalid tool_choice");
  return {
    conversation,
    tools: Array.isArray(tools)
      ? tools.filter(isObject).map((tool) => {
        const described = isObject(tool["function"]) ? tool["function"] : {};
        return { name: stringOr(described["name"], ""), parameters: described["parameters"], custom: false };
      })
      : [],
    toolMode: choice === "REQUIRED" ? "required" : choice === "NONE" ? "none" : "auto",
    toolName: "",
    parallelTools: true,
    maxTokens: numberOr(body["max_tokens"], Infinity),
    stop: strings(body["stop_sequences"]),
    schema: isObject(format) && format["type"] === "json_object"
      ? isObject(format["json_schema"]) ? format["json_schema"] : true
      : null,
    effort: isObject(thinking) && thinking["type"] === "enabled" ? "medium" : "",
    choices: 1,
    topLogprobs: -1,
  };
}

function whole(request: MockRequest): JsonObject {
  const [answer] = request.answers;
  const content: JsonObject[] = [];
  if (answer.reasoning !== "") content.push({ type: "thinking", thinking: answer.reasoning });
  if (answer.tokens.length > 0) content.push({ type: "text", text: answer.tokens.join("") });
  const message: JsonObject = { role: "assistant" };
  if (content.length > 0) message["content"] = content;
  if (answer.calls.length > 0) {
    message["tool_calls"] = answer.calls.map(({ name, arguments: text }) => call(request, name, text));
  }
  return { id: request.id, message, ...end(request, answer) };
}

function stream(request: MockRequest): MockEvent[] {
  const [answer] = request.answers;
  const message = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };
  const events = [event("prelude", "message-start", { id: request.id, delta: { message } })];
  let index = 0;
  const block = (kind: "thinking" | "text", tokens: readonly string[]) => {
    if (tokens.length === 0) return;
    const content = (value: JsonObject) => ({ index, delta: { message: { content: value } } });
    events.push(event("prelude", "content-start", content({ type: kind, [kind]: "" })));
    for (const token of tokens) events.push(event("content", "content-delta", content({ [kind]: token })));
    events.push(event("closing", "content-end", { index }));
    index++;
  };
  block("thinking", tokensOf(answer.reasoning));
  block("text", answer.tokens);
  answer.calls.forEach(({ name, arguments: text }, at) => {
    const calls = (value: JsonObject) => ({ index: at, delta: { message: { tool_calls: value } } });
    events.push(event("content", "tool-call-start", calls(call(request, name, ""))));
    for (const piece of tokensOf(text)) {
      events.push(event("content", "tool-call-delta", calls({ function: { arguments: piece } })));
    }
    events.push(event("closing", "tool-call-end", { index: at }));
  });
  return [...events, event("terminal", "message-end", { delta: end(request, answer) })];
}

function call(request: MockRequest, name: string, text: string): JsonObject {
  return { id: request.newId(`${name}_`), type: "function", function: { name, arguments: text } };
}

function end(request: MockRequest, answer: MockAnswer): JsonObject {
  const tokens = { input_tokens: request.inputTokens, output_tokens: answer.outputTokens };
  return {
    finish_reason: REASONS[answer.finish],
    usage: { billed_units: tokens, tokens, cached_tokens: request.cachedTokens },
  };
}

function event(kind: MockEventKind, type: string, fields: JsonObject): MockEvent {
  return mockEvent(kind, { type, ...fields }, type);
}
