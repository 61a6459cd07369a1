import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";
import { encodeSse } from "../../wire/sse.ts";
import type { MockAnswer } from "./answer.ts";
import { googleError } from "./google_error.ts";
import {
  Conversation,
  type MockPrompt,
  MockRefusal,
  type MockTool,
  numberOr,
  stringOr,
  strings,
  unfit,
} from "./prompt.ts";
import { tokensOf } from "./text.ts";
import { type MockEvent, mockEvent, type MockEventKind, type MockRequest, type MockWire } from "./wire.ts";

/** `POST /v1beta/interactions` as Google answers it. Keeps nothing: a previous interaction is not found. */
export const googleInteractions: MockWire = {
  format: "google_interactions",
  idPrefix: "v1_",
  requestIdHeader: "x-request-id",
  read,
  whole: (request) => ({ ...interaction(request), ...ending(request), steps: stepsOf(request) }),
  stream,
  error: googleError,
  errorEvents,
};

const DONE = encodeSse("[DONE]", "done");

function errorEvents(): string {
  const error = { code: "unavailable", message: "The model is overloaded. Please try again later." };
  return mockEvent("content", { error, event_type: "error" }, "error").text;
}

function read(body: JsonObject): MockPrompt {
  const { input, tools, previous_interaction_id: previous } = body;
  if (typeof previous === "string") throw new MockRefusal(404, "The previous interaction was not found.");
  if (typeof input !== "string" && !Array.isArray(input) && !isObject(input)) {
    throw unfit(body, "input", "a string, an object or an array");
  }
  const conversation = new Conversation();
  if (typeof body["system_instruction"] === "string") {
    conversation.message("system", body["system_instruction"]);
  }
  if (typeof input === "string") conversation.message("user", input);
  else {for (const item of Array.isArray(input) ? input : [input]) {
      if (isObject(item)) hear(conversation, item);
    }}
  const config = isObject(body["generation_config"]) ? body["generation_config"] : {};
  const choice = config["tool_choice"];
  const allowed = isObject(choice) && isObject(choice["allowed_tools"]) ? choice["allowed_tools"] : {};
  const [named] = strings(allowed["tools"]);
  return {
    conversation,
    tools: Array.isArray(tools) ? tools.filter(isObject).flatMap(toolOf) : [],
    toolMode: named !== undefined
      ? "named"
      : choice === "none"
      ? "none"
      : choice === "any"
      ? "required"
      : "auto",
    toolName: named ?? "",
    parallelTools: true,
    maxTokens: numberOr(config["max_output_tokens"], Infinity),
    stop: strings(config["stop_sequences"]),
    schema: schemaOf(body["response_format"]),
    effort: stringOr(config["thinking_level"], ""),
    choices: 1,
    topLogprobs: -1,
  };
}

/** A step or a content. */
function hear(conversation: Conversation, item: JsonObject): void {
  switch (item["type"]) {
    case "function_result": {
      const { result } = item;
      conversation.toolResult(isObject(result) ? JSON.stringify(result) : result);
      return;
    }
    case "user_input":
      return conversation.message("user", item["content"]);
    case "model_output":
    case "function_call":
      return conversation.message("assistant", item["content"]);
    case "thought":
      if (typeof item["signature"] === "string" && !item["signature"].startsWith("bW9jaz")) {
        throw new MockRefusal(400, "Thought signature is not valid.");
      }
      return;
    default:
      return conversation.message("user", [item]);
  }
}

function toolOf(tool: JsonObject): MockTool[] {
  if (tool["type"] !== "function") return [];
  return [{
    name: String(tool["name"]),
    parameters: tool["parameters"] ?? { type: "object" },
    custom: false,
  }];
}

function schemaOf(format: JsonValue | undefined): MockPrompt["schema"] {
  if (!isObject(format) || format["mime_type"] !== "application/json") return null;
  return isObject(format["schema"]) ? format["schema"] : true;
}

/** The signature that this mock gives its thoughts. */
function signatureOf(answer: MockAnswer): string {
  return btoa(`mock:${answer.outputTokens}`);
}

