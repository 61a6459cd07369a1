import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";
import { SSE_DONE } from "../../wire/sse.ts";
import type { MockAnswer, MockCall } from "./answer.ts";
import { openaiError } from "./openai_error.ts";
import { logprobsOf } from "./openai_logprobs.ts";
import {
  Conversation,
  type MockPrompt,
  type MockTool,
  numberOr,
  stringOr,
  strings,
  unfit,
} from "./prompt.ts";
import { tokensOf } from "./text.ts";
import { type MockEvent, mockEvent, type MockEventKind, type MockRequest, type MockWire } from "./wire.ts";

const FINGERPRINT = "fp_mock000000";

/** `POST /v1/chat/completions` as OpenAI answers it. */
export const openaiChat: MockWire = {
  format: "openai_chat",
  idPrefix: "chatcmpl-",
  requestIdHeader: "x-request-id",
  read,
  whole,
  stream,
  error: openaiError,
  errorEvents: () => {
    const error = {
      status: 500,
      message: "The server had an error while processing your request.",
      param: null,
      code: null,
    };
    return mockEvent("content", openaiError(error)).text;
  },
};

function read(body: JsonObject): MockPrompt {
  const { messages, tools, tool_choice: choice, response_format: format } = body;
  if (!Array.isArray(messages)) throw unfit(body, "messages", "an array of objects");
  const conversation = new Conversation();
  for (const message of messages) {
    if (!isObject(message)) continue;
    if (message["role"] === "tool") conversation.toolResult(message["content"]);
    else conversation.message(stringOr(message["role"], ""), message["content"]);
  }
  const toolName = isObject(choice) ? nameOf(choice) : "";
  return {
    conversation,
    tools: Array.isArray(tools) ? tools.filter(isObject).map(toolOf) : [],
    toolMode: toolName !== "" ? "named" : choice === "none" || choice === "required" ? choice : "auto",
    toolName,
    parallelTools: body["parallel_tool_calls"] !== false,
    maxTokens: numberOr(body["max_completion_tokens"], numberOr(body["max_tokens"], Infinity)),
    stop: strings(body["stop"]),
    schema: isObject(format) ? schemaOf(format) : null,
    effort: stringOr(body["reasoning_effort"], ""),
    choices: numberOr(body["n"], 1),
    topLogprobs: body["logprobs"] === true ? numberOr(body["top_logprobs"], 0) : -1,
  };
}

function schemaOf(format: JsonObject): MockPrompt["schema"] {
  if (format["type"] === "json_object") return true;
  const described = format["json_schema"];
  return format["type"] === "json_schema" && isObject(described) && isObject(described["schema"])
    ? described["schema"]
    : null;
}

function nameOf(choice: JsonObject): string {
  const named = choice["function"] ?? choice["custom"];
  return isObject(named) ? stringOr(named["name"], "") : "";
}

function toolOf(tool: JsonObject): MockTool {
  const custom = tool["type"] === "custom";
  const described = tool[custom ? "custom" : "function"];
  const parameters = isObject(described) ? described["parameters"] : undefined;
  return { name: nameOf(tool), parameters, custom };
}

function whole(request: MockRequest): JsonObject {
  return {
    id: request.id,
    object: "chat.completion",
    created: request.created,
    model: request.model,
    choices: request.answers.map((answer, index) => ({
      index,
      message: messageOf(answer, request),
      logprobs: logprobs(answer.tokens, answer, request) ?? null,
      finish_reason: finishOf(answer),
    })),
    usage: usageOf(request),
    service_tier: "default",
    system_fingerprint: FINGERPRINT,
  };
}

function messageOf(answer: MockAnswer, request: MockRequest): JsonObject {
  const text = answer.tokens.join("");
  const message: JsonObject = {
    role: "assistant",
    content: answer.refusal || answer.calls.length > 0 ? null : text,
    refusal: answer.refusal ? text : null,
    annotations: [],
  };
  if (answer.calls.length > 0) {
    message["tool_calls"] = answer.calls.map((call) => callOf(request.newId("call_"), call, call.arguments));
  }
  return message;
}

