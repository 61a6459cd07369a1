import type { ChatResponse, Choice, JsonObject, Part, ToolCallPart } from "../canonical.ts";
import type { EncodeContext } from "../codec.ts";
import { customToolNames } from "../custom_tools.ts";
import { ownFields } from "../extensions.ts";
import { newId } from "../ids.ts";
import { asAsked } from "../openai_chat/response.ts";
import { Fields, put, unknownFields } from "../shape.ts";
import { decodeDoneReason, encodeDoneReason } from "./done_reason.ts";
import { decodeTime, decodeUsage, encodeTime, encodeUsage } from "./metrics.ts";
import type { LineShape } from "./shape.ts";
import { encodeToolCall } from "./tool_calls.ts";

/** Fields of an answer that the model has, besides those of its words. */
export const KNOWN = [
  ...["model", "created_at", "done", "done_reason", "prompt_eval_count", "eval_count", "logprobs"],
] as const;

/** https://docs.ollama.com/api/chat, https://docs.ollama.com/api/generate */
export function decodeResponse(body: JsonObject, shape: LineShape): ChatResponse {
  const fields = new Fields(body, "", "upstream_invalid_response");
  if (!fields.has(shape.known[0])) fields.fail(shape.known[0], "an answer");
  const { text, thinking, calls } = shape.read(fields, () => newId("call_"));
  const parts: Part[] = [];
  if (thinking !== "") parts.push({ type: "reasoning", text: thinking });
  if (text !== "") parts.push({ type: "text", text });
  parts.push(...calls);
  const choice: Choice = {
    index: 0,
    parts,
    finishReason: decodeDoneReason(fields.optionalString("done_reason"), calls.length > 0),
  };
  const logprobs = fields.optionalArray("logprobs");
  if (logprobs !== undefined) choice.logprobs = { content: logprobs, refusal: null };
  const response: ChatResponse = { id: "", model: fields.optionalString("model") ?? "", choices: [choice] };
  put(response, "created", decodeTime(body.created_at));
  put(response, "usage", decodeUsage(body));
  const rest = unknownFields(body, new Set([...KNOWN, ...shape.known]));
  if (rest !== undefined) response.extensions = { format: shape.format, fields: rest };
  return response;
}

/** There is one answer: of several choices it is the first. */
export function encodeResponse(response: ChatResponse, shape: LineShape, context: EncodeContext): JsonObject {
  const choice = response.choices[0];
  const custom = customToolNames(context.request);
  const calls: ToolCallPart[] = [];
  let [text, thinking] = ["", ""];
  for (const part of choice?.parts ?? []) {
    if (part.type === "text" || part.type === "refusal") text += part.text;
    else if (part.type === "reasoning") thinking += part.text;
    else if (part.type === "tool_call") calls.push(asAsked(part, custom));
  }
  const logprobs = choice?.logprobs?.content;
  return {
    model: context.model,
    created_at: encodeTime(context.created),
    ...shape.write(text, thinking, calls.map(encodeToolCall)),
    ...(Array.isArray(logprobs) && { logprobs }),
    done: true,
    done_reason: encodeDoneReason(choice?.finishReason ?? "stop"),
    ...ownFields(shape.format, response.extensions),
    ...encodeUsage(response.usage),
  };
}
