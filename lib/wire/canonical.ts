/**
 * The canonical model: what a chat request, its answer and a stream's events mean, whatever the wire format.
 * Each codec translates its format to and from these shapes; N formats cost N codecs, not N² translators.
 *
 * Rules that every codec keeps:
 * - A field that is absent on the wire is absent here (`undefined` is never a value).
 * - Tool-call arguments and structured outputs are strings exactly as the model wrote them, never re-serialised.
 * - What a format has and this model has not is kept under `extensions` (requests, responses) or as an
 *   `opaque` part with its format's name, so that a round trip through the same format loses nothing.
 */

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** Wire formats of the model APIs. The name is also the client family whose errors and headers apply. */
export type WireFormat =
  | "openai_chat"
  | "openai_responses"
  | "anthropic_messages"
  | "google_generate_content"
  | "google_interactions"
  | "cohere_chat"
  | "ollama_chat"
  | "ollama_generate"
  | "bedrock_converse";

/** What clients may speak: the formats, and completions of plain text, which no other format is turned into. */
export type ClientFormat = WireFormat | "completions";

/** Fields of a format that this model does not know, as they were. */
export interface Extensions {
  format: ClientFormat;
  fields: JsonObject;
}

/** The `message` item of the responses API that texts and refusals of an answer stand in. */
export interface MessageItem {
  id?: string;
  /** `phase`, and a `status` that is not what the answer's own would tell. */
  fields?: JsonObject;
}

export interface TextPart {
  readonly type: "text";
  text: string;
  /** Neighbours with the same object, or one id, are contents of one item. */
  item?: MessageItem;
  extensions?: Extensions;
  /** Citations and annotations in the source format's shape, with the format that they are in. */
  annotations?: { format: WireFormat; items: JsonValue[] };
  /** Anthropic's `cache_control`, kept between Anthropic ends. */
  cacheControl?: JsonObject;
}

export interface ImagePart {
  readonly type: "image";
  /** Exactly one of `url` (http or https), `data` (base64) with `mediaType`, and `fileId`. */
  url?: string;
  data?: string;
  mediaType?: string;
  fileId?: string;
  /** OpenAI's `detail`: `low`, `high`, `auto`, `original`. */
  detail?: string;
  extensions?: Extensions;
  cacheControl?: JsonObject;
}

export interface FilePart {
  readonly type: "file";
  url?: string;
  data?: string;
  mediaType?: string;
  fileId?: string;
  filename?: string;
  /** Text of a plain-text document. */
  text?: string;
  extensions?: Extensions;
  cacheControl?: JsonObject;
}

export interface AudioPart {
  readonly type: "audio";
  data: string;
  /** `wav`, `mp3`. */
  audioFormat: string;
}

export interface ReasoningPart {
  readonly type: "reasoning";
  /** The reasoning's text or its summary, joined; empty when only encrypted content exists. */
  text: string;
  /**
   * Summary parts where the format has several (OpenAI responses). When it is there, `text` is either their
   * join with blank lines or, where the format showed both, the reasoning itself.
   */
  summary?: string[];
  /**
   * Anthropic's signature, OpenAI's `encrypted_content` or Google's `thoughtSignature`, with the format that can
   * read it. Google's stands before the call or after the text that it belongs to.
   */
  signature?: string;
  signatureFormat?: WireFormat;
  /** Anthropic's `redacted_thinking` data. */
  redacted?: string;
  /** Item id of the responses API. */
  id?: string;
  extensions?: Extensions;
}

export interface RefusalPart {
  readonly type: "refusal";
  text: string;
  /** As with a text. */
  item?: MessageItem;
  extensions?: Extensions;
}

export interface ToolCallPart {
  readonly type: "tool_call";
  /** The id that the result refers to (`call_id` in the responses API). */
  id: string;
  name: string;
  /** JSON text, or free text for a custom tool. */
  arguments: string;
  /** Free-text tool (OpenAI's `custom`). */
  custom?: boolean;
  /** Item id of the responses API, which is not the call's id. */
  itemId?: string;
  extensions?: Extensions;
  cacheControl?: JsonObject;
}

export interface ToolResultPart {
  readonly type: "tool_result";
  callId: string;
  content: (TextPart | ImagePart | FilePart)[];
  isError?: boolean;
  custom?: boolean;
  extensions?: Extensions;
  cacheControl?: JsonObject;
}

/** A part or item that only its own format knows (server tools, searches, MCP calls): kept whole. */
export interface OpaquePart {
  readonly type: "opaque";
  format: WireFormat;
  value: JsonObject;
}

export type Part =
  | TextPart
  | ImagePart
  | FilePart
  | AudioPart
  | ReasoningPart
  | RefusalPart
  | ToolCallPart
  | ToolResultPart
  | OpaquePart;

/** Tool results are parts of a `tool` message; several calls' results may share one or have one each. */
export type Role = "system" | "developer" | "user" | "assistant" | "tool";

export interface Message {
  role: Role;
  parts: Part[];
  /** OpenAI's participant name. */
  name?: string;
  /** Item id and status of the responses API, and its `phase`. */
  id?: string;
  extensions?: Extensions;
}

export interface FunctionTool {
  readonly type: "function";
  name: string;
  description?: string;
  /** JSON schema. */
  parameters?: JsonObject;
  strict?: boolean | null;
  cacheControl?: JsonObject;
  extensions?: Extensions;
}

