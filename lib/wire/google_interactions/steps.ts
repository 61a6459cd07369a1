import type {
  FilePart,
  ImagePart,
  JsonObject,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from "../canonical.ts";
import { wrapCustomInput } from "../custom_tools.ts";
import { type Dropped, nameOfOpaque, ownFields } from "../extensions.ts";
import { sealForeign, unseal } from "../google_signature.ts";
import { type Fields, isObject, put, unknownFields } from "../shape.ts";
import { parseArguments, printArguments } from "../tool_arguments.ts";
import { CONTENT_TYPES, decodeContent, encodeContent, encodeText, isContent } from "./content.ts";
import { CONTENTS, FORMAT } from "./format.ts";

const KNOWN_OF_CALL = new Set(["type", "id", "name", "arguments"]);
const KNOWN_OF_THOUGHT = new Set(["type", "signature", "summary"]);
const KNOWN_OF_RESULT = new Set(["type", "call_id", "name", "result", "is_error"]);

/** Contents of a step, which belong together. */
export function decodeContents(step: Fields): Part[] {
  const contents = step.optionalItems("content") ?? [];
  const item = contents.length > 1 ? {} : undefined;
  return contents.map((content) => {
    if (!CONTENT_TYPES.has(content.string("type"))) {
      return { type: "opaque", format: FORMAT, value: { ...step.object, content: [content.object] } };
    }
    const part = decodeContent(content);
    if (part.type === "text") put(part, "item", item);
    return part;
  });
}

/** A step of the model's: what it thought, said, called, or did by itself. */
export function decodeModelStep(step: Fields): Part[] {
  switch (step.string("type")) {
    case "model_output":
      return decodeContents(step);
    case "thought":
      return [decodeThought(step)];
    case "function_call":
      return [decodeCall(step)];
    default:
      return [{ type: "opaque", format: FORMAT, value: step.object }];
  }
}

function decodeThought(step: Fields): ReasoningPart {
  const summary = (step.optionalArray("summary") ?? []).filter(isObject);
  const texts = summary.flatMap(({ text }) => typeof text === "string" ? [text] : []);
  const part: ReasoningPart = { type: "reasoning", text: texts.join("\n\n") };
  if (texts.length > 1) part.summary = texts;
  Object.assign(part, signed(step.optionalString("signature")));
  const rest: JsonObject = { ...unknownFields(step.object, KNOWN_OF_THOUGHT) };
  // Pictures among the thoughts.
  if (texts.length < summary.length) rest.summary = summary;
  if (Object.keys(rest).length > 0) part.extensions = { format: FORMAT, fields: rest };
  return part;
}

/** What a signature's value says. */
export function signed(signature: string | undefined): Partial<ReasoningPart> {
  return signature === undefined || signature === "" ? {} : unseal(signature, FORMAT);
}

export function decodeCall(step: Fields): ToolCallPart {
  const part: ToolCallPart = {
    type: "tool_call",
    id: step.string("id"),
    name: step.string("name"),
    arguments: printArguments(step.raw("arguments") ?? {}),
  };
  const rest = unknownFields(step.object, KNOWN_OF_CALL);
  if (rest !== undefined) part.extensions = { format: FORMAT, fields: rest };
  return part;
}

export function decodeResult(step: Fields): ToolResultPart {
  const part: ToolResultPart = { type: "tool_result", callId: step.string("call_id"), content: [] };
  const rest = unknownFields(step.object, KNOWN_OF_RESULT);
  const result = step.raw("result");
  if (typeof result === "string") {
    if (result !== "") part.content.push({ type: "text", text: result });
  } else {
    if (Array.isArray(result)) part.content.push(...step.items("result").flatMap(resultContent));
    else part.content.push({ type: "text", text: JSON.stringify(result ?? null) });
  }
  if (step.optionalBoolean("is_error") === true) part.isError = true;
  if (rest !== undefined) part.extensions = { format: FORMAT, fields: rest };
  return part;
}

function resultContent(content: Fields): (TextPart | ImagePart | FilePart)[] {
  if (!CONTENT_TYPES.has(content.string("type"))) {
    return [{ type: "text", text: JSON.stringify(content.object) }];
  }
  const part = decodeContent(content);
  if (part.type === "audio") {
    return [{ type: "file", data: part.data, mediaType: content.string("mime_type") }];
  }
  return [part];
}

/** The parts of one who spoke as steps, what belongs together in one. @param said the type of step for contents. */
export function encodeSteps(
  parts: readonly Part[],
  said: "model_output" | "user_input",
  dropped: Dropped,
  names: Map<string, string>,
): JsonObject[] {
  const steps: JsonObject[] = [];
  let open: JsonObject[] | null = null;
  let item: object | undefined;
  for (const part of parts) {
    const content = part.type === "refusal"
      ? encodeText(part.text)
      : isContent(part)
      ? encodeContent(part, dropped)
      : null;
    if (content !== null) {
      const own = part.type === "text" || part.type === "refusal" ? part.item : item;
      const together = said === "user_input" || own === item;
      if (open !== null && together) open.push(content);
      else steps.push({ content: open = [content], type: said });
      item = own;
      continue;
    }
    if (isContent(part)) continue;
    const step = encodeStep(part, dropped, names);
    if (step === null) continue;
    open = null;
    steps.push(step);
  }
  return steps;
}

function encodeStep(part: Part, dropped: Dropped, names: Map<string, string>): JsonObject | null {
  switch (part.type) {
    case "reasoning":
      return encodeThought(part);
    case "tool_call":
      names.set(part.id, part.name);
      if (part.cacheControl !== undefined) dropped.add("cache_control");
      return encodeCall(part);
    case "tool_result":
      return encodeResult(part, dropped, names);
    case "opaque":
      if (part.format === FORMAT) return part.value;
      dropped.add(CONTENTS + nameOfOpaque(part.value));
      return null;
    default:
      return null;
  }
}

/** A thought; null where there is nothing of it that can be told. */
function encodeThought(part: ReasoningPart): JsonObject | null {
  const signature = signatureOf(part);
  const texts = part.summary ?? (part.text === "" ? [] : [part.text]);
  const own = ownFields(FORMAT, part.extensions);
  if (signature === undefined && texts.length === 0 && own === undefined) return null;
  const step: JsonObject = {};
  put(step, "signature", signature);
  if (texts.length > 0) step.summary = texts.map((text) => encodeText(text));
  step.type = "thought";
  return Object.assign(step, own);
}

/** Google's own as it is, another's sealed. */
export function signatureOf(part: ReasoningPart): string | undefined {
  return part.signatureFormat === FORMAT ? part.signature : sealForeign(part, FORMAT);
}

export function encodeCall(part: ToolCallPart): JsonObject {
  const { id, name } = part;
  const args = part.custom === true ? wrapCustomInput(part.arguments) : parseArguments(part.arguments);
  return { id, type: "function_call", name, arguments: args, ...ownFields(FORMAT, part.extensions) };
}

function encodeResult(part: ToolResultPart, dropped: Dropped, names: Map<string, string>): JsonObject {
  if (part.cacheControl !== undefined) dropped.add("cache_control");
  dropped.addForeign(FORMAT, part.extensions, CONTENTS);
  const step: JsonObject = { type: "function_result", call_id: part.callId };
  put(step, "name", names.get(part.callId));
  const texts = part.content.flatMap((content) => content.type === "text" ? [content.text] : []);
  step.result = texts.length === part.content.length
    ? texts.join("\n")
    : part.content.flatMap((content) => encodeContent(content, dropped) ?? []);
  if (part.isError === true) step.is_error = true;
  return Object.assign(step, ownFields(FORMAT, part.extensions));
}
