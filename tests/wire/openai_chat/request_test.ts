import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import type { ChatRequest, JsonObject, Message } from "../../../lib/wire/canonical.ts";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { openaiResponses } from "../../../lib/wire/openai_responses.ts";
import { exchanges } from "../recordings.ts";
import { needsRecordings } from "../shared.ts";

const user = { role: "user", content: "Hi" };
const tool = { type: "function", function: { name: "f", parameters: { type: "object" } } };

/** Bodies that come back as they were. */
const bodies: Readonly<Record<string, JsonObject>> = {
  "every scalar": {
    model: "gpt-4o",
    messages: [user],
    temperature: 0,
    top_p: 0.5,
    frequency_penalty: -1,
    presence_penalty: 1.5,
    seed: 7,
    n: 2,
    logprobs: true,
    top_logprobs: 3,
    stream: true,
    store: false,
    verbosity: "low",
    user: "u",
    safety_identifier: "s",
    prompt_cache_key: "k",
    service_tier: "flex",
    max_tokens: 10,
    stop: ["a", "b"],
    metadata: { a: "b" },
    logit_bias: { "50256": -100 },
    reasoning_effort: "low",
    stream_options: { include_usage: true, include_obfuscation: false },
  },
  "unknown fields": {
    model: "gpt-4o",
    messages: [{ ...user, custom: 1 }],
    web_search_options: { search_context_size: "low" },
    modalities: ["text"],
    prediction: { type: "content", content: "x" },
    future_field: [1, { a: null }],
  },
  "tools": {
    model: "gpt-4o",
    messages: [user],
    tools: [
      { ...tool, function: { ...tool.function, description: "d", strict: true } },
      { type: "custom", custom: { name: "sql", description: "d", format: { type: "text" } } },
      {
        type: "custom",
        custom: { name: "g", format: { type: "grammar", grammar: { syntax: "regex", definition: "a+" } } },
      },
      { type: "retrieval", retrieval: { x: 1 } },
      { type: "function", function: { name: "h", examples: [1] }, cache_control: { type: "ephemeral" } },
    ],
    tool_choice: { type: "function", function: { name: "f" } },
    parallel_tool_calls: false,
  },
  "a required tool": { model: "m", messages: [user], tools: [tool], tool_choice: "required" },
  "a custom tool chosen": {
    model: "m",
    messages: [user],
    tools: [{ type: "custom", custom: { name: "sql" } }],
    tool_choice: { type: "custom", custom: { name: "sql" } },
  },
  "allowed tools": {
    model: "m",
    messages: [user],
    tools: [tool],
    tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [{ type: "function" }] } },
  },
  "content parts": {
    model: "m",
    messages: [
      { role: "system", content: [{ type: "text", text: "a" }, { type: "text", text: "b" }], name: "boss" },
      {
        role: "user",
        content: [
          { type: "text", text: "Look", cache_control: { type: "ephemeral" } },
          { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "high" } },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          { type: "input_audio", input_audio: { data: "UklG", format: "wav" } },
          { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBE" } },
          { type: "file", file: { file_id: "file-1" } },
          { type: "video_url", video_url: { url: "https://example.com/a.mp4" } },
        ],
      },
    ],
  },
  "a conversation with tools": {
    model: "m",
    messages: [
      { role: "developer", content: "Be brief." },
      user,
      {
        role: "assistant",
        content: null,
        reasoning_content: "I need the weather.",
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "f", arguments: `{"a": 1.0}` } },
          { id: "call_2", type: "custom", custom: { name: "sql", input: "SELECT 1" } },
        ],
      },
      { role: "tool", tool_call_id: "call_1", content: "sunny" },
      {
        role: "tool",
        tool_call_id: "call_2",
        content: [{ type: "text", text: "1" }, { type: "text", text: "2" }],
      },
      { role: "assistant", content: "It is sunny.", audio: { id: "audio_1" } },
      { role: "assistant", content: null, refusal: "No." },
    ],
  },
  "a JSON schema": {
    model: "m",
    messages: [user],
    response_format: {
      type: "json_schema",
      json_schema: { name: "n", schema: { type: "object" }, strict: true, description: "d" },
    },
  },
  "a JSON object": { model: "m", messages: [user], response_format: { type: "json_object" } },
  "a response format of a server's own": {
    model: "m",
    messages: [user],
    response_format: { type: "regex", value: "a+" },
  },
  "an OpenAI model that refuses max_tokens": {
    model: "gpt-5-nano",
    messages: [user],
    max_completion_tokens: 9,
  },
};