/** OpenAI's free-text tool. */
export interface CustomTool {
  readonly type: "custom";
  name: string;
  description?: string;
  /** `{type:"text"}` or `{type:"grammar", definition, syntax}`. */
  inputFormat?: JsonObject;
  extensions?: Extensions;
}

/** A tool that the provider runs (web search, code interpreter, …): only its own format knows it. */
export interface OpaqueTool {
  readonly type: "opaque";
  format: WireFormat;
  value: JsonObject;
}

export type Tool = FunctionTool | CustomTool | OpaqueTool;

export type ToolChoice =
  | { readonly type: "auto" | "none" | "required" }
  | { readonly type: "tool"; name: string; custom?: boolean }
  | { readonly type: "opaque"; format: WireFormat; value: JsonValue };

export type ResponseFormat =
  | { readonly type: "text" | "json_object" }
  | {
    readonly type: "json_schema";
    name: string;
    schema: JsonObject;
    strict?: boolean | null;
    description?: string;
  };

export interface ReasoningOptions {
  /** `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`. */
  effort?: string;
  /** Anthropic's `thinking.budget_tokens`; 0 means switched off. */
  budgetTokens?: number;
  /** Anthropic's `thinking: {type: "adaptive"}`. */
  adaptive?: boolean;
  /** `auto`, `concise`, `detailed`. */
  summary?: string;
  /** The format's own settings, which say more than the fields above (Anthropic's `thinking`). */
  extensions?: Extensions;
}

export interface ChatRequest {
  model: string;
  /** In order; system and developer messages stand where the client put them. */
  messages: Message[];
  tools?: Tool[];
  toolChoice?: ToolChoice;
  parallelToolCalls?: boolean;
  responseFormat?: ResponseFormat;
  reasoning?: ReasoningOptions;
  /** `low`, `medium`, `high`. */
  verbosity?: string;
  maxOutputTokens?: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
  logitBias?: JsonObject;
  stop?: string[];
  seed?: number;
  n?: number;
  logprobs?: boolean;
  topLogprobs?: number;
  stream?: boolean;
  /** Chat completions' `stream_options.include_usage`. */
  includeUsage?: boolean;
  user?: string;
  /** OpenAI's stable identifier of an end user, which replaces `user`. */
  safetyIdentifier?: string;
  promptCacheKey?: string;
  metadata?: Record<string, string>;
  /** In OpenAI's words: `auto`, `default`, `flex`, `priority`, … */
  serviceTier?: string;
  store?: boolean;
  /** Fields of the client's format that this model does not know, as they were. */
  extensions?: Extensions;
}

export type FinishReason =
  | "stop"
  | "length"
  | "tool_calls"
  | "content_filter"
  | "refusal"
  | "pause"
  | "error";

/** Tokens. `input` has the cached ones among them, `output` the reasoning ones. */
export interface Usage {
  input: number;
  output: number;
  cached?: number;
  cacheCreation?: number;
  reasoning?: number;
  /** The format's own usage object, for what has no field here. */
  extensions?: Extensions;
}

export interface Choice {
  index: number;
  /** In order of the answer. */
  parts: Part[];
  finishReason: FinishReason;
  /** The stop sequence that was hit, where the format tells. */
  stopSequence?: string;
  /** OpenAI's `logprobs` object: `{content: [...], refusal: [...]}`. */
  logprobs?: JsonObject;
  /** Fields of the choice, where the format has choices. */
  extensions?: Extensions;
}

export interface ChatResponse {
  id: string;
  model: string;
  /** Unix seconds. */
  created?: number;
  choices: Choice[];
  usage?: Usage;
  serviceTier?: string;
  systemFingerprint?: string;
  extensions?: Extensions;
}

/**
 * Events of a stream. `part` counts within its choice, from 0 in order of appearance; a part's deltas come
 * between its `part_start` and `part_end`; parts may interleave (parallel tool calls).
 */
export type StreamEvent =
  | {
    type: "start";
    id: string;
    model: string;
    created?: number;
    usage?: Usage;
    serviceTier?: string;
    systemFingerprint?: string;
    extensions?: Extensions;
  }
  | { type: "part_start"; choice: number; part: number; value: Part }
  | { type: "text_delta"; choice: number; part: number; text: string; logprobs?: JsonValue[] }
  | { type: "refusal_delta"; choice: number; part: number; text: string; logprobs?: JsonValue[] }
  /** `summaryIndex`: which summary part of the responses API it belongs to. */
  | { type: "reasoning_delta"; choice: number; part: number; text: string; summaryIndex?: number }
  | { type: "signature_delta"; choice: number; part: number; signature: string; format: WireFormat }
  | { type: "arguments_delta"; choice: number; part: number; text: string }
  | { type: "annotation"; choice: number; part: number; format: WireFormat; value: JsonValue }
  /** `value` replaces what was known at the start, for opaque parts that only the end completes. */
  | { type: "part_end"; choice: number; part: number; value?: Part }
  /** `extensions`: the fields of the whole answer (in chat completions, of the choice) that only its end tells. */
  | { type: "finish"; choice: number; reason: FinishReason; stopSequence?: string; extensions?: Extensions }
  /** May come more than once and before the end; each replaces the one before. */
  | { type: "usage"; usage: Usage }
  /** The terminal event; nothing follows. */
  | { type: "end" }
  /** The provider's own error event; terminal as well. */
  | { type: "error"; code: string; message: string; status?: number }
  /** Keep-alive (Anthropic's `ping`). */
  | { type: "ping" }
  /** An event that only its own format knows. */
  | { type: "opaque"; format: WireFormat; value: JsonObject };
