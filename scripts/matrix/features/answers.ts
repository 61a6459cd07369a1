import { answeredOnly, type Feature, saying } from "../feature.ts";

const GROUP = "Answers";
const CALL = { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Paris"}' } };
const SECOND = { id: "call_2", type: "function", function: { name: "time", arguments: "{}" } };
const RESPONSES_CALL = {
  type: "function_call",
  call_id: "call_1",
  name: "weather",
  arguments: '{"city":"Paris"}',
};
const TOOL_USE = { type: "tool_use", id: "call_1", name: "weather", input: { city: "Paris" } };
const GOOGLE_CALL = { functionCall: { id: "call_1", name: "weather", args: { city: "Paris" } } };
const BEDROCK_CALL = { toolUse: { toolUseId: "call_1", name: "weather", input: { city: "Paris" } } };
const OLLAMA_CALL = { id: "call_1", function: { name: "weather", arguments: { city: "Paris" } } };

function choice(message: Record<string, unknown>, more: Record<string, unknown> = {}) {
  return { choices: [{ index: 0, message: { role: "assistant", ...message }, ...more }] } as never;
}

function candidate(parts: unknown[], more: Record<string, unknown> = {}) {
  return { candidates: [{ content: { role: "model", parts }, finishReason: "STOP", ...more }] } as never;
}

function item(...content: unknown[]) {
  return { output: [{ type: "message", role: "assistant", content }] } as never;
}

function converse(...content: unknown[]) {
  return { output: { message: { role: "assistant", content } } } as never;
}

function steps(...steps: unknown[]) {
  return { steps } as never;
}

function output(...content: unknown[]) {
  return steps({ type: "model_output", content });
}

const INTERACTION_CALL = {
  type: "function_call",
  id: "call_1",
  name: "weather",
  arguments: { city: "Paris" },
};

const LOGPROB = { token: "Hello", logprob: -0.5, bytes: [72], top_logprobs: [] };

/** What answers can say. */
export const ANSWERS: readonly Feature[] = [
  {
    name: "text",
    group: GROUP,
    formats: {
      openai_chat: choice({ content: "Hello world" }),
      openai_responses: item({ type: "output_text", text: "Hello world" }),
      anthropic_messages: { content: [{ type: "text", text: "Hello world" }] },
      google_generate_content: candidate([{ text: "Hello world" }]),
      google_interactions: output({ type: "text", text: "Hello world" }),
      bedrock_converse: converse({ text: "Hello world" }),
      cohere_chat: { message: { content: [{ type: "text", text: "Hello world" }] } },
      ollama_chat: { message: { role: "assistant", content: "Hello world" } },
      ollama_generate: { response: "Hello world" },
      completions: { choices: [{ text: "Hello world" }] },
    },
  },
  {
    name: "tool call",
    group: GROUP,
    formats: {
      openai_chat: choice({ content: null, tool_calls: [CALL] }, { finish_reason: "tool_calls" }),
      openai_responses: { output: [RESPONSES_CALL] },
      anthropic_messages: { content: [TOOL_USE], stop_reason: "tool_use" },
      google_generate_content: candidate([GOOGLE_CALL]),
      google_interactions: { ...steps(INTERACTION_CALL) as object, status: "requires_action" },
      bedrock_converse: { ...converse(BEDROCK_CALL) as object, stopReason: "tool_use" },
      cohere_chat: { message: { role: "assistant", tool_calls: [CALL] }, finish_reason: "TOOL_CALL" },
      ollama_chat: { message: { role: "assistant", content: "", tool_calls: [OLLAMA_CALL] } },
    },
  },
  {
    name: "tool calls at a time",
    group: GROUP,
    formats: {
      openai_chat: choice({ content: null, tool_calls: [CALL, SECOND] }, { finish_reason: "tool_calls" }),
      openai_responses: {
        output: [RESPONSES_CALL, { ...RESPONSES_CALL, call_id: "call_2", name: "time", arguments: "{}" }],
      },
      anthropic_messages: {
        content: [TOOL_USE, { type: "tool_use", id: "call_2", name: "time", input: {} }],
        stop_reason: "tool_use",
      },
      google_generate_content: candidate([GOOGLE_CALL, {
        functionCall: { id: "call_2", name: "time", args: {} },
      }]),
      google_interactions: {
        ...steps(INTERACTION_CALL, {
          type: "function_call",
          id: "call_2",
          name: "time",
          arguments: {},
        }) as object,
        status: "requires_action",
      },
      bedrock_converse: {
        ...converse(BEDROCK_CALL, { toolUse: { toolUseId: "call_2", name: "time", input: {} } }) as object,
        stopReason: "tool_use",
      },
      cohere_chat: { message: { role: "assistant", tool_calls: [CALL, SECOND] }, finish_reason: "TOOL_CALL" },
      ollama_chat: {
        message: {
          role: "assistant",
          content: "",
          tool_calls: [OLLAMA_CALL, { id: "call_2", function: { name: "time", arguments: {} } }],
        },
      },
    },
  },
  {
    name: "thoughts",
    group: GROUP,
    formats: {
      openai_chat: choice({ reasoning_content: "Hm." }),
      openai_responses: saying({
        output: [{ type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm." }] }],
      }, { output: [{ type: "reasoning", summary: [{ type: "summary_text", text: "Hm." }] }] }),
      anthropic_messages: saying(
        { content: [{ type: "thinking", thinking: "Hm.", signature: "sealed" }] },
        { content: [{ type: "thinking", thinking: "Hm." }] },
      ),
      google_generate_content: candidate([{ text: "Hm.", thought: true }]),
      google_interactions: steps({ type: "thought", summary: [{ type: "text", text: "Hm." }] }),
      bedrock_converse: saying(
        converse({ reasoningContent: { reasoningText: { text: "Hm.", signature: "sealed" } } }),
        converse({ reasoningContent: { reasoningText: { text: "Hm." } } }),
      ),
      cohere_chat: { message: { content: [{ type: "thinking", thinking: "Hm." }] } },
      ollama_chat: { message: { role: "assistant", thinking: "Hm." } },
      ollama_generate: { thinking: "Hm." },
    },
  },
  {
    name: "refusal",
    group: GROUP,
    formats: {
      openai_chat: choice({ content: null, refusal: "No." }),
      openai_responses: item({ type: "refusal", refusal: "No." }),
      // Said as text where the format has no word for it.
      anthropic_messages: { says: null, hears: [{ content: [{ type: "text", text: "No." }] }] },
      google_generate_content: {
        says: null,
        hears: [candidate([{ text: "No." }], { finishReason: "SAFETY" })],
      },
      google_interactions: { says: null, hears: [output({ type: "text", text: "No." })] },
      bedrock_converse: { says: null, hears: [converse({ text: "No." })] },
      cohere_chat: { says: null, hears: [{ message: { content: [{ type: "text", text: "No." }] } }] },
      ollama_chat: { says: null, hears: [{ message: { content: "No." } }] },
      ollama_generate: { says: null, hears: [{ response: "No." }] },
      completions: { says: null, hears: [{ choices: [{ text: "No." }] }] },
    },
  },
  {
    name: "the limit was reached",
    group: GROUP,
    formats: {
      openai_chat: choice({ content: "Hello" }, { finish_reason: "length" }),
      openai_responses: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } },
      anthropic_messages: { stop_reason: "max_tokens" },
      google_generate_content: candidate([{ text: "Hello" }], { finishReason: "MAX_TOKENS" }),
      google_interactions: { status: "incomplete" },
      bedrock_converse: { stopReason: "max_tokens" },
      cohere_chat: { finish_reason: "MAX_TOKENS" },
      ollama_chat: { done_reason: "length" },
      ollama_generate: { done_reason: "length" },
      completions: { choices: [{ finish_reason: "length" }] },
    },
  },
  {
    name: "withheld by a filter",
    group: GROUP,
    formats: {
      openai_chat: choice({ content: "Hello" }, { finish_reason: "content_filter" }),
      openai_responses: { status: "incomplete", incomplete_details: { reason: "content_filter" } },
      anthropic_messages: { stop_reason: "refusal" },
      google_generate_content: candidate([{ text: "Hello" }], { finishReason: "SAFETY" }),
      google_interactions: {
        says: null,
        hears: ["content_filter", "refusal"].map((code) => ({ status: "incomplete", errors: [{ code }] })),
      },
      bedrock_converse: { stopReason: "content_filtered" },
      completions: { choices: [{ finish_reason: "content_filter" }] },
    },
  },
  {
    name: "the stop that was hit",
    group: GROUP,
    formats: {
      anthropic_messages: { stop_reason: "stop_sequence", stop_sequence: "END" },
    },
  },
  {
    name: "several answers",
    group: GROUP,
    formats: {
      openai_chat: {
        choices: [
          { index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" },
          { index: 1, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" },
        ],
      },
      google_generate_content: {
        candidates: [
          { index: 0, content: { role: "model", parts: [{ text: "Hello" }] }, finishReason: "STOP" },
          { index: 1, content: { role: "model", parts: [{ text: "Hi" }] }, finishReason: "STOP" },
        ],
      },
      completions: { choices: [{ index: 0, text: "Hello" }, { index: 1, text: "Hi" }] },
    },
  },
  {
    name: "log probabilities",
    group: GROUP,
    formats: {
      openai_chat: saying(
        choice({ content: "Hello" }, { logprobs: { content: [LOGPROB], refusal: null } }),
        choice({ content: "Hello" }, { logprobs: { content: [{ token: "Hello", logprob: -0.5 }] } }),
      ),
      openai_responses: saying(
        item({ type: "output_text", text: "Hello", annotations: [], logprobs: [LOGPROB] }),
        item({ type: "output_text", text: "Hello", logprobs: [{ token: "Hello", logprob: -0.5 }] }),
      ),
      google_generate_content: candidate([{ text: "Hello" }], {
        logprobsResult: { chosenCandidates: [{ token: "Hello", logProbability: -0.5 }] },
      }),
      ollama_chat: {
        message: { role: "assistant", content: "Hello" },
        logprobs: [{ token: "Hello", logprob: -0.5 }],
      },
      ollama_generate: { response: "Hello", logprobs: [{ token: "Hello", logprob: -0.5 }] },
      completions: { says: null, hears: [{ choices: [{ logprobs: { token_logprobs: [-0.5] } }] }] },
    },
  },
  {
    name: "citations",
    group: GROUP,
    formats: {
      openai_chat: saying(
        choice({
          content: "Hello",
          annotations: [{
            type: "url_citation",
            url_citation: { url: "https://a.example", title: "A", start_index: 0, end_index: 5 },
          }],
        }),
        choice({ annotations: [{ type: "url_citation", url_citation: { url: "https://a.example" } }] }),
      ),
      openai_responses: saying(
        item({
          type: "output_text",
          text: "Hello",
          annotations: [{
            type: "url_citation",
            url: "https://a.example",
            title: "A",
            start_index: 0,
            end_index: 5,
          }],
        }),
        item({ annotations: [{ type: "url_citation", url: "https://a.example" }] }),
      ),
      // What it cites has to have come from its own search.
      anthropic_messages: answeredOnly({
        content: [{
          type: "text",
          text: "Hello",
          citations: [{
            type: "web_search_result_location",
            url: "https://a.example",
            title: "A",
            encrypted_index: "e",
            cited_text: "a",
          }],
        }],
      }),
      google_generate_content: candidate([{ text: "Hello" }], {
        groundingMetadata: {
          groundingChunks: [{ web: { uri: "https://a.example", title: "A" } }],
          groundingSupports: [{
            segment: { startIndex: 0, endIndex: 5, text: "Hello" },
            groundingChunkIndices: [0],
          }],
        },
      }),
      google_interactions: output({
        type: "text",
        text: "Hello",
        annotations: [{
          type: "url_citation",
          url: "https://a.example",
          title: "A",
          start_index: 0,
          end_index: 5,
        }],
      }),
    },
  },
  {
    name: "cached tokens",
    group: GROUP,
    formats: {
      openai_chat: {
        usage: {
          prompt_tokens: 10,
          completion_tokens: 3,
          total_tokens: 13,
          prompt_tokens_details: { cached_tokens: 4 },
        },
      },
      openai_responses: {
        usage: {
          input_tokens: 10,
          input_tokens_details: { cached_tokens: 4 },
          output_tokens: 3,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: 13,
        },
      },
      anthropic_messages: { usage: { input_tokens: 6, cache_read_input_tokens: 4, output_tokens: 3 } },
      google_generate_content: {
        usageMetadata: {
          promptTokenCount: 10,
          cachedContentTokenCount: 4,
          candidatesTokenCount: 3,
          totalTokenCount: 13,
        },
      },
      google_interactions: {
        usage: {
          total_input_tokens: 10,
          total_cached_tokens: 4,
          total_output_tokens: 3,
          total_tokens: 13,
        },
      },
      bedrock_converse: saying({
        usage: { inputTokens: 6, cacheReadInputTokens: 4, outputTokens: 3, totalTokens: 13 },
      }, { usage: { inputTokens: 6, cacheReadInputTokens: 4, outputTokens: 3 } }),
      completions: {
        says: null,
        hears: [{ usage: { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 4 } } }],
      },
    },
  },
  {
    name: "tokens of thoughts",
    group: GROUP,
    formats: {
      openai_chat: {
        usage: {
          prompt_tokens: 10,
          completion_tokens: 8,
          total_tokens: 18,
          completion_tokens_details: { reasoning_tokens: 5 },
        },
      },
      openai_responses: {
        usage: {
          input_tokens: 10,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: 8,
          output_tokens_details: { reasoning_tokens: 5 },
          total_tokens: 18,
        },
      },
      google_generate_content: {
        usageMetadata: {
          promptTokenCount: 10,
          candidatesTokenCount: 3,
          thoughtsTokenCount: 5,
          totalTokenCount: 18,
        },
      },
      google_interactions: {
        usage: {
          total_input_tokens: 10,
          total_output_tokens: 3,
          total_thought_tokens: 5,
          total_tokens: 18,
        },
      },
      completions: {
        says: null,
        hears: [{ usage: { completion_tokens: 8, completion_tokens_details: { reasoning_tokens: 5 } } }],
      },
    },
  },
  {
    name: "tokens written to a cache",
    group: GROUP,
    formats: {
      anthropic_messages: {
        usage: { input_tokens: 6, cache_creation_input_tokens: 4, output_tokens: 3 },
      },
      bedrock_converse: saying({
        usage: { inputTokens: 6, cacheWriteInputTokens: 4, outputTokens: 3, totalTokens: 13 },
      }, { usage: { inputTokens: 6, cacheWriteInputTokens: 4 } }),
    },
  },
  {
    name: "tier that served",
    group: GROUP,
    formats: {
      openai_chat: { service_tier: "priority" },
      openai_responses: { service_tier: "priority" },
      google_interactions: { service_tier: "priority" },
    },
  },
  {
    name: "speech",
    group: GROUP,
    formats: {
      openai_chat: answeredOnly(choice({
        content: null,
        audio: { id: "audio_1", data: "UklGRg==", transcript: "Hello", expires_at: 1 },
      })),
      google_generate_content: answeredOnly(
        candidate([{ inlineData: { mimeType: "audio/wav", data: "UklGRg==" } }]),
      ),
      google_interactions: answeredOnly(
        output({ type: "audio", mime_type: "audio/wav", data: "UklGRg==" }),
      ),
    },
  },
  {
    name: "pictures",
    group: GROUP,
    formats: {
      openai_chat: choice({
        images: [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } }],
      }),
      google_generate_content: candidate([{ inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } }]),
      google_interactions: output({ type: "image", mime_type: "image/png", data: "iVBORw0KGgo=" }),
    },
  },
  {
    name: "pictures by the provider's tool",
    group: GROUP,
    formats: {
      openai_responses: answeredOnly({
        output: [{
          type: "image_generation_call",
          id: "ig_1",
          status: "completed",
          result: "iVBORw0KGgo=",
        }],
      }),
    },
  },
  {
    name: "the provider's own tools at work",
    group: GROUP,
    formats: {
      openai_responses: answeredOnly({
        output: [{ type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search" } }],
      }),
      anthropic_messages: answeredOnly({
        content: [{ type: "server_tool_use", id: "srv_1", name: "web_search", input: { query: "a" } }],
      }),
      google_generate_content: answeredOnly(
        candidate([{ executableCode: { language: "PYTHON", code: "1" } }]),
      ),
      google_interactions: answeredOnly(
        steps({ type: "code_execution_call", id: "c_1", arguments: { language: "python", code: "1" } }),
      ),
    },
  },
];