for (const [name, body] of Object.entries(bodies)) {
  Deno.test(`openaiChat brings a request back as it was: ${name}`, () => {
    const { body: back, dropped } = openaiChat.encodeRequest(openaiChat.decodeRequest(body));
    assertEquals<unknown>(back, body);
    assertEquals(dropped, []);
  });
}

Deno.test({
  name: "openaiChat brings the recorded requests back as they were",
  ...needsRecordings,
  fn() {
    const recorded = [...exchanges("chat-"), ...exchanges("azure-chat")];
    assertEquals(recorded.length > 10, true);
    for (const { name, request, status } of recorded) {
      if (status === 400) {
        const error = assertThrows(() => openaiChat.decodeRequest(request), GatewayError);
        assertEquals(error.code, "invalid_request", name);
      } else {
        assertEquals(openaiChat.encodeRequest(openaiChat.decodeRequest(request)).body, request, name);
      }
    }
  },
});

/** What is refused, and the path that the error names. */
const refused: readonly [what: string, body: JsonObject, param: string][] = [
  ["no model", { messages: [user] }, "model"],
  ["no messages", { model: "m" }, "messages"],
  ["empty messages", { model: "m", messages: [] }, "messages"],
  ["a message that is no object", { model: "m", messages: ["Hi"] }, "messages[0]"],
  ["an unknown role", { model: "m", messages: [user, { role: "robot", content: "" }] }, "messages[1].role"],
  ["no content", { model: "m", messages: [user, user, { role: "user" }] }, "messages[2].content"],
  ["a content of numbers", { model: "m", messages: [{ role: "user", content: 1 }] }, "messages[0].content"],
  [
    "a part without its text",
    { model: "m", messages: [{ role: "user", content: [{ type: "text" }] }] },
    "messages[0].content[0].text",
  ],
  [
    "an image without its URL",
    { model: "m", messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
    "messages[0].content[0].image_url.url",
  ],
  [
    "a result without its call",
    { model: "m", messages: [{ role: "tool", content: "" }] },
    "messages[0].tool_call_id",
  ],
  [
    "a call without its name",
    {
      model: "m",
      messages: [{
        role: "assistant",
        tool_calls: [{ id: "c", type: "function", function: { arguments: "" } }],
      }],
    },
    "messages[0].tool_calls[0].function.name",
  ],
  [
    "a tool without a function",
    { model: "m", messages: [user], tools: [{ type: "function" }] },
    "tools[0].function",
  ],
  ["an unknown tool choice", { model: "m", messages: [user], tool_choice: "perhaps" }, "tool_choice"],
  ["a temperature in words", { model: "m", messages: [user], temperature: "hot" }, "temperature"],
  ["a fraction of tokens", { model: "m", messages: [user], max_tokens: 1.5 }, "max_tokens"],
  ["a stop of numbers", { model: "m", messages: [user], stop: ["a", 1] }, "stop[1]"],
  ["metadata of numbers", { model: "m", messages: [user], metadata: { a: 1 } }, "metadata.a"],
];

for (const [what, body, param] of refused) {
  Deno.test(`openaiChat refuses ${what} and names ${param}`, () => {
    const error = assertThrows(() => openaiChat.decodeRequest(body), GatewayError);
    assertEquals([error.code, error.status, error.param], ["invalid_request", 400, param]);
  });
}

Deno.test("openaiChat takes null for absent", () => {
  const request = openaiChat.decodeRequest({
    model: "m",
    messages: [user],
    temperature: null,
    tools: null,
    tool_choice: null,
    response_format: null,
    stop: null,
    stream_options: null,
    max_tokens: null,
  });
  assertEquals(Object.keys(request).sort(), ["messages", "model"]);
});

Deno.test("openaiChat takes max_completion_tokens before max_tokens and one stop for a list", () => {
  const request = openaiChat.decodeRequest({
    model: "m",
    messages: [user],
    max_tokens: 1,
    max_completion_tokens: 2,
    stop: "END",
  });
  assertEquals([request.maxOutputTokens, request.stop], [2, ["END"]]);
});

Deno.test("openaiChat reads cache_control on parts and tools for those who know it", () => {
  const cache = { type: "ephemeral" };
  const request = openaiChat.decodeRequest({
    model: "m",
    messages: [{ role: "user", content: [{ type: "text", text: "a", cache_control: cache }] }],
    tools: [{ ...tool, cache_control: cache }],
  });
  const part = request.messages[0]?.parts[0];
  assertEquals(part?.type === "text" && part.cacheControl, cache);
  assertEquals(request.tools?.[0]?.type === "function" && request.tools[0].cacheControl, cache);
});

Deno.test("openaiChat reads signed thinking that a client hands back", () => {
  const blocks = [
    { type: "thinking", thinking: "Hm.", signature: "sig" },
    { type: "redacted_thinking", data: "xyz" },
  ];
  const message = { role: "assistant", content: "Yes.", reasoning_content: "Hm.", thinking_blocks: blocks };
  const request = openaiChat.decodeRequest({ model: "m", messages: [user, message] });
  assertEquals(request.messages[1]?.parts, [
    { type: "reasoning", text: "Hm.", signature: "sig", signatureFormat: "anthropic_messages" },
    { type: "reasoning", text: "", redacted: "xyz" },
    { type: "text", text: "Yes." },
  ]);
});

function encode(messages: Message[], more: Partial<ChatRequest> = {}) {
  return openaiChat.encodeRequest({ model: "m", messages, ...more });
}

Deno.test("openaiChat puts images of tool results into a user message behind all results", () => {
  const { body, dropped } = encode([
    {
      role: "tool",
      parts: [
        {
          type: "tool_result",
          callId: "1",
          content: [{ type: "text", text: "see" }, { type: "image", data: "AAAA", mediaType: "image/png" }],
        },
        { type: "tool_result", callId: "2", content: [], isError: true },
      ],
    },
    { role: "user", parts: [{ type: "text", text: "Well?" }] },
  ]);
  assertEquals<unknown>(body.messages, [
    { role: "tool", tool_call_id: "1", content: "see" },
    { role: "tool", tool_call_id: "2", content: "Error: " },
    { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] },
    { role: "user", content: "Well?" },
  ]);
  assertEquals(dropped, []);
});

