import type { ChatRequest, JsonValue, Message, Part, Tool } from "../../wire/canonical.ts";
import { FAMILY_RULES, familyOfModel, type TokenRules } from "./token_rules.ts";
import { textTokens } from "./text_tokens.ts";

/** What a request is made of, as far as it is counted. */
interface Pieces {
  /** Counted as one, so that the tokenizer is called once. */
  readonly texts: string[];
  /** Tokens of what is no text. */
  fixed: number;
}

/**
 * About how many tokens a request is to a model. Texts by OpenAI's tokenizer, times what the maker's own was measured
 * to give; all else by the rules of {@linkcode FAMILY_RULES}. docs/token_counting.md says how far it is off.
 */
export async function estimateTokens(request: ChatRequest): Promise<number> {
  const rules = FAMILY_RULES[familyOfModel(request.model)];
  const pieces = piecesOf(request, rules);
  const tokens = await textTokens(pieces.texts.join("\n"));
  // Each text but the first came with a line's end.
  const ends = Math.max(0, pieces.texts.length - 1);
  return Math.max(1, Math.round(Math.max(0, tokens - ends) * rules.perToken) + pieces.fixed);
}

/** Characters of most texts that are a token. */
const CHARACTERS_PER_TOKEN = 4;

/** The same at once and less exactly: by the length of texts, for whoever cannot wait for a tokenizer. */
export function roughTokens(request: ChatRequest): number {
  const rules = FAMILY_RULES[familyOfModel(request.model)];
  const { texts, fixed } = piecesOf(request, rules);
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  return Math.ceil(characters / CHARACTERS_PER_TOKEN * rules.perToken + fixed);
}

function piecesOf(request: ChatRequest, rules: TokenRules): Pieces {
  const pieces: Pieces = { texts: [], fixed: rules.request };
  for (const message of request.messages) addMessage(message, rules, pieces);
  if ((request.tools ?? []).length > 0) pieces.fixed += rules.tools;
  for (const tool of request.tools ?? []) addTool(tool, rules, pieces);
  if (request.responseFormat?.type === "json_schema") pieces.texts.push(json(request.responseFormat.schema));
  return pieces;
}

function addMessage(message: Message, rules: TokenRules, pieces: Pieces): void {
  pieces.fixed += rules.message;
  if (message.name !== undefined) pieces.texts.push(message.name);
  for (const part of message.parts) addPart(part, rules, pieces);
}

function addPart(part: Part, rules: TokenRules, pieces: Pieces): void {
  switch (part.type) {
    case "text":
    case "refusal":
    case "reasoning":
      pieces.texts.push(part.text);
      return;
    case "tool_call":
      pieces.fixed += rules.call;
      pieces.texts.push(part.name, part.arguments);
      return;
    case "tool_result":
      pieces.fixed += rules.call;
      for (const each of part.content) addPart(each, rules, pieces);
      return;
    case "image":
      pieces.fixed += part.detail === "low" ? rules.smallImage : rules.image;
      return;
    case "file":
      if (part.text !== undefined) pieces.texts.push(part.text);
      else pieces.fixed += Math.max(1, bytesOf(part.data) / BYTES_PER_PAGE) * rules.page;
      return;
    case "audio":
      pieces.fixed += Math.ceil(bytesOf(part.data) / BYTES_PER_SECOND) * rules.second;
      return;
    case "opaque":
      pieces.texts.push(json(part.value));
  }
}

/** A page of a PDF, and a second of 16-bit speech. */
const BYTES_PER_PAGE = 50_000;
const BYTES_PER_SECOND = 32_000;

function bytesOf(base64: string | undefined): number {
  return Math.floor((base64?.length ?? 0) * 3 / 4);
}

function addTool(tool: Tool, rules: TokenRules, pieces: Pieces): void {
  pieces.fixed += rules.tool;
  if (tool.type === "opaque") return void pieces.texts.push(json(tool.value));
  pieces.texts.push(tool.name, tool.description ?? "");
  if (tool.type === "function") pieces.texts.push(json(tool.parameters ?? {}));
  else pieces.texts.push(json(tool.inputFormat ?? {}));
}

function json(value: JsonValue): string {
  return JSON.stringify(value);
}
