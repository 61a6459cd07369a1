import { encodeAwsEvent } from "../../wire/aws_event_stream.ts";
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
import type { MockEvent, MockEventKind, MockRequest, MockWire } from "./wire.ts";

/** `POST /model/{modelId}/converse` and `/converse-stream` as Amazon Bedrock answers them. */
export const bedrockConverse: MockWire = {
  format: "bedrock_converse",
  idPrefix: "converse-",
  requestIdHeader: "x-amzn-requestid",
  streamType: "application/vnd.amazon.eventstream",
  binary: true,
  modelInPath: true,
  read,
  whole,
  stream,
  error: ({ message }) => ({ message }),
  errorHeaders: ({ status }) => [["x-amzn-errortype", ERROR_TYPES[status] ?? "InternalServerException"]],
  errorEvents: () =>
    encodeAwsEvent("exception:modelStreamErrorException", `{"message":"The model failed in its stream."}`),
};

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "ValidationException",
  401: "UnrecognizedClientException",
  403: "AccessDeniedException",
  404: "ResourceNotFoundException",
  408: "ModelTimeoutException",
  424: "ModelErrorException",
  429: "ThrottlingException",
  503: "ServiceUnavailableException",
};

function read(body: JsonObject): MockPrompt {
  const { messages, system, toolConfig, inferenceConfig, outputConfig, additionalModelRequestFields } = body;
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new MockRefusal(400, "1 validation error detected: messages has to hold at least one message.");
  }
  const inference = isObject(inferenceConfig) ? inferenceConfig : {};
  if (typeof inference["temperature"] === "number" && inference["temperature"] > 1) {
    throw new MockRefusal(400, "1 validation error detected: temperature must be less than or equal to 1.");
  }
  const conversation = new Conversation();
  if (system !== undefined) conversation.message("system", system);
  const called = messages.filter(isObject).map((message) => hear(conversation, message)).some(Boolean);
  const config = isObject(toolConfig) ? toolConfig : null;
  if (called && config === null) {
    throw new MockRefusal(
      400,
      "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
    );
  }
  const specs = config !== null && Array.isArray(config["tools"]) ? config["tools"] : [];
  const choice = config !== null && isObject(config["toolChoice"]) ? config["toolChoice"] : {};
  const named = isObject(choice["tool"]) ? stringOr(choice["tool"]["name"], "") : "";
  return {
    conversation,
    tools: specs.filter(isObject).map(({ toolSpec }) => toolSpec).filter(isObject).map(toolOf),
    toolMode: named !== "" ? "named" : choice["any"] !== undefined ? "required" : "auto",
    toolName: named,
    parallelTools: true,
    maxTokens: numberOr(inference["maxTokens"], Infinity),
    stop: strings(inference["stopSequences"]),
    schema: schemaOf(outputConfig),
    effort: effortOf(additionalModelRequestFields),
    choices: 1,
    topLogprobs: -1,
  };
}

/** @returns whether the message speaks of calls. */
function hear(conversation: Conversation, message: JsonObject): boolean {
  const content = Array.isArray(message["content"]) ? message["content"].filter(isObject) : [];
  for (const block of content) {
    if (block["text"] === "") {
      throw new MockRefusal(400, "The text field in the ContentBlock object is blank.");
    }
  }
  const results = content.map((block) => block["toolResult"]).filter(isObject);
  if (results.length === 0) {
    const parts = content.map((block): JsonValue => block["image"] === undefined ? block : { type: "image" });
    conversation.message(stringOr(message["role"], ""), parts);
  }
  for (const result of results) conversation.toolResult(result["content"]);
  return results.length > 0 || content.some((block) => block["toolUse"] !== undefined);
}

function toolOf(spec: JsonObject): MockTool {
  const schema = isObject(spec["inputSchema"]) ? spec["inputSchema"]["json"] : undefined;
  return { name: stringOr(spec["name"], ""), parameters: schema, custom: false };
}

