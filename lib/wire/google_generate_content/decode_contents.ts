import type {
  FilePart,
  ImagePart,
  JsonObject,
  Message,
  Part,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from "../canonical.ts";
import { newId } from "../ids.ts";
import { type Fields, isObject, unknownFields } from "../shape.ts";
import { printArguments } from "../tool_arguments.ts";
import { FORMAT } from "./format.ts";
import { decodeFileData, decodeInlineData } from "./media.ts";
import { signatureOf } from "./thought_signature.ts";

/** Which field says what a part is. */
const KINDS = ["text", "inlineData", "fileData", "functionCall", "functionResponse"] as const;
const KNOWN = new Set<string>([...KINDS, "thought", "thoughtSignature"]);

/** Ids of calls that have none, by the function's name, in order: results are told apart by name and order alone. */
export class CallIds {
  readonly #open = new Map<string, string[]>();

  call(name: string, id: string | undefined): string {
    const made = id ?? newId("call_");
    const open = this.#open.get(name);
    if (open === undefined) this.#open.set(name, [made]);
    else open.push(made);
    return made;
  }

  result(name: string, id: string | undefined): string {
    const open = this.#open.get(name) ?? [];
    if (id === undefined) return open.shift() ?? newId("call_");
    const at = open.indexOf(id);
    if (at !== -1) open.splice(at, 1);
    return id;
  }
}

/** `systemInstruction` and `contents`. @throws {GatewayError} with the path of what is missing or wrong. */
export function decodeContents(body: Fields): Message[] {
  const messages: Message[] = [];
  const ids = new CallIds();
  const instruction = body.raw("systemInstruction");
  if (typeof instruction === "string") {
    messages.push({ role: "system", parts: [{ type: "text", text: instruction }] });
  } else if (body.has("systemInstruction")) {
    messages.push({ role: "system", parts: decodeParts(body.fields("systemInstruction"), ids) });
  }
  const contents = isObject(body.raw("contents")) ? [body.fields("contents")] : body.items("contents");
  if (contents.length === 0) body.fail("contents", "at least one content");
  for (const content of contents) decodeContent(content, ids, messages);
  return messages;
}

/** One content; the results of functions in it stand in a message of their own before the rest. */
function decodeContent(content: Fields, ids: CallIds, messages: Message[]): void {
  const role = content.optionalString("role") ?? "user";
  if (role !== "user" && role !== "model" && role !== "function" && role !== "system") {
    content.oneOf("role", ["user", "model"]);
  }
  const parts = decodeParts(content, ids);
  const results = parts.filter((part) => part.type === "tool_result");
  if (results.length > 0) messages.push({ role: "tool", parts: results });
  const others = parts.filter((part) => part.type !== "tool_result");
  if (results.length > 0 && others.length === 0) return;
  const message: Message = {
    role: role === "model" ? "assistant" : role === "system" ? "system" : "user",
    parts: others,
  };
  messages.push(message);
}

/** `parts` of a content, as an object where there is one. */
export function decodeParts(content: Fields, ids: CallIds): Part[] {
  if (!content.has("parts")) return [];
  const parts = isObject(content.raw("parts")) ? [content.fields("parts")] : content.items("parts");
  return joinSignatures(parts.flatMap((part) => decodePart(part, ids)));
}

/** A signature belongs to the thoughts right before it, where these have none. */
function joinSignatures(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const before = joined.at(-1);
    if (
      part.type === "reasoning" && part.text === "" && before?.type === "reasoning" &&
      before.signature === undefined && before.redacted === undefined
    ) {
      joined[joined.length - 1] = { ...before, ...part, text: before.text };
    } else {
      joined.push(part);
    }
  }
  return joined;
}

/** One part: what it says, and the signature of the thoughts behind it, before a call and after a text. */
export function decodePart(part: Fields, ids: CallIds): Part[] {
  const signature = signatureOf(part);
  const kind = KINDS.find((each) => part.has(each));
  switch (kind) {
    case "text": {
      const text = part.string("text");
      if (part.optionalBoolean("thought") === true) return [{ type: "reasoning", text, ...signature }];
      const shown: Part[] = text === "" && signature !== undefined
        ? []
        : [withRest({ type: "text", text }, part)];
      return signature === undefined ? shown : [...shown, { type: "reasoning", text: "", ...signature }];
    }
    case "inlineData":
      return [withRest(decodeInlineData(part.fields(kind)), part)];
    case "fileData":
      return [withRest(decodeFileData(part.fields(kind)), part)];
    case "functionCall": {
      const call = decodeCall(part, ids);
      return signature === undefined ? [call] : [{ type: "reasoning", text: "", ...signature }, call];
    }
    case "functionResponse":
      return [decodeResult(part.fields(kind), ids)];
    default:
      if (kind === undefined && Object.keys(part.object).length === 0) return [];
      return [{ type: "opaque", format: FORMAT, value: part.object }];
  }
}

function withRest<T extends Part>(decoded: T, part: Fields): T {
  const rest = unknownFields(part.object, KNOWN);
  if (rest !== undefined && "type" in decoded && decoded.type !== "audio") {
    Object.assign(decoded, { extensions: { format: FORMAT, fields: rest } });
  }
  return decoded;
}

function decodeCall(part: Fields, ids: CallIds): ToolCallPart {
  const call = part.fields("functionCall");
  const name = call.string("name");
  return {
    type: "tool_call",
    id: ids.call(name, call.optionalString("id") || undefined),
    name,
    arguments: printArguments(call.raw("args") ?? {}),
  };
}

const RESULT = "output";
const FAILURE = "error";

function decodeResult(result: Fields, ids: CallIds): ToolResultPart {
  const name = result.string("name");
  const part: ToolResultPart = {
    type: "tool_result",
    callId: ids.result(name, result.optionalString("id") || undefined),
    content: [],
  };
  const response = result.optionalObject("response") ?? {};
  const text = textOf(response);
  if (text !== "") part.content.push({ type: "text", text });
  if (Object.keys(response).length === 1 && response[FAILURE] !== undefined) part.isError = true;
  for (const media of result.optionalItems("parts") ?? []) part.content.push(...decodeMedia(media));
  const rest = unknownFields(result.object, new Set(["id", "name", "response", "parts"]));
  if (rest !== undefined) part.extensions = { format: FORMAT, fields: rest };
  return part;
}

/** A response whose one field is `output` or `error` says a text; any other is JSON that the model reads. */
function textOf(response: JsonObject): string {
  const keys = Object.keys(response);
  const [only] = keys;
  if (keys.length === 0) return "";
  if (keys.length === 1 && (only === RESULT || only === FAILURE)) {
    const value = response[only];
    return typeof value === "string" ? value : JSON.stringify(value);
  }
  return JSON.stringify(response);
}

function decodeMedia(media: Fields): (TextPart | ImagePart | FilePart)[] {
  const part = media.has("inlineData")
    ? decodeInlineData(media.fields("inlineData"))
    : media.has("fileData")
    ? decodeFileData(media.fields("fileData"))
    : null;
  return part === null || part.type === "audio" ? [] : [part];
}

/** A result's text as `response`: JSON objects as they are, anything else behind the word that the API has for it. */
export function responseOf(text: string, isError: boolean): JsonObject {
  if (isError) return { [FAILURE]: text };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // A text.
  }
  return { [RESULT]: text };
}
