import type { ChatResponse, Choice, JsonObject } from "../canonical.ts";
import type { EncodeContext } from "../codec.ts";
import { Dropped, ownFields } from "../extensions.ts";
import { Fields, isObject, put, unknownFields } from "../shape.ts";
import { decodeFinishReason, encodeFinishReason } from "./finish_reason.ts";
import { decodeParts, encodeParts } from "./messages.ts";
import { decodeUsage, encodeUsage } from "./usage.ts";

const FORMAT = "cohere_chat";
const KNOWN = new Set(["id", "message", "finish_reason", "usage"]);
const KNOWN_OF_MESSAGE = new Set(["role", "content", "tool_plan", "tool_calls", "citations"]);

/** https://docs.cohere.com/reference/chat#response.body */
export function decodeResponse(body: JsonObject): ChatResponse {
  const fields = new Fields(body, "", "upstream_invalid_response");
  const message = fields.fields("message");
  const raw = fields.optionalString("finish_reason") ?? "COMPLETE";
  const parts = decodeParts(message);
  const citations = message.optionalArray("citations") ?? [];
  const cited = parts.findLast((part) => part.type === "text");
  if (citations.length > 0 && cited?.type === "text") {
    cited.annotations = { format: FORMAT, items: citations };
  }
  const choice: Choice = { index: 0, parts, finishReason: decodeFinishReason(raw) };
  const rest: JsonObject = {};
  put(rest, "message", unknownFields(message.object, KNOWN_OF_MESSAGE));
  if (encodeFinishReason(choice.finishReason) !== raw) rest.finish_reason = raw;
  if (Object.keys(rest).length > 0) choice.extensions = { format: FORMAT, fields: rest };
  const response: ChatResponse = { id: fields.optionalString("id") ?? "", model: "", choices: [choice] };
  const usage = fields.optionalObject("usage");
  if (usage !== undefined) put(response, "usage", decodeUsage(usage));
  const unknown = unknownFields(body, KNOWN);
  if (unknown !== undefined) response.extensions = { format: FORMAT, fields: unknown };
  return response;
}

/** An answer has one choice: of several it is the first. */
export function encodeResponse(response: ChatResponse, context: EncodeContext): JsonObject {
  const choice = response.choices[0] ?? { index: 0, parts: [], finishReason: "stop" };
  const { message: ofMessage, ...own } = ownFields(FORMAT, choice.extensions) ?? {};
  const { content, ...others } = encodeParts(choice.parts, new Dropped());
  const message: JsonObject = { role: "assistant" };
  // Answers have parts where requests may have a text.
  if (content !== undefined) {
    message.content = typeof content === "string" ? [{ type: "text", text: content }] : content;
  }
  Object.assign(message, others);
  const citations = choice.parts.flatMap((part) =>
    part.type === "text" && part.annotations?.format === FORMAT ? part.annotations.items : []
  );
  if (citations.length > 0) message.citations = citations;
  if (isObject(ofMessage)) Object.assign(message, ofMessage);
  const body: JsonObject = {
    id: context.id,
    message,
    finish_reason: encodeFinishReason(choice.finishReason),
  };
  if (response.usage !== undefined) body.usage = encodeUsage(response.usage);
  return Object.assign(body, own, ownFields(FORMAT, response.extensions));
}