function schemaOf(output: JsonValue | undefined): JsonObject | null {
  const format = isObject(output) ? output["textFormat"] : undefined;
  const structure = isObject(format) ? format["structure"] : undefined;
  const described = isObject(structure) ? structure["jsonSchema"] : undefined;
  const text = isObject(described) ? described["schema"] : undefined;
  return typeof text === "string" ? JSON.parse(text) as JsonObject : null;
}

function effortOf(fields: JsonValue | undefined): string {
  if (!isObject(fields)) return "";
  const { thinking, output_config: output, reasoning_effort: effort } = fields;
  if (isObject(thinking) && thinking["type"] !== "disabled") {
    return isObject(output) ? stringOr(output["effort"], "medium") : "medium";
  }
  return stringOr(effort, "");
}

function blocksOf(request: MockRequest): JsonObject[] {
  const answer = request.answers[0];
  const blocks: JsonObject[] = [];
  if (answer.reasoning !== "") {
    // A true signature cannot be made up; this one at least belongs to its text.
    const signature = btoa(encodeURIComponent(`mock:${answer.reasoning}`));
    blocks.push({ reasoningContent: { reasoningText: { text: answer.reasoning, signature } } });
  }
  if (answer.tokens.length > 0) blocks.push({ text: answer.tokens.join("") });
  for (const call of answer.calls) {
    const input = JSON.parse(call.arguments) as JsonValue;
    blocks.push({ toolUse: { toolUseId: request.newId("tooluse_"), name: call.name, input } });
  }
  return blocks;
}

const STOP_REASONS: Readonly<Record<MockAnswer["finish"], string>> = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "content_filtered",
  refusal: "content_filtered",
};

function stopOf(answer: MockAnswer): string {
  return answer.stopSequence !== null ? "stop_sequence" : STOP_REASONS[answer.finish];
}

function usageOf(request: MockRequest): JsonObject {
  const { outputTokens } = request.answers[0];
  return {
    // What was cached is counted apart.
    inputTokens: request.inputTokens - request.cachedTokens,
    outputTokens,
    totalTokens: request.inputTokens + outputTokens,
    cacheReadInputTokens: request.cachedTokens,
    cacheWriteInputTokens: 0,
  };
}

function whole(request: MockRequest): JsonObject {
  return {
    metrics: { latencyMs: 5 },
    output: { message: { content: blocksOf(request), role: "assistant" } },
    stopReason: stopOf(request.answers[0]),
    usage: usageOf(request),
  };
}

function stream(request: MockRequest): MockEvent[] {
  const answer = request.answers[0];
  const events: MockEvent[] = [];
  const add = (kind: MockEventKind, type: string, event: JsonObject) => {
    // The padding that hides the lengths of tokens.
    events.push({ kind, text: encodeAwsEvent(type, JSON.stringify({ ...event, p: "abcdefgh" })) });
  };
  add("prelude", "messageStart", { role: "assistant" });
  for (const [contentBlockIndex, block] of blocksOf(request).entries()) {
    const use = block["toolUse"];
    if (isObject(use)) {
      const { input: _, ...start } = use;
      add("prelude", "contentBlockStart", { contentBlockIndex, start: { toolUse: start } });
    }
    for (const delta of deltasOf(block, answer)) {
      add("content", "contentBlockDelta", { contentBlockIndex, delta });
    }
    add("closing", "contentBlockStop", { contentBlockIndex });
  }
  add("closing", "messageStop", { stopReason: stopOf(answer) });
  add("terminal", "metadata", { metrics: { latencyMs: 5 }, usage: usageOf(request) });
  return events;
}

function deltasOf(block: JsonObject, answer: MockAnswer): JsonObject[] {
  const { toolUse, reasoningContent } = block;
  if (isObject(toolUse)) {
    return tokensOf(JSON.stringify(toolUse["input"])).map((input) => ({ toolUse: { input } }));
  }
  if (isObject(reasoningContent) && isObject(reasoningContent["reasoningText"])) {
    const { signature } = reasoningContent["reasoningText"];
    return [
      ...tokensOf(answer.reasoning).map((text) => ({ reasoningContent: { text } })),
      { reasoningContent: { signature: signature ?? "" } },
    ];
  }
  return answer.tokens.map((text) => ({ text }));
}