Deno.test("openaiChat sends a text document as text, and names a file without one", () => {
  const { body } = encode([{
    role: "user",
    parts: [
      { type: "file", text: "Once", filename: "a.txt" },
      { type: "file", data: "JVBE", mediaType: "application/pdf" },
    ],
  }]);
  assertEquals<unknown>(body.messages, [{
    role: "user",
    content: [
      { type: "text", text: "Once" },
      { type: "file", file: { file_data: "data:application/pdf;base64,JVBE", filename: "file.pdf" } },
    ],
  }]);
});

Deno.test("openaiChat reports what chat completions cannot say", () => {
  const { body, dropped } = encode([
    {
      role: "user",
      parts: [
        { type: "text", text: "a", cacheControl: { type: "ephemeral" } },
        { type: "image", fileId: "file_1" },
        { type: "file", url: "https://example.com/a.pdf" },
        { type: "opaque", format: "anthropic_messages", value: { type: "search_result" } },
      ],
    },
  ], {
    topK: 5,
    tools: [{ type: "opaque", format: "anthropic_messages", value: { type: "web_search_20250305" } }],
    toolChoice: { type: "auto" },
    parallelToolCalls: true,
    extensions: { format: "anthropic_messages", fields: { container: "c" } },
  });
  assertEquals(dropped, [
    "cache_control",
    "messages.content.image.file_id",
    "messages.content.file.url",
    "messages.content.search_result",
    "tools.web_search_20250305",
    "top_k",
    "container",
  ]);
  assertEquals<unknown>(body, { model: "m", messages: [{ role: "user", content: "a" }] });
});

