import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";
import type { MockAnswer } from "./answer.ts";
import { logprobsOf } from "./openai_logprobs.ts";
import type { MockRequest } from "./wire.ts";

/** Whether a request's `include` asks for something. */
export function includes(body: JsonObject, what: string): boolean {
  return Array.isArray(body["include"]) && body["include"].includes(what);
}

/** The output items of an answer, finished. */
export function outputItems(request: MockRequest): JsonObject[] {
  const answer = request.answers[0];
  const items: JsonObject[] = [];
  if (answer.reasoning !== "") items.push(reasoningItem(request));
  if (answer.calls.length === 0) {
    const status = answer.finish === "length" || answer.finish === "content_filter"
      ? "incomplete"
      : "completed";
    items.push({
      id: request.newId("msg_"),
      type: "message",
      status,
      role: "assistant",
      content: [contentPart(request)],
    });
  }
  for (const call of answer.calls) {
    const common = { status: "completed", call_id: request.newId("call_"), name: call.name };
    items.push(
      call.custom
        ? { id: request.newId("ctc_"), type: "custom_tool_call", ...common, input: call.arguments }
        : { id: request.newId("fc_"), type: "function_call", ...common, arguments: call.arguments },
    );
  }
  return items;
}

function reasoningItem(request: MockRequest): JsonObject {
  const { reasoning } = request.body;
  const shown = isObject(reasoning) && typeof reasoning["summary"] === "string";
  const item: JsonObject = {
    id: request.newId("rs_"),
    type: "reasoning",
    summary: shown ? [{ type: "summary_text", text: request.answers[0].reasoning }] : [],
  };
  if (includes(request.body, "reasoning.encrypted_content")) {
    item["encrypted_content"] = `gAAAAA${btoa(encodeURIComponent(request.answers[0].reasoning))}`;
  }
  return item;
}

function contentPart(request: MockRequest): JsonObject {
  const answer = request.answers[0];
  const text = answer.tokens.join("");
  if (answer.refusal) return { type: "refusal", refusal: text };
  const top = request.prompt.topLogprobs;
  return {
    type: "output_text",
    annotations: [],
    logprobs: top < 0 ? [] : logprobsOf(answer.tokens, top),
    text,
  };
}

/** The response object. @param output null while it is in progress. */
export function responseObject(request: MockRequest, output: JsonObject[] | null): JsonObject {
  const { body } = request;
  const answer = request.answers[0];
  const text = isObject(body["text"]) ? body["text"] : {};
  const reasoning = isObject(body["reasoning"]) ? body["reasoning"] : {};
  const response: JsonObject = {
    id: request.id,
    object: "response",
    created_at: request.created,
    status: output === null ? "in_progress" : statusOf(answer),
    background: false,
    error: null,
    incomplete_details: output === null ? null : incompleteDetails(answer),
    instructions: body["instructions"] ?? null,
    max_output_tokens: body["max_output_tokens"] ?? null,
    max_tool_calls: body["max_tool_calls"] ?? null,
    model: request.model,
    output: output ?? [],
    parallel_tool_calls: body["parallel_tool_calls"] ?? true,
    previous_response_id: null,
    prompt_cache_key: body["prompt_cache_key"] ?? null,
    reasoning: { effort: reasoning["effort"] ?? null, summary: reasoning["summary"] ?? null },
    safety_identifier: body["safety_identifier"] ?? null,
    service_tier: "default",
    store: body["store"] ?? true,
    temperature: body["temperature"] ?? 1,
    text: { format: text["format"] ?? { type: "text" }, verbosity: text["verbosity"] ?? "medium" },
    tool_choice: body["tool_choice"] ?? "auto",
    tools: Array.isArray(body["tools"]) ? body["tools"].map(echoedTool) : [],
    top_logprobs: body["top_logprobs"] ?? 0,
    top_p: body["top_p"] ?? 1,
    truncation: body["truncation"] ?? "disabled",
    metadata: body["metadata"] ?? {},
  };
  if (typeof body["user"] === "string") response["user"] = body["user"];
  if (output !== null) response["usage"] = usageOf(request);
  return response;
}

/** OpenAI writes out what a function tool left to default. */
function echoedTool(tool: JsonValue): JsonValue {
  if (!isObject(tool) || tool["type"] !== "function") return tool;
  return { description: null, parameters: null, strict: true, ...tool };
}

function statusOf(answer: MockAnswer): string {
  return incompleteDetails(answer) === null ? "completed" : "incomplete";
}

function incompleteDetails(answer: MockAnswer): JsonObject | null {
  if (answer.finish === "length") return { reason: "max_output_tokens" };
  return answer.finish === "content_filter" ? { reason: "content_filter" } : null;
}

function usageOf(request: MockRequest): JsonObject {
  const { outputTokens, reasoningTokens } = request.answers[0];
  return {
    input_tokens: request.inputTokens,
    input_tokens_details: { cached_tokens: request.cachedTokens, cache_write_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: request.inputTokens + outputTokens,
  };
}
