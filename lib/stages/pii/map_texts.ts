import type { ClientFormat, JsonObject, JsonValue } from "../../wire/canonical.ts";

/** What a text is, which says how it may be changed. */
export interface TextPlace {
  /** The text holds JSON, which stays valid. */
  readonly json: boolean;
  /** False: its provider signed it. */
  readonly alterable: boolean;
}

export type TextMap = (text: string, place: TextPlace) => string;

/** Fields in which a format's requests hold what people and tools said. */
export const REQUEST_FIELDS: Readonly<Record<ClientFormat, readonly string[]>> = {
  openai_chat: ["messages", "prediction"],
  completions: ["prompt", "suffix"],
  openai_responses: ["input", "instructions", "prompt"],
  anthropic_messages: ["messages", "system"],
  google_generate_content: ["contents", "systemInstruction", "system_instruction"],
  google_interactions: ["input", "system_instruction"],
  cohere_chat: ["messages", "documents"],
  ollama_chat: ["messages"],
  ollama_generate: ["prompt", "system", "suffix"],
  bedrock_converse: ["messages", "system"],
};

/** The same of whole answers. */
export const ANSWER_FIELDS: Readonly<Record<ClientFormat, readonly string[]>> = {
  openai_chat: ["choices"],
  completions: ["choices"],
  openai_responses: ["output", "output_text"],
  anthropic_messages: ["content"],
  google_generate_content: ["candidates"],
  google_interactions: ["steps"],
  cohere_chat: ["message"],
  ollama_chat: ["message"],
  ollama_generate: ["response", "thinking"],
  bedrock_converse: ["output"],
};

/** Keys whose values are the API's own words, names, ids, files, or signed. */
const NOT_SAID = new Set(
  ("type role id call_id tool_call_id tool_use_id toolUseId item_id name toolName tool_name status signature data bytes " +
    "thoughtSignature thought_signature encrypted_content redactedContent format mime_type mimeType media_type mediaType " +
    "file_id fileId fileUri file_uri file_data image_url imageUrl url uri images detail cache_control finish_reason " +
    "finishReason stop_reason category probability object container_id server_label phase").split(" "),
);
/** Objects that tools take and give: whatever is in them was said. */
const SAID_WHOLE = new Set(["args", "response", "variables", "json"]);
/** Texts that hold JSON. */
const JSON_TEXTS = new Set(["arguments"]);
/** What tells of the text by its parts, and would give it away. */
const PROBABILITIES = new Set(["logprobs", "logprobsResult", "top_logprobs"]);
/** Reasoning that stands beside its signature. */
const REASONING = new Set([
  "reasoning_content",
  "reasoning",
  "thinking",
  "thinking_blocks",
  "reasoning_details",
]);

const PLAIN: TextPlace = { json: false, alterable: true };
const SIGNED: TextPlace = { json: false, alterable: false };
const IN_JSON: TextPlace = { json: true, alterable: true };

export interface MapOptions {
  readonly map: TextMap;
  /** The reasoning in it may be signed somewhere else. */
  readonly signedReasoning?: boolean;
  /** Told where probabilities of tokens were taken out. */
  readonly onDropped?: () => void;
}

/** Changes what was said in a part of a request or answer. @returns the very same value where nothing changes. */
export function mapTexts(value: JsonValue, options: MapOptions): JsonValue {
  return new TextMapper(options).said(value, PLAIN);
}

class TextMapper {
  constructor(private readonly options: MapOptions) {}

  said(value: JsonValue, place: TextPlace): JsonValue {
    if (typeof value === "string") return value === "" ? value : this.options.map(value, place);
    if (Array.isArray(value)) return this.#list(value, (each) => this.said(each, place));
    if (value === null || typeof value !== "object") return value;
    const inner = isSigned(value) ? SIGNED : place;
    return this.#members(value, (key, member) => this.#member(key, member, value, inner));
  }

  /** All texts, whatever their keys. */
  #whole(value: JsonValue, place: TextPlace): JsonValue {
    if (typeof value === "string") return value === "" ? value : this.options.map(value, place);
    if (Array.isArray(value)) return this.#list(value, (each) => this.#whole(each, place));
    if (value === null || typeof value !== "object") return value;
    return this.#members(value, (_, member) => this.#whole(member, place));
  }

  #member(key: string, value: JsonValue, owner: JsonObject, place: TextPlace): JsonValue {
    if (NOT_SAID.has(key)) return value;
    if (PROBABILITIES.has(key)) return this.#dropped(value);
    if (JSON_TEXTS.has(key)) {
      return typeof value === "string" ? this.said(value, IN_JSON) : this.#whole(value, place);
    }
    // A tool's input: free text of OpenAI's custom tools, an object of Anthropic's.
    if (SAID_WHOLE.has(key) || (key === "input" && "type" in owner)) return this.#whole(value, place);
    if (REASONING.has(key) && this.options.signedReasoning === true) return this.said(value, SIGNED);
    return this.said(value, place);
  }

  #dropped(value: JsonValue): JsonValue {
    if (value === null || (Array.isArray(value) && value.length === 0)) return value;
    this.options.onDropped?.();
    return Array.isArray(value) ? [] : null;
  }

  #list(list: JsonValue[], map: (value: JsonValue) => JsonValue): JsonValue[] {
    let changed: JsonValue[] | null = null;
    for (const [i, value] of list.entries()) {
      const mapped = map(value);
      if (mapped !== value) (changed ??= [...list])[i] = mapped;
    }
    return changed ?? list;
  }

  #members(object: JsonObject, map: (key: string, value: JsonValue) => JsonValue): JsonObject {
    let changed: JsonObject | null = null;
    for (const [key, value] of Object.entries(object)) {
      const mapped = map(key, value);
      if (mapped !== value) (changed ??= { ...object })[key] = mapped;
    }
    return changed ?? object;
  }
}

/** Thinking as its provider wrote it: Anthropic's, Bedrock's and Google's. A call may be signed and is no thinking. */
function isSigned(object: JsonObject): boolean {
  if ("arguments" in object) return false;
  return typeof object.signature === "string" || object.type === "thinking" || object.thought === true;
}
