/** What providers send in tests, in each format: pieces of streams, whole answers and the scripts made of them. */
import type { JsonObject, WireFormat } from "../../lib/wire/canonical.ts";
import { encodeAwsEvent } from "../../lib/wire/aws_event_stream.ts";
import { encodeSse } from "../../lib/wire/sse.ts";
import { CODECS } from "../wire/codecs.ts";
import type { Step } from "./scripted_provider.ts";

/** A stream in pieces, so that a script may stop after any. */
export interface StreamPieces {
  /** What comes before content: role chunk, `response.created`, `message_start`. */
  readonly prelude: string;
  readonly content: (text: string) => string;
  /** The last event with content's end and usage: 7 tokens in, 3 out. */
  readonly finish: string;
  readonly terminal: string;
}

const CHUNK = {
  id: "chatcmpl-up",
  object: "chat.completion.chunk",
  created: 1_767_225_600,
  model: "up-model",
};

function chat(fields: JsonObject): string {
  return encodeSse(JSON.stringify({ ...CHUNK, ...fields }));
}

function choice(delta: JsonObject, finish: string | null = null): JsonObject {
  return { choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] };
}

function named(type: string, fields: JsonObject): string {
  return encodeSse(JSON.stringify({ type, ...fields }), type);
}

/** A response object of the responses API. */
export function responseObject(status: string, text: string | null): JsonObject {
  return {
    id: "resp_up",
    object: "response",
    created_at: 1_767_225_600,
    status,
    model: "up-model",
    output: text === null ? [] : [{
      id: "msg_up",
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text, annotations: [] }],
    }],
    usage: text === null ? null : {
      input_tokens: 7,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 3,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 10,
    },
  };
}

const OLLAMA = { model: "up-model", created_at: "2026-01-01T00:00:00Z" };
const OLLAMA_END = { done: true, done_reason: "stop", prompt_eval_count: 7, eval_count: 3 };

function ollamaPieces(words: (text: string) => JsonObject): StreamPieces {
  const line = (fields: JsonObject) => `${JSON.stringify({ ...OLLAMA, ...fields })}\n`;
  return {
    prelude: "",
    content: (text) => line({ ...words(text), done: false }),
    finish: "",
    terminal: line({ ...words(""), ...OLLAMA_END }),
  };
}

const GOOGLE = { modelVersion: "up-model", responseId: "up" };
const GOOGLE_USAGE = { promptTokenCount: 7, candidatesTokenCount: 3, totalTokenCount: 10 };

function candidate(text: string): JsonObject {
  return { content: { parts: [{ text }], role: "model" }, index: 0 };
}

const COHERE_END = {
  finish_reason: "COMPLETE",
  usage: {
    billed_units: { input_tokens: 2, output_tokens: 3 },
    tokens: { input_tokens: 7, output_tokens: 3 },
  },
};

function cohereContent(type: string, content: JsonObject): string {
  return named(type, { index: 0, delta: { message: { content } } });
}

const INTERACTION = { id: "v1_up", object: "interaction", model: "up-model" };
const INTERACTION_END = {
  status: "completed",
  usage: { total_tokens: 10, total_input_tokens: 7, total_output_tokens: 3, total_thought_tokens: 0 },
};

function interacted(type: string, event: JsonObject): string {
  return encodeSse(JSON.stringify({ ...event, event_type: type }), type);
}

const CONVERSE_USAGE = { inputTokens: 7, outputTokens: 3, totalTokens: 10 };

function converse(type: string, event: JsonObject): string {
  return encodeAwsEvent(type, JSON.stringify(event));
}

/** As encoders write them: `Framing.bytes` makes bytes of it. */
export const STREAMS: Readonly<Record<WireFormat, StreamPieces>> = {
  openai_chat: {
    prelude: chat(choice({ role: "assistant", content: "" })),
    content: (text) => chat(choice({ content: text })),
    finish: chat(choice({}, "stop")) +
      chat({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } }),
    terminal: "data: [DONE]\n\n",
  },
  openai_responses: {
    prelude:
      named("response.created", { sequence_number: 0, response: responseObject("in_progress", null) }) +
      named("response.output_item.added", {
        sequence_number: 1,
        output_index: 0,
        item: { id: "msg_up", type: "message", status: "in_progress", role: "assistant", content: [] },
      }) +
      named("response.content_part.added", {
        sequence_number: 2,
        item_id: "msg_up",
        output_index: 0,
        content_index: 0,
        part: { type: "output_text", text: "", annotations: [] },
      }),
    content: (delta) =>
      named("response.output_text.delta", {
        sequence_number: 3,
        item_id: "msg_up",
        output_index: 0,
        content_index: 0,
        delta,
        logprobs: [],
      }),
    finish: named("response.output_text.done", {
      sequence_number: 4,
      item_id: "msg_up",
      output_index: 0,
      content_index: 0,
      text: "Hello world",
      logprobs: [],
    }),
    terminal: named("response.completed", {
      sequence_number: 5,
      response: responseObject("completed", "Hello world"),
    }),
  },
  anthropic_messages: {
    prelude: named("message_start", {
      message: {
        id: "msg_up",
        type: "message",
        role: "assistant",
        model: "up-model",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 7, output_tokens: 1 },
      },
    }) + named("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    content: (text) => named("content_block_delta", { index: 0, delta: { type: "text_delta", text } }),
    finish: named("content_block_stop", { index: 0 }) +
      named("message_delta", {
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { output_tokens: 3 },
      }),
    terminal: named("message_stop", {}),
  },
  cohere_chat: {
    prelude: named("message-start", { id: "up", delta: { message: { role: "assistant" } } }) +
      cohereContent("content-start", { type: "text", text: "" }),
    content: (text) => cohereContent("content-delta", { text }),
    finish: named("content-end", { index: 0 }),
    terminal: named("message-end", { delta: COHERE_END }),
  },
  ollama_chat: ollamaPieces((content) => ({ message: { role: "assistant", content } })),
  ollama_generate: ollamaPieces((response) => ({ response })),
  google_generate_content: {
    prelude: encodeSse(JSON.stringify({ ...GOOGLE, usageMetadata: { promptTokenCount: 7 } })),
    content: (text) => encodeSse(JSON.stringify({ candidates: [candidate(text)], ...GOOGLE })),
    finish: encodeSse(JSON.stringify({ usageMetadata: GOOGLE_USAGE, ...GOOGLE })),
    // What makes it whole; it ends with the body.
    terminal: encodeSse(JSON.stringify({
      candidates: [{ ...candidate(""), finishReason: "STOP" }],
      usageMetadata: GOOGLE_USAGE,
      ...GOOGLE,
    })),
  },
  google_interactions: {
    prelude: interacted("interaction.created", { interaction: { ...INTERACTION, status: "in_progress" } }) +
      interacted("step.start", { index: 0, step: { type: "model_output" } }),
    content: (text) => interacted("step.delta", { index: 0, delta: { text, type: "text" } }),
    finish: interacted("step.stop", { index: 0 }),
    terminal: interacted("interaction.completed", { interaction: { ...INTERACTION, ...INTERACTION_END } }) +
      encodeSse("[DONE]", "done"),
  },
  bedrock_converse: {
    prelude: converse("messageStart", { role: "assistant" }),
    content: (text) => converse("contentBlockDelta", { contentBlockIndex: 0, delta: { text } }),
    finish: converse("contentBlockStop", { contentBlockIndex: 0 }) +
      converse("messageStop", { stopReason: "end_turn" }),
    terminal: converse("metadata", { usage: CONVERSE_USAGE, metrics: { latencyMs: 1 } }),
  },
};