function callOf(id: string, call: MockCall, text: string): JsonObject {
  return call.custom
    ? { id, type: "custom", custom: { name: call.name, input: text } }
    : { id, type: "function", function: { name: call.name, arguments: text } };
}

function finishOf(answer: MockAnswer): string {
  return answer.finish === "refusal" ? "stop" : answer.finish;
}

function logprobs(
  tokens: readonly string[],
  answer: MockAnswer,
  request: MockRequest,
): JsonObject | undefined {
  const top = request.prompt.topLogprobs;
  if (top < 0 || answer.calls.length > 0) return undefined;
  const listed = logprobsOf(tokens, top);
  return answer.refusal ? { content: null, refusal: listed } : { content: listed, refusal: null };
}

function usageOf(request: MockRequest): JsonObject {
  const output = request.answers.reduce((sum, answer) => sum + answer.outputTokens, 0);
  return {
    prompt_tokens: request.inputTokens,
    completion_tokens: output,
    total_tokens: request.inputTokens + output,
    prompt_tokens_details: { cached_tokens: request.cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: request.answers.reduce((sum, answer) => sum + answer.reasoningTokens, 0),
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function stream(request: MockRequest): MockEvent[] {
  const options = request.body["stream_options"];
  const chunks = new Chunks(request, isObject(options) && options["include_usage"] === true);
  const queues = request.answers.map((answer) => contentOf(answer, request));
  for (const [index, answer] of request.answers.entries()) {
    const content = answer.calls.length > 0 ? null : "";
    chunks.delta("prelude", index, { role: "assistant", content, refusal: null });
  }
  // Choices take turns, as a true provider's do.
  const longest = Math.max(...queues.map((queue) => queue.length));
  for (let i = 0; i < longest; i++) {
    for (const [index, queue] of queues.entries()) {
      const step = queue[i];
      if (step !== undefined) chunks.delta("content", index, step.delta, step.logprobs ?? null);
    }
  }
  for (const [index, answer] of request.answers.entries()) {
    chunks.delta("closing", index, {}, null, finishOf(answer));
  }
  chunks.usage();
  chunks.events.push({ kind: "terminal", text: SSE_DONE });
  return chunks.events;
}

interface Step {
  readonly delta: JsonObject;
  readonly logprobs?: JsonObject | undefined;
}

/** The content deltas of one choice. */
function contentOf(answer: MockAnswer, request: MockRequest): Step[] {
  const field = answer.refusal ? "refusal" : "content";
  const steps: Step[] = answer.tokens.map((token) => ({
    delta: { [field]: token },
    logprobs: logprobs([token], answer, request),
  }));
  for (const [index, call] of answer.calls.entries()) {
    steps.push({ delta: { tool_calls: [{ index, ...callOf(request.newId("call_"), call, "") }] } });
    for (const piece of tokensOf(call.arguments)) {
      const part = call.custom ? { custom: { input: piece } } : { function: { arguments: piece } };
      steps.push({ delta: { tool_calls: [{ index, ...part }] } });
    }
  }
  return steps;
}

/** The chunks of one stream, which have all but their choices in common. */
class Chunks {
  readonly events: MockEvent[] = [];
  readonly #head: JsonObject;
  readonly #request: MockRequest;
  readonly #withUsage: boolean;

  constructor(request: MockRequest, withUsage: boolean) {
    this.#request = request;
    this.#withUsage = withUsage;
    this.#head = {
      id: request.id,
      object: "chat.completion.chunk",
      created: request.created,
      model: request.model,
      service_tier: "default",
      system_fingerprint: FINGERPRINT,
    };
  }

  delta(
    kind: MockEventKind,
    index: number,
    delta: JsonObject,
    logprobs: JsonValue = null,
    finish: string | null = null,
  ) {
    this.#push(kind, [{ index, delta, logprobs, finish_reason: finish }], null);
  }

  usage(): void {
    if (this.#withUsage) this.#push("closing", [], usageOf(this.#request));
  }

  #push(kind: MockEventKind, choices: JsonValue[], usage: JsonValue): void {
    const chunk: JsonObject = { ...this.#head, choices };
    if (this.#withUsage) chunk["usage"] = usage;
    this.events.push(mockEvent(kind, chunk));
  }
}
