import type { ChatResponse, Choice, JsonObject, Part, TextPart } from "../canonical.ts";
import type { EncodeContext } from "../codec.ts";
import { Dropped, ownFields } from "../extensions.ts";
import { Fields, isObject, put, unknownFields } from "../shape.ts";
import { parseArguments } from "../tool_arguments.ts";
import { CallIds, decodeParts } from "./decode_contents.ts";
import { decodeFinishReason, encodeFinishReason } from "./finish_reason.ts";
import { FORMAT } from "./format.ts";
import { ANNOTATIONS, decodeGrounding, encodeGrounding } from "./grounding.ts";
import { decodeLogprobs, encodeLogprobs } from "./logprobs.ts";
import { encodeMedia, isMedia } from "./media.ts";
import { ownSignature, sealSignature } from "./thought_signature.ts";
import { decodeUsage, encodeUsage } from "./usage.ts";

const FAULT = "upstream_invalid_response";
const KNOWN = new Set(["candidates", "usageMetadata", "modelVersion", "responseId"]);
const KNOWN_OF_CANDIDATE = new Set(["content", "index", "finishReason", "logprobsResult"]);

/** https://ai.google.dev/api/generate-content#generatecontentresponse */
export function decodeResponse(body: JsonObject): ChatResponse {
  const fields = new Fields(body, "", FAULT);
  const response: ChatResponse = {
    id: fields.optionalString("responseId") ?? "",
    model: fields.optionalString("modelVersion") ?? "",
    choices: decodeCandidates(fields),
  };
  const created = Date.parse(fields.optionalString("createTime") ?? "");
  if (!Number.isNaN(created)) response.created = Math.floor(created / 1000);
  const usage = fields.optionalObject("usageMetadata");
  if (usage !== undefined) put(response, "usage", decodeUsage(usage));
  const rest = unknownFields(body, KNOWN);
  if (rest !== undefined) response.extensions = { format: FORMAT, fields: rest };
  return response;
}

/** A prompt that was blocked has no candidates: its answer is one that was filtered before it began. */
function decodeCandidates(fields: Fields): Choice[] {
  const candidates = fields.optionalItems("candidates") ?? [];
  if (candidates.length > 0) return candidates.map(decodeCandidate);
  if (isBlocked(fields.object)) return [{ index: 0, parts: [], finishReason: "content_filter" }];
  if (fields.has("usageMetadata")) return [{ index: 0, parts: [], finishReason: "error" }];
  return fields.fail("candidates", "an array of candidates");
}

export function isBlocked(body: JsonObject): boolean {
  return isObject(body.promptFeedback) && body.promptFeedback.blockReason !== undefined;
}

function decodeCandidate(fields: Fields, position: number): Choice {
  const content = fields.optionalFields("content");
  const parts = content === undefined ? [] : joinTexts(decodeParts(content, new CallIds()));
  const hasCalls = parts.some((part) => part.type === "tool_call");
  const raw = fields.optionalString("finishReason") ?? "STOP";
  const text = parts.find((part) => part.type === "text");
  if (text !== undefined) annotate(text, fields.object);
  const choice: Choice = {
    index: fields.optionalInteger("index") ?? position,
    parts,
    finishReason: decodeFinishReason(raw, hasCalls),
  };
  const tokens = decodeLogprobs(fields.raw("logprobsResult"));
  if (tokens.length > 0) choice.logprobs = { content: tokens, refusal: null };
  const rest = restOf(fields.object, raw);
  if (rest !== undefined) choice.extensions = { format: FORMAT, fields: rest };
  return choice;
}

/** What a candidate holds that the model has no place for. */
export function restOf(candidate: JsonObject, rawReason: string): JsonObject | undefined {
  const rest: JsonObject = { ...unknownFields(candidate, KNOWN_OF_CANDIDATE) };
  if (encodeFinishReason(decodeFinishReason(rawReason, false)) !== rawReason) rest.finishReason = rawReason;
  return Object.keys(rest).length > 0 ? rest : undefined;
}

function annotate(part: TextPart, candidate: JsonObject): void {
  const items = decodeGrounding(candidate, part.text);
  if (items.length > 0) part.annotations = { format: ANNOTATIONS, items };
}

/** A stream's pieces, and what code may have split, are one text. */
function joinTexts(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const before = joined.at(-1);
    const isPlain = part.type === "text" && part.extensions === undefined;
    if (isPlain && before?.type === "text" && before.extensions === undefined) before.text += part.text;
    else joined.push(part);
  }
  return joined;
}

export function encodeResponse(response: ChatResponse, context: EncodeContext): JsonObject {
  const body: JsonObject = { candidates: response.choices.map(encodeChoice) };
  if (response.usage !== undefined) body.usageMetadata = encodeUsage(response.usage);
  body.modelVersion = context.model;
  body.responseId = context.id;
  return Object.assign(body, ownFields(FORMAT, response.extensions));
}

function encodeChoice(choice: Choice): JsonObject {
  const parts = encodeAnswer(choice.parts);
  const candidate: JsonObject = {};
  if (parts.length > 0) candidate.content = { parts, role: "model" };
  candidate.finishReason = encodeFinishReason(choice.finishReason);
  candidate.index = choice.index;
  const text = choice.parts.find((part) => part.type === "text");
  if (text !== undefined) put(candidate, "groundingMetadata", encodeGrounding(text.text, text.annotations));
  put(candidate, "logprobsResult", encodeLogprobs(choice.logprobs?.content));
  return Object.assign(candidate, ownFields(FORMAT, choice.extensions));
}

/** The parts of an answer as a client sees them. */
function encodeAnswer(parts: readonly Part[]): JsonObject[] {
  const encoded: JsonObject[] = [];
  let pending: string | undefined;
  for (const part of parts) {
    if (part.type === "reasoning") {
      pending = keepSignature(pending, encoded);
      const sealed = sealSignature(part);
      if (part.text !== "" || sealed !== undefined) encoded.push(thoughtPart(part.text, sealed));
      pending = ownSignature(part);
    } else if (part.type === "tool_call") {
      encoded.push(callPart(part.id, part.name, part.arguments, pending));
      pending = undefined;
    } else {
      pending = keepSignature(pending, encoded);
      const shown = answerPart(part);
      if (shown !== null) encoded.push(shown);
    }
  }
  keepSignature(pending, encoded);
  return encoded;
}

/** A signature that no call follows belongs to the text before it. */
function keepSignature(signature: string | undefined, encoded: JsonObject[]): undefined {
  if (signature === undefined) return;
  const before = encoded.at(-1);
  if (before?.text === undefined || before.thought === true) {
    encoded.push({ text: "", thoughtSignature: signature });
  } else before.thoughtSignature = signature;
}

export function thoughtPart(text: string, signature: string | undefined): JsonObject {
  return signature === undefined
    ? { text, thought: true }
    : { text, thought: true, thoughtSignature: signature };
}

export function callPart(id: string, name: string, args: string, signature: string | undefined): JsonObject {
  const call: JsonObject = { functionCall: { id, name, args: parseArguments(args) } };
  if (signature !== undefined) call.thoughtSignature = signature;
  return call;
}

/** A part that is neither thought nor call; null for what only another format shows. */
export function answerPart(part: Part): JsonObject | null {
  switch (part.type) {
    case "text":
    case "refusal":
      return part.text === "" ? null : { text: part.text };
    case "opaque":
      return part.format === FORMAT ? part.value : null;
    default:
      return isMedia(part) ? encodeMedia(part, new Dropped()) : null;
  }
}