/** Calls are signed though nothing of the thoughts is shown. */
function thinks(answer: MockAnswer): boolean {
  return answer.reasoning !== "" || answer.calls.length > 0;
}

function stepsOf(request: MockRequest): JsonObject[] {
  const [answer] = request.answers;
  const steps: JsonObject[] = [];
  if (thinks(answer)) {
    const summary = answer.reasoning === "" ? {} : { summary: [{ text: answer.reasoning, type: "text" }] };
    steps.push({ signature: signatureOf(answer), ...summary, type: "thought" });
  }
  if (shown(answer).length > 0) {
    steps.push({ content: [{ text: answer.tokens.join(""), type: "text" }], type: "model_output" });
  }
  for (const { name, arguments: text } of answer.calls) {
    steps.push({
      id: request.newId(""),
      type: "function_call",
      name,
      arguments: JSON.parse(text) as JsonValue,
    });
  }
  return steps;
}

/** What is filtered is not shown. */
function shown(answer: MockAnswer): readonly string[] {
  return answer.refusal ? [] : answer.tokens;
}

const STATUSES: Readonly<Record<MockAnswer["finish"], string>> = {
  stop: "completed",
  length: "incomplete",
  tool_calls: "requires_action",
  content_filter: "incomplete",
  refusal: "incomplete",
};

function interaction(request: MockRequest): JsonObject {
  return { id: request.id, object: "interaction", model: request.model };
}

function ending(request: MockRequest): JsonObject {
  const [answer] = request.answers;
  const time = new Date(request.created * 1000).toISOString().replace(".000Z", "Z");
  const { inputTokens, cachedTokens } = request;
  const { reasoningTokens, outputTokens, finish } = answer;
  const filtered = finish === "content_filter" || finish === "refusal";
  return {
    status: STATUSES[finish],
    ...(filtered && { errors: [{ code: finish, message: "The answer was filtered." }] }),
    usage: {
      total_tokens: inputTokens + outputTokens,
      total_input_tokens: inputTokens,
      input_tokens_by_modality: [{ modality: "text", tokens: inputTokens }],
      total_cached_tokens: cachedTokens,
      total_output_tokens: outputTokens - reasoningTokens,
      total_tool_use_tokens: 0,
      total_thought_tokens: reasoningTokens,
    },
    created: time,
    updated: time,
    service_tier: "standard",
  };
}

function stream(request: MockRequest): MockEvent[] {
  const [answer] = request.answers;
  const events: MockEvent[] = [];
  const add = (kind: MockEventKind, type: string, data: JsonObject) =>
    events.push(mockEvent(kind, { ...data, event_type: type }, type));
  const begun = interaction(request);
  add("prelude", "interaction.created", { interaction: { ...begun, status: "in_progress" } });
  add("prelude", "interaction.status_update", { interaction_id: request.id, status: "in_progress" });
  let index = 0;
  const step = (step: JsonObject, deltas: readonly JsonObject[]) => {
    add("prelude", "step.start", { index, step });
    for (const delta of deltas) add("content", "step.delta", { index, delta });
    add("closing", "step.stop", { index });
    index++;
  };
  if (thinks(answer)) {
    step({ type: "thought" }, [
      ...tokensOf(answer.reasoning).map((text) => ({
        content: { text, type: "text" },
        type: "thought_summary",
      })),
      { signature: signatureOf(answer), type: "thought_signature" },
    ]);
  }
  const texts = shown(answer);
  if (texts.length > 0) step({ type: "model_output" }, texts.map((text) => ({ text, type: "text" })));
  for (const { name, arguments: text } of answer.calls) {
    const pieces = tokensOf(text).map((each) => ({ arguments: each, type: "arguments_delta" }));
    step({ id: request.newId(""), type: "function_call", name, arguments: {} }, pieces);
  }
  const last = { interaction: { ...begun, ...ending(request) }, event_type: "interaction.completed" };
  events.push({ kind: "terminal", text: mockEvent("terminal", last, "interaction.completed").text + DONE });
  return events;
}
