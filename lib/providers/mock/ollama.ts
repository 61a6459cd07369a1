import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";
import type { MockAnswer } from "./answer.ts";
import { logprobsOf } from "./openai_logprobs.ts";
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
import type { MockEvent, MockEventKind, MockRequest, MockWire } from "./wire.ts";

/** What Ollama's two APIs have in common in the mock. */
const SHARED = {
  idPrefix: "ollama-",
  requestIdHeader: "x-request-id",
  streamType: "application/x-ndjson",
  streamsByDefault: true,
  error: ({ message }) => ({ error: message }),
  errorEvents: () => line({ error: "an error was encountered while running the model" }),
} as const satisfies Partial<MockWire>;

/** `POST /api/chat` as Ollama answers it. */
export const ollamaChat: MockWire = {
  ...SHARED,
  format: "ollama_chat",
  read: readChat,
  whole: (request) => whole(request, chatWords),
  stream: (request) => stream(request, chatWords),
};

/** `POST /api/generate` as Ollama answers it. */
export const ollamaGenerate: MockWire = {
  ...SHARED,
  format: "ollama_generate",
  read: readGenerate,
  whole: (request) => whole(request, generateWords),
  stream: (request) => stream(request, generateWords),
};

function readChat(body: JsonObject): MockPrompt {
  const { messages, tools } = body;
  if (!Array.isArray(messages)) throw new MockRefusal(400, "messages is required");
  const conversation = new Conversation();
  for (const message of messages) {
    if (!isObject(message)) continue;
    if (typeof message["content"] !== "string" && message["content"] !== undefined) {
      throw new MockRefusal(
        400,
        "json: cannot unmarshal array into Go struct field .messages.content of type string",
      );
    }
    if (message["role"] === "tool") conversation.toolResult(message["content"]);
    else {conversation.message(
        stringOr(message["role"], ""),
        withImages(message["content"], message["images"]),
      );}
    for (const call of Array.isArray(message["tool_calls"]) ? message["tool_calls"] : []) {
      const called = isObject(call) ? call["function"] : undefined;
      if (!isObject(called) || !isObject(called["arguments"])) {
        throw new MockRefusal(400, "Value looks like object, but can't find closing '}' symbol");
      }
    }
  }
  return {
    ...settings(body, conversation),
    tools: Array.isArray(tools) ? tools.filter(isObject).map(toolOf) : [],
  };
}

function readGenerate(body: JsonObject): MockPrompt {
  const conversation = new Conversation();
  if (typeof body["system"] === "string") conversation.message("system", body["system"]);
  conversation.message("user", withImages(body["prompt"] ?? "", body["images"]));
  return settings(body, conversation);
}

function withImages(text: JsonValue | undefined, images: JsonValue | undefined): JsonValue {
  const parts: JsonValue[] = [{ type: "text", text: text ?? "" }];
  for (const _ of strings(images)) parts.push({ type: "image" });
  return parts;
}

function settings(body: JsonObject, conversation: Conversation): MockPrompt {
  const { format, think } = body;
  const options = isObject(body["options"]) ? body["options"] : {};
  return {
    conversation,
    tools: [],
    toolMode: "auto",
    toolName: "",
    parallelTools: true,
    maxTokens: numberOr(options["num_predict"], Infinity),
    stop: strings(options["stop"]),
    schema: format === "json" ? true : isObject(format) ? format : null,
    effort: think === true ? "medium" : stringOr(think, ""),
    choices: 1,
    topLogprobs: body["logprobs"] === true ? numberOr(body["top_logprobs"], 0) : -1,
  };
}

function toolOf(tool: JsonObject): MockTool {
  const described = isObject(tool["function"]) ? tool["function"] : {};
  return { name: stringOr(described["name"], ""), parameters: described["parameters"], custom: false };
}

/** What an answer or a piece of it says; absent where nothing. */
interface Words {
  readonly text?: string;
  readonly thinking?: string;
  readonly calls?: JsonObject[];
}

function chatWords({ text = "", thinking, calls }: Words): JsonObject {
  const message: JsonObject = { role: "assistant", content: text };
  if (thinking !== undefined) message["thinking"] = thinking;
  if (calls !== undefined) message["tool_calls"] = calls;
  return { message };
}

function generateWords({ text = "", thinking }: Words): JsonObject {
  return thinking === undefined ? { response: text } : { response: text, thinking };
}

function whole(request: MockRequest, words: (words: Words) => JsonObject): JsonObject {
  const answer = request.answers[0];
  const calls = callsOf(request);
  return {
    ...head(request),
    ...words({
      text: answer.tokens.join(""),
      ...(answer.reasoning !== "" && { thinking: answer.reasoning }),
      ...(calls.length > 0 && { calls }),
    }),
    ...logprobs(request, answer.tokens),
    ...tail(request, answer),
  };
}

function stream(request: MockRequest, words: (words: Words) => JsonObject): MockEvent[] {
  const answer = request.answers[0];
  const events: MockEvent[] = [];
  const add = (kind: MockEventKind, fields: JsonObject) => {
    events.push({ kind, text: line({ ...head(request), ...fields }) });
  };
  for (const thinking of tokensOf(answer.reasoning)) add("content", { ...words({ thinking }), done: false });
  for (const text of answer.tokens) {
    add("content", { ...words({ text }), ...logprobs(request, [text]), done: false });
  }
  for (const call of callsOf(request)) add("content", { ...words({ calls: [call] }), done: false });
  add("terminal", { ...words({}), ...tail(request, answer) });
  return events;
}

function logprobs(request: MockRequest, tokens: readonly string[]): JsonObject {
  const top = request.prompt.topLogprobs;
  return top < 0 ? {} : { logprobs: logprobsOf(tokens, top) };
}

function callsOf(request: MockRequest): JsonObject[] {
  return request.answers[0].calls.map((call, index) => ({
    id: request.newId("call_"),
    function: { index, name: call.name, arguments: JSON.parse(call.arguments) as JsonValue },
  }));
}

function head(request: MockRequest): JsonObject {
  return { model: request.model, created_at: new Date(request.created * 1000).toISOString() };
}

function tail(request: MockRequest, answer: MockAnswer): JsonObject {
  return {
    done: true,
    done_reason: answer.finish === "length" ? "length" : "stop",
    total_duration: 5_000_000,
    load_duration: 1_000_000,
    prompt_eval_count: request.inputTokens,
    prompt_eval_duration: 1_000_000,
    eval_count: answer.outputTokens,
    eval_duration: 3_000_000,
  };
}

function line(fields: JsonObject): string {
  return `${JSON.stringify(fields)}\n`;
}