/** The model that an answer of the format names: Bedrock's name none. */
export function modelToldBy(format: WireFormat): string {
  return format === "bedrock_converse" ? "" : "up-model";
}

/** Whole answers, each with 7 tokens in and 3 out. */
export const WHOLE: Readonly<Record<WireFormat, JsonObject>> = {
  openai_chat: {
    id: "chatcmpl-up",
    object: "chat.completion",
    created: 1_767_225_600,
    model: "up-model",
    choices: [{
      index: 0,
      message: { role: "assistant", content: "Hello world", refusal: null },
      logprobs: null,
      finish_reason: "stop",
    }],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  },
  openai_responses: responseObject("completed", "Hello world"),
  anthropic_messages: {
    id: "msg_up",
    type: "message",
    role: "assistant",
    model: "up-model",
    content: [{ type: "text", text: "Hello world" }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 7, output_tokens: 3 },
  },
  cohere_chat: {
    id: "up",
    message: { role: "assistant", content: [{ type: "text", text: "Hello world" }] },
    ...COHERE_END,
  },
  ollama_chat: { ...OLLAMA, message: { role: "assistant", content: "Hello world" }, ...OLLAMA_END },
  ollama_generate: { ...OLLAMA, response: "Hello world", ...OLLAMA_END },
  google_generate_content: {
    candidates: [{ ...candidate("Hello world"), finishReason: "STOP" }],
    usageMetadata: GOOGLE_USAGE,
    ...GOOGLE,
  },
  google_interactions: {
    ...INTERACTION,
    ...INTERACTION_END,
    steps: [{ content: [{ text: "Hello world", type: "text" }], type: "model_output" }],
  },
  bedrock_converse: {
    output: { message: { role: "assistant", content: [{ text: "Hello world" }] } },
    stopReason: "end_turn",
    usage: CONVERSE_USAGE,
    metrics: { latencyMs: 1 },
  },
};

/** Requests, each for the model `asked`, which Google's name in the path. */
export const REQUESTS: Readonly<Record<WireFormat, JsonObject>> = {
  openai_chat: { model: "asked", messages: [{ role: "user", content: "Hi" }] },
  openai_responses: { model: "asked", input: "Hi" },
  anthropic_messages: { model: "asked", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] },
  cohere_chat: { model: "asked", messages: [{ role: "user", content: "Hi" }] },
  ollama_chat: { model: "asked", stream: false, messages: [{ role: "user", content: "Hi" }] },
  ollama_generate: { model: "asked", stream: false, prompt: "Hi" },
  google_generate_content: { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
  google_interactions: { model: "asked", input: "Hi" },
  bedrock_converse: { messages: [{ role: "user", content: [{ text: "Hi" }] }] },
};

const JSON_TYPE = { "content-type": "application/json" };

/** Without a content type, which says nothing, so that it may begin a stream of any format. */
export const STREAM_BEGINS: Step = { response: 200, headers: {} };

/** A stream's text, whole: two words of content. */
export function streamText(format: WireFormat): string {
  const { prelude, content, finish, terminal } = STREAMS[format];
  return prelude + content("Hello") + content(" world") + finish + terminal;
}

/** A stream that goes well. */
export function goodStream(format: WireFormat): Step[] {
  const headers = { "content-type": CODECS[format].framing.contentType };
  return [{ response: 200, headers }, { data: streamText(format) }, { end: true }];
}

/** A whole answer that goes well. */
export function goodAnswer(format: WireFormat): Step[] {
  return [{ response: 200, headers: JSON_TYPE }, { data: JSON.stringify(WHOLE[format]) }, { end: true }];
}

/** An error answer. */
export function errorAnswer(status: number, headers: Readonly<Record<string, string>> = {}): Step[] {
  return [{ response: status, headers: { ...JSON_TYPE, ...headers } }, {
    data: '{"error":{"message":"scripted"}}',
  }, { end: true }];
}
