import type { ChatResponse, Choice, FinishReason, JsonObject, Usage } from "../canonical.ts";
import type { EncodeContext } from "../codec.ts";
import { decodeFinishReason } from "../openai_chat/finish_reason.ts";
import { Fields, put } from "../shape.ts";
import { logprobsOf } from "./logprobs.ts";
import { echoOf } from "./request.ts";

/** What a choice is where answers are nothing but text. */
export const TEXT_ALONE = { hasCalls: false, hasRefusal: false };

/** What a whole answer says: a text a choice. */
export function decodeResponse(body: JsonObject): ChatResponse {
  const fields = new Fields(body, "", "upstream_invalid_response");
  return {
    id: fields.optionalString("id") ?? "",
    model: fields.optionalString("model") ?? "",
    choices: fields.items("choices").map((choice, position) => ({
      index: choice.optionalInteger("index") ?? position,
      parts: [{ type: "text", text: choice.optionalString("text") ?? "" }],
      finishReason: decodeFinishReason(choice.optionalString("finish_reason") ?? "stop", TEXT_ALONE),
    })),
  };
}

/** @see https://platform.openai.com/docs/api-reference/completions/object */
export function encodeResponse(response: ChatResponse, context: EncodeContext): JsonObject {
  const echo = echoOf(context.request);
  const body: JsonObject = {
    id: context.id,
    object: "text_completion",
    created: context.created,
    model: context.model,
    choices: response.choices.map((choice) => encodeChoice(choice, echo)),
  };
  if (response.usage !== undefined) body.usage = encodeUsage(response.usage);
  put(body, "system_fingerprint", response.systemFingerprint);
  return body;
}

function encodeChoice(choice: Choice, echo: string): JsonObject {
  let text = echo;
  for (const part of choice.parts) {
    if (part.type === "text" || part.type === "refusal") text += part.text;
  }
  const content = choice.logprobs?.["content"];
  return {
    text,
    index: choice.index,
    logprobs: Array.isArray(content) ? logprobsOf(content, echo.length) : null,
    finish_reason: encodeFinishReason(choice.finishReason),
  };
}

export function encodeUsage(usage: Usage): JsonObject {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached ?? 0 },
    completion_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
  };
}

/** Completions know three reasons. */
export function encodeFinishReason(reason: FinishReason): "stop" | "length" | "content_filter" {
  if (reason === "length") return "length";
  return reason === "content_filter" || reason === "refusal" ? "content_filter" : "stop";
}