Deno.test("openaiChat leaves out a turn of which nothing is left", () => {
  const { body } = encode([
    { role: "user", parts: [{ type: "text", text: "a" }] },
    { role: "assistant", parts: [{ type: "reasoning", text: "", redacted: "x" }] },
  ]);
  assertEquals<unknown>(body.messages, [{ role: "user", content: "a" }]);
});

const efforts: readonly [options: ChatRequest["reasoning"], effort: string | undefined][] = [
  [{ effort: "minimal" }, "minimal"],
  [{ budgetTokens: 1_024 }, "low"],
  [{ budgetTokens: 10_000 }, "medium"],
  [{ budgetTokens: 32_000 }, "high"],
  [{ budgetTokens: 0 }, undefined],
  [{ adaptive: true }, undefined],
];

for (const [options, effort] of efforts) {
  Deno.test(`openaiChat says effort ${effort} for ${JSON.stringify(options)}`, () => {
    const { body } = encode([], options === undefined ? {} : { reasoning: options });
    assertEquals(body.reasoning_effort, effort);
  });
}

const names: readonly [model: string, name: string][] = [
  ["gpt-4o-mini", "max_tokens"],
  ["llama-3.3-70b", "max_tokens"],
  ["o3-mini", "max_completion_tokens"],
  ["gpt-5.1", "max_completion_tokens"],
  ["gpt-11", "max_completion_tokens"],
  ["openai/gpt-5-mini", "max_completion_tokens"],
  ["openai/gpt-oss-120b", "max_tokens"],
];

for (const [model, name] of names) {
  Deno.test(`openaiChat says ${name} to ${model}`, () => {
    const { body } = openaiChat.encodeRequest({ model, messages: [], maxOutputTokens: 5 });
    assertEquals(body[name], 5);
  });
}

Deno.test("openaiChat gives stream options to streams only", () => {
  assertEquals(encode([], { includeUsage: true }).body.stream_options, undefined);
  assertEquals<unknown>(encode([], { includeUsage: true, stream: true }).body.stream_options, {
    include_usage: true,
  });
});

const said: readonly [fields: JsonObject, reasoning: ChatRequest["reasoning"]][] = [
  [{ thinking: { type: "enabled", budget_tokens: 2_000 } }, { budgetTokens: 2_000, summary: "auto" }],
  [{ thinking: { type: "enabled" } }, { adaptive: true, summary: "auto" }],
  [{ thinking: { type: "disabled" } }, { budgetTokens: 0 }],
  [{ thinking: { type: "adaptive" }, reasoning_effort: "low" }, {
    effort: "low",
    adaptive: true,
    summary: "auto",
  }],
  [{ thinking: { type: "unheard of" } }, undefined],
  [{ thinking: true }, undefined],
];

for (const [fields, reasoning] of said) {
  Deno.test(`openaiChat reads ${JSON.stringify(fields)}, and says it again`, () => {
    const request = openaiChat.decodeRequest({
      model: "m",
      messages: [{ role: "user", content: "a" }],
      ...fields,
    });
    assertEquals(request.reasoning, reasoning);
    const { body, dropped } = openaiChat.encodeRequest(request);
    const { model: _model, messages: _messages, ...again } = body;
    assertEquals([again, dropped], [fields, []]);
  });
}

Deno.test("thinking and top_k of a chat client reach Anthropic, where they are not lost without a word", () => {
  const thinking = { type: "enabled", budget_tokens: 2_000 };
  const body = { model: "claude-sonnet-4-5", messages: [{ role: "user", content: "a" }] };
  const thinks = anthropicMessages.encodeRequest(openaiChat.decodeRequest({ ...body, thinking }));
  assertEquals<unknown>([thinks.body.thinking, thinks.dropped], [thinking, []]);
  const samples = anthropicMessages.encodeRequest(openaiChat.decodeRequest({ ...body, top_k: 5 }));
  assertEquals([samples.body.top_k, samples.dropped], [5, []]);
  const neither = openaiResponses.encodeRequest(openaiChat.decodeRequest({ ...body, top_k: 5 }));
  assertEquals([neither.body.top_k, neither.dropped], [undefined, ["top_k"]]);
});
