import type {
  ChatResponse,
  Choice,
  JsonObject,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
} from "../canonical.ts";
import type { EncodeContext } from "../codec.ts";
import { customToolNames, unwrapCustomInput } from "../custom_tools.ts";
import { ownFields } from "../extensions.ts";
import { Fields, isObject, put, unknownFields } from "../shape.ts";
import { decodeAnswerImages, encodeAnswerImage } from "./answer_images.ts";
import { encodeAnnotations } from "./annotations.ts";
import { decodeFinishReason, encodeFinishReason } from "./finish_reason.ts";
import { decodeReasoning, encodeReasoning, REASONING_FIELDS } from "./reasoning.ts";
import { signatureField, signedReasoning } from "./thought_signature.ts";
import { decodeToolCall, encodeToolCall } from "./tool_calls.ts";
import { decodeUsage, encodeUsage } from "./usage.ts";

const FORMAT = "openai_chat";
const FAULT = "upstream_invalid_response";

const KNOWN = new Set([
  ...["id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint"],
]);
const KNOWN_OF_CHOICE = new Set(["index", "message", "finish_reason", "logprobs"]);
const KNOWN_OF_MESSAGE = new Set([
  ...["role", "content", "refusal", "annotations", "tool_calls", "images"],
  ...REASONING_FIELDS,
]);

/** https://platform.openai.com/docs/api-reference/chat/object */
export function decodeResponse(body: JsonObject): ChatResponse {
  const fields = new Fields(body, "", FAULT);
  const response: ChatResponse = {
    id: fields.optionalString("id") ?? "",
    model: fields.optionalString("model") ?? "",
    choices: fields.items("choices").map(decodeChoice),
  };
  put(response, "created", fields.optionalNumber("created"));
  const usage = fields.optionalObject("usage");
  if (usage !== undefined) put(response, "usage", decodeUsage(usage));
  put(response, "serviceTier", fields.optionalString("service_tier"));
  put(response, "systemFingerprint", fields.optionalString("system_fingerprint"));
  const rest = unknownFields(body, KNOWN);
  if (rest !== undefined) response.extensions = { format: FORMAT, fields: rest };
  return response;
}

function decodeChoice(fields: Fields, position: number): Choice {
  const message = fields.fields("message");
  const parts = decodeMessage(message);
  const raw = fields.optionalString("finish_reason") ?? "stop";
  const content = contentOf(parts);
  const finishReason = decodeFinishReason(raw, content);
  const choice: Choice = { index: fields.optionalInteger("index") ?? position, parts, finishReason };
  put(choice, "logprobs", fields.optionalObject("logprobs"));
  const rest: JsonObject = { ...unknownFields(fields.object, KNOWN_OF_CHOICE) };
  if (encodeFinishReason(finishReason, content) !== raw) rest.finish_reason = raw;
  const ofMessage = unknownFields(message.object, KNOWN_OF_MESSAGE);
  if (ofMessage !== undefined) rest.message = ofMessage;
  if (Object.keys(rest).length > 0) choice.extensions = { format: FORMAT, fields: rest };
  return choice;
}

function decodeMessage(message: Fields): Part[] {
  const parts: Part[] = decodeReasoning(message);
  const content = message.raw("content");
  if (Array.isArray(content)) {
    for (const item of message.items("content")) parts.push(...decodeContentItem(item));
  } else {
    const text = message.optionalString("content") ?? "";
    if (text !== "") parts.push({ type: "text", text });
  }
  const annotations = message.optionalArray("annotations");
  const cited = parts.find((part) => part.type === "text");
  if (annotations !== undefined && annotations.length > 0 && cited !== undefined) {
    cited.annotations = { format: FORMAT, items: annotations };
  }
  parts.push(...decodeAnswerImages(message.raw("images")));
  const refusal = message.optionalString("refusal") ?? "";
  if (refusal !== "") parts.push({ type: "refusal", text: refusal });
  for (const call of message.optionalItems("tool_calls") ?? []) {
    const signed = signedReasoning(call.object);
    if (signed !== null) parts.push(signed);
    parts.push(decodeToolCall(call));
  }
  return parts;
}

/** An item of a content array: Mistral's reasoning models answer with `thinking` and `text`. */
export function decodeContentItem(item: Fields): Part[] {
  const { type } = item.object;
  if (type === "text") return [{ type, text: item.string("text") }];
  if (type !== "thinking") return [{ type: "opaque", format: FORMAT, value: item.object }];
  const texts = item.items("thinking").map((piece) => piece.optionalString("text") ?? "");
  return [{ type: "reasoning", text: texts.join("") }];
}

function contentOf(parts: readonly Part[]): { hasCalls: boolean; hasRefusal: boolean } {
  return {
    hasCalls: parts.some((part) => part.type === "tool_call"),
    hasRefusal: parts.some((part) => part.type === "refusal"),
  };
}

export function encodeResponse(response: ChatResponse, context: EncodeContext): JsonObject {
  const custom = customToolNames(context.request);
  const body: JsonObject = {
    id: context.id,
    object: "chat.completion",
    created: context.created,
    model: context.model,
    choices: response.choices.map((choice) => encodeChoice(choice, custom)),
  };
  if (response.usage !== undefined) body.usage = encodeUsage(response.usage);
  put(body, "service_tier", response.serviceTier);
  put(body, "system_fingerprint", response.systemFingerprint);
  return Object.assign(body, ownFields(FORMAT, response.extensions));
}

function encodeChoice(choice: Choice, custom: ReadonlySet<string>): JsonObject {
  const { message: ofMessage, ...own } = ownFields(FORMAT, choice.extensions) ?? {};
  const message = encodeMessage(choice.parts, custom);
  if (isObject(ofMessage)) Object.assign(message, ofMessage);
  return {
    index: choice.index,
    message,
    logprobs: choice.logprobs ?? null,
    finish_reason: encodeFinishReason(choice.finishReason, contentOf(choice.parts)),
    ...own,
  };
}

function encodeMessage(parts: readonly Part[], custom: ReadonlySet<string>): JsonObject {
  const texts: TextPart[] = [];
  const reasoning: ReasoningPart[] = [];
  const calls: JsonObject[] = [];
  const images: JsonObject[] = [];
  let refusal: string | null = null;
  let before: Part | null = null;
  for (const part of parts) {
    if (part.type === "text") texts.push(part);
    else if (part.type === "reasoning") reasoning.push(part);
    else if (part.type === "refusal") refusal = (refusal ?? "") + part.text;
    else if (part.type === "tool_call") {
      calls.push({ ...encodeToolCall(asAsked(part, custom)), ...signatureField(before) });
    }
    const image = part.type === "image" ? encodeAnswerImage(part) : null;
    if (image !== null) images.push(image);
    before = part;
  }
  // What only another format has (its provider's own tools) shows nothing in a chat message.
  const silent = texts.length === 0 && (calls.length > 0 || refusal !== null);
  const content = silent ? null : texts.map((part) => part.text).join("");
  const message: JsonObject = { role: "assistant", content, refusal, ...encodeReasoning(reasoning) };
  const annotations = encodeAnnotations(texts);
  if (annotations.length > 0) message.annotations = annotations;
  if (calls.length > 0) message.tool_calls = calls;
  if (images.length > 0) message.images = images;
  return message;
}

/** A call of a tool that the client knows as free text and the provider as one with arguments. */
export function asAsked(part: ToolCallPart, custom: ReadonlySet<string>): ToolCallPart {
  if (part.custom === true || !custom.has(part.name)) return part;
  return { ...part, custom: true, arguments: unwrapCustomInput(part.arguments) };
}
