import type { ClientFormat, JsonObject, JsonValue, WireFormat } from "../../lib/wire/canonical.ts";

const CHAT_TURN = [{ role: "user", content: "Hi" }];

/** A request that asks for nothing in particular, without its model. */
export const PLAIN_REQUESTS: Readonly<Record<ClientFormat, JsonObject>> = {
  openai_chat: { messages: CHAT_TURN },
  openai_responses: { input: "Hi" },
  anthropic_messages: { max_tokens: 4096, messages: CHAT_TURN },
  google_generate_content: { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
  google_interactions: { input: "Hi" },
  bedrock_converse: { messages: [{ role: "user", content: [{ text: "Hi" }] }] },
  cohere_chat: { messages: CHAT_TURN },
  ollama_chat: { stream: false, messages: CHAT_TURN },
  ollama_generate: { stream: false, prompt: "Hi" },
  completions: { prompt: "Hi" },
};

/** Answers that say nothing in particular. */
export const PLAIN_ANSWERS: Readonly<Record<WireFormat, JsonObject>> = {
  openai_chat: {
    id: "a",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 },
  },
  openai_responses: {
    id: "resp_a",
    object: "response",
    created_at: 1,
    status: "completed",
    model: "m",
    output: [{
      type: "message",
      id: "msg_a",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "Hello", annotations: [] }],
    }],
    usage: { input_tokens: 10, output_tokens: 3, total_tokens: 13 },
  },
  anthropic_messages: {
    id: "msg_a",
    type: "message",
    role: "assistant",
    model: "m",
    content: [{ type: "text", text: "Hello" }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 3 },
  },
  google_generate_content: {
    candidates: [{ content: { role: "model", parts: [{ text: "Hello" }] }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 3, totalTokenCount: 13 },
    modelVersion: "m",
  },
  google_interactions: {
    id: "v1_a",
    object: "interaction",
    status: "completed",
    model: "m",
    steps: [{ type: "model_output", content: [{ type: "text", text: "Hello" }] }],
    usage: { total_input_tokens: 10, total_output_tokens: 3, total_tokens: 13 },
  },
  bedrock_converse: {
    output: { message: { role: "assistant", content: [{ text: "Hello" }] } },
    stopReason: "end_turn",
    usage: { inputTokens: 10, outputTokens: 3, totalTokens: 13 },
  },
  cohere_chat: {
    id: "a",
    message: { role: "assistant", content: [{ type: "text", text: "Hello" }] },
    finish_reason: "COMPLETE",
    usage: { tokens: { input_tokens: 10, output_tokens: 3 } },
  },
  ollama_chat: {
    model: "m",
    created_at: "2026-01-01T00:00:00Z",
    message: { role: "assistant", content: "Hello" },
    done: true,
    done_reason: "stop",
    prompt_eval_count: 10,
    eval_count: 3,
  },
  ollama_generate: {
    model: "m",
    created_at: "2026-01-01T00:00:00Z",
    response: "Hello",
    done: true,
    done_reason: "stop",
    prompt_eval_count: 10,
    eval_count: 3,
  },
};

/** What the target is called: some of what a format says depends on the model. */
export const MODELS: Readonly<Record<WireFormat, string>> = {
  openai_chat: "gpt-5.1",
  openai_responses: "gpt-5.1",
  anthropic_messages: "claude-sonnet-4-5",
  google_generate_content: "gemini-2.5-pro",
  google_interactions: "gemini-2.5-pro",
  bedrock_converse: "anthropic.claude-sonnet-4-5",
  cohere_chat: "command-a",
  ollama_chat: "qwen3",
  ollama_generate: "qwen3",
};

type InChatFormats<T> = Partial<Readonly<Record<ClientFormat, T>>>;

/** A user's message that is one content part, as each format has it. Ollama's has fields beside its text. */
export function content(parts: InChatFormats<JsonObject>): InChatFormats<JsonObject> {
  return eachOf(parts, (format, part) => {
    switch (format) {
      case "openai_responses":
        return { input: [{ role: "user", content: [part] }] };
      case "google_generate_content":
        return { contents: [{ role: "user", parts: [part] }] };
      case "google_interactions":
        return { input: [{ type: "user_input", content: [part] }] };
      case "ollama_chat":
        return { messages: [{ role: "user", ...part }] };
      case "ollama_generate":
        return part;
      default:
        return { messages: [{ role: "user", content: [part] }] };
    }
  });
}

/** Settings that each format has in its own place. */
export function setting(names: InChatFormats<string>, value: JsonValue): InChatFormats<JsonObject> {
  return eachOf(names, (_format, path) => at(path.split("."), value));
}

/** The same for all formats that have it. */
export function at(path: readonly string[], value: JsonValue): JsonObject {
  const [first = "", ...rest] = path;
  return { [first]: rest.length === 0 ? value : at(rest, value) };
}

function eachOf<T>(
  given: InChatFormats<T>,
  make: (format: ClientFormat, value: T) => JsonObject,
): InChatFormats<JsonObject> {
  const entries = Object.entries(given) as [ClientFormat, T][];
  return Object.fromEntries(entries.map(([format, value]) => [format, make(format, value)]));
}
