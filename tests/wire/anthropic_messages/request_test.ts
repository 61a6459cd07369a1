import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import type { ChatRequest, JsonObject, Message, Part } from "../../../lib/wire/canonical.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";

const user = { role: "user", content: "Hi" };
const tool = { name: "f", description: "d", input_schema: { type: "object", properties: {} } };
const base = { model: "claude-sonnet-4-5", max_tokens: 100, messages: [user] };
const cache = { type: "ephemeral", ttl: "1h" };

/** Bodies that come back as they were. */
const bodies: Readonly<Record<string, JsonObject>> = {
  "every scalar": {
    ...base,
    top_k: 5,
    temperature: 0.5,
    stop_sequences: ["END"],
    stream: true,
    metadata: { user_id: "u" },
    service_tier: "standard_only",
    system: "Be brief.",
  },
  "unknown fields": {
    ...base,
    container: "c",
    context_management: { edits: [{ type: "clear_tool_uses_20250919" }] },
    mcp_servers: [{ type: "url", url: "https://example.com", name: "s" }],
    speed: "fast",
    cache_control: cache,
    metadata: { user_id: "u", future: 1 },
    output_config: { effort: "low", task_budget: { type: "tokens", total: 5 } },
    messages: [{ ...user, future: 1 }],
  },
  "system blocks": {
    ...base,
    system: [{ type: "text", text: "a" }, { type: "text", text: "b", cache_control: cache }],
  },
  "instructions in the middle": {
    ...base,
    messages: [user, { role: "system", content: "Now in French." }, user],
  },
  "thinking with a budget": { ...base, thinking: { type: "enabled", budget_tokens: 2048 } },
  "thinking off": { ...base, thinking: { type: "disabled" } },
  "adaptive thinking": {
    ...base,
    thinking: { type: "adaptive", display: "omitted" },
    output_config: { effort: "max" },
  },
  "thinking of a kind to come": { ...base, thinking: { type: "between_tools" } },
  "a schema": {
    ...base,
    output_config: { format: { type: "json_schema", schema: { type: "object" } } },
  },
  "tools": {
    ...base,
    tools: [
      { ...tool, cache_control: cache, strict: true, input_examples: [{}], defer_loading: true },
      { type: "web_search_20250305", name: "web_search", max_uses: 5 },
    ],
    tool_choice: { type: "tool", name: "f", disable_parallel_tool_use: true },
  },
  "any tool": { ...base, tools: [tool], tool_choice: { type: "any" } },
  "no tool": { ...base, tools: [tool], tool_choice: { type: "none" } },
  "parallel tools": {
    ...base,
    tools: [tool],
    tool_choice: { type: "auto", disable_parallel_tool_use: false },
  },
  "content blocks": {
    ...base,
    messages: [{
      role: "user",
      content: [
        { type: "text", text: "Look", cache_control: cache },
        { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
        { type: "image", source: { type: "url", url: "https://example.com/a.png" }, cache_control: cache },
        { type: "image", source: { type: "file", file_id: "file_1" } },
        {
          type: "document",
          source: { type: "base64", media_type: "application/pdf", data: "JVBE" },
          title: "t",
          context: "c",
          citations: { enabled: true },
        },
        { type: "document", source: { type: "text", media_type: "text/plain", data: "Once" } },
        { type: "document", source: { type: "url", url: "https://example.com/a.pdf" } },
        { type: "document", source: { type: "content", content: [{ type: "text", text: "x" }] } },
        { type: "search_result", source: "s", title: "t", content: [{ type: "text", text: "x" }] },
      ],
    }],
  },
  "a conversation with tools": {
    ...base,
    messages: [
      user,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm.", signature: "sig" },
          { type: "redacted_thinking", data: "xyz" },
          { type: "text", text: "Let me see." },
          { type: "server_tool_use", id: "s", name: "web_search", input: { query: "q" } },
          { type: "web_search_tool_result", tool_use_id: "s", content: [] },
          { type: "tool_use", id: "t1", name: "f", input: { a: 1 }, caller: { type: "direct" } },
          { type: "tool_use", id: "t2", name: "f", input: {}, cache_control: cache },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "t1", content: "sunny" },
          {
            type: "tool_result",
            tool_use_id: "t2",
            is_error: true,
            cache_control: cache,
            content: [
              { type: "text", text: "a" },
              { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
            ],
          },
          { type: "tool_result", tool_use_id: "t3" },
          { type: "tool_result", tool_use_id: "t4", content: [{ type: "tool_reference", tool_name: "g" }] },
          { type: "text", text: "Well?" },
        ],
      },
    ],
  },
};

for (const [name, body] of Object.entries(bodies)) {
  Deno.test(`anthropicMessages brings a request back as it was: ${name}`, () => {
    const { body: back, dropped } = anthropicMessages.encodeRequest(anthropicMessages.decodeRequest(body));
    assertEquals<unknown>(back, body);
    assertEquals(dropped, []);
  });
}

/** What is refused, and the path that the error names. */
const refused: readonly [what: string, body: JsonObject, param: string][] = [
  ["no model", { max_tokens: 1, messages: [user] }, "model"],
  ["no max_tokens", { model: "m", messages: [user] }, "max_tokens"],
  ["no messages", { model: "m", max_tokens: 1 }, "messages"],
  ["empty messages", { ...base, messages: [] }, "messages"],
  ["an unknown role", { ...base, messages: [{ role: "tool", content: "" }] }, "messages[0].role"],
  ["no content", { ...base, messages: [user, { role: "assistant" }] }, "messages[1].content"],
  [
    "a block without its text",
    { ...base, messages: [{ ...user, content: [{ type: "text" }] }] },
    "messages[0].content[0].text",
  ],
  ["a system of numbers", { ...base, system: 1 }, "system"],
  ["an image without its data", {
    ...base,
    messages: [{
      ...user,
      content: [{ type: "image", source: { type: "base64", media_type: "image/png" } }],
    }],
  }, "messages[0].content[0].source.data"],
  ["a tool without its schema", { ...base, tools: [{ name: "f" }] }, "tools[0].input_schema"],
  ["an unknown tool choice", { ...base, tool_choice: { type: "some" } }, "tool_choice.type"],
  [
    "a budget in words",
    { ...base, thinking: { type: "enabled", budget_tokens: "much" } },
    "thinking.budget_tokens",
  ],
  ["another format", { ...base, output_config: { format: { type: "xml" } } }, "output_config.format.type"],
];

for (const [what, body, param] of refused) {
  Deno.test(`anthropicMessages refuses ${what} and names ${param}`, () => {
    const error = assertThrows(() => anthropicMessages.decodeRequest(body), GatewayError);
    assertEquals([error.code, error.status, error.param], ["invalid_request", 400, param]);
  });
}

Deno.test("anthropicMessages parts tool results from the user's words", () => {
  const { messages } = anthropicMessages.decodeRequest({
    ...base,
    messages: [{
      role: "user",
      content: [{ type: "text", text: "So:" }, { type: "tool_result", tool_use_id: "t", content: "x" }],
    }],
  });
  assertEquals(messages.map(({ role, parts }) => [role, parts.map((part) => part.type)]), [
    ["tool", ["tool_result"]],
    ["user", ["text"]],
  ]);
});

Deno.test("anthropicMessages reads the older place of the output format", () => {
  const request = anthropicMessages.decodeRequest({
    ...base,
    output_format: { type: "json_schema", schema: { type: "object" } },
  });
  assertEquals(request.responseFormat, {
    type: "json_schema",
    name: "output",
    schema: { type: "object" },
    strict: true,
  });
});

const text = (words: string): Part => ({ type: "text", text: words });

function encode(messages: Message[], more: Partial<ChatRequest> = {}) {
  return anthropicMessages.encodeRequest({ model: "claude-sonnet-4-5", messages, ...more });
}

Deno.test("anthropicMessages gathers instructions, and neighbours of one role, tool results among the user's", () => {
  const { body } = encode([
    { role: "system", parts: [text("a")] },
    { role: "user", parts: [text("b")] },
    { role: "developer", parts: [text("c")] },
    { role: "user", parts: [text("d")] },
    {
      role: "assistant",
      parts: [text(""), { type: "tool_call", id: "x/1", name: "f", arguments: `{"a":1}` }],
    },
    { role: "tool", parts: [{ type: "tool_result", callId: "x/1", content: [{ type: "text", text: "1" }] }] },
    { role: "tool", parts: [{ type: "tool_result", callId: "2", content: [] }] },
    { role: "user", parts: [text("e")] },
  ]);
  assertEquals<unknown>(body.system, [{ type: "text", text: "a" }, { type: "text", text: "c" }]);
  assertEquals<unknown>(body.messages, [
    { role: "user", content: [{ type: "text", text: "b" }, { type: "text", text: "d" }] },
    { role: "assistant", content: [{ type: "tool_use", id: "x_1", name: "f", input: { a: 1 } }] },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "x_1", content: "1" },
        { type: "tool_result", tool_use_id: "2" },
        { type: "text", text: "e" },
      ],
    },
  ]);
});

Deno.test("anthropicMessages lets someone ask where a client has nothing but instructions", () => {
  const { body } = encode([{ role: "system", parts: [text("a")] }, {
    role: "developer",
    parts: [text("b")],
  }]);
  assertEquals<unknown>([body.system, body.messages], ["a", [{ role: "user", content: "b" }]]);
});

Deno.test("anthropicMessages sends back signed thinking only, and its own", () => {
  const { body, dropped } = encode([{
    role: "assistant",
    parts: [
      { type: "reasoning", text: "unsigned" },
      { type: "reasoning", text: "OpenAI's", signature: "gAAA", signatureFormat: "openai_responses" },
      { type: "reasoning", text: "signed", signature: "sig", signatureFormat: "anthropic_messages" },
      text("Yes."),
    ],
  }]);
  assertEquals<unknown>(body.messages, [{
    role: "assistant",
    content: [
      { type: "thinking", thinking: "signed", signature: "sig" },
      { type: "text", text: "Yes." },
    ],
  }]);
  assertEquals(dropped, ["messages.content.reasoning"]);
});

Deno.test("anthropicMessages carries another format's signature for a client that hands it back", () => {
  const body = anthropicMessages.encodeResponse({
    id: "1",
    model: "m",
    choices: [{
      index: 0,
      parts: [{ type: "reasoning", text: "Hm.", signature: "gAAA", signatureFormat: "openai_responses" }],
      finishReason: "stop",
    }],
  }, { id: "msg_1", model: "m", created: 1, request: {}, includeUsage: false });
  const content = body.content ?? [];
  const { messages } = anthropicMessages.decodeRequest({
    ...base,
    messages: [{ role: "assistant", content }],
  });
  assertEquals(messages[0]?.parts, [
    { type: "reasoning", text: "Hm.", signature: "gAAA", signatureFormat: "openai_responses" },
  ]);
});

Deno.test("anthropicMessages makes tools with an input of free-text tools, and of calls without JSON", () => {
  const { body } = encode([{
    role: "assistant",
    parts: [
      { type: "tool_call", id: "1", name: "sql", arguments: "SELECT 1", custom: true },
      { type: "tool_call", id: "2", name: "f", arguments: "" },
      { type: "tool_call", id: "3", name: "f", arguments: "{oops" },
    ],
  }], { tools: [{ type: "custom", name: "sql" }] });
  const [message] = JSON.parse(JSON.stringify(body.messages));
  assertEquals(message.content.map((block: { input: unknown }) => block.input), [
    { input: "SELECT 1" },
    {},
    { input: "{oops" },
  ]);
  const [sql] = JSON.parse(JSON.stringify(body.tools));
  assertEquals(sql.input_schema.required, ["input"]);
});

Deno.test("anthropicMessages sends a text file as text and an image file as an image", () => {
  const { body } = encode([{
    role: "user",
    parts: [
      { type: "file", data: btoa("Once"), mediaType: "text/markdown", filename: "a.md" },
      { type: "file", data: "AAAA", mediaType: "image/png" },
      { type: "file", data: "JVBE" },
    ],
  }]);
  const [message] = JSON.parse(JSON.stringify(body.messages));
  assertEquals(message.content, [
    { type: "document", source: { type: "text", media_type: "text/plain", data: "Once" }, title: "a.md" },
    { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
    { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBE" } },
  ]);
});

Deno.test("anthropicMessages reports what it cannot say", () => {
  const { body, dropped } = encode([{
    role: "user",
    name: "Ann",
    parts: [text("a"), { type: "audio", data: "x", audioFormat: "wav" }],
  }], {
    n: 2,
    seed: 1,
    logprobs: true,
    topLogprobs: 2,
    frequencyPenalty: 1,
    presencePenalty: 1,
    logitBias: { "1": 1 },
    verbosity: "low",
    store: true,
    metadata: { a: "b" },
    promptCacheKey: "k",
    serviceTier: "flex",
    stop: ["a", "\n"],
    temperature: 1.5,
    topP: 0.5,
    responseFormat: { type: "json_object" },
    tools: [{ type: "function", name: "f" }, {
      type: "opaque",
      format: "openai_responses",
      value: { type: "web_search" },
    }],
    toolChoice: { type: "opaque", format: "openai_chat", value: { type: "allowed_tools" } },
    extensions: { format: "openai_chat", fields: { web_search_options: { a: 1 }, modalities: [] } },
  });
  assertEquals(dropped, [
    ...[
      "messages.content.input_audio",
      "messages.name",
      "tools.web_search",
      "tool_choice",
      "response_format",
    ],
    ...["temperature", "top_p", "stop", "service_tier", "n", "seed", "logprobs", "top_logprobs"],
    ...["frequency_penalty", "presence_penalty", "logit_bias", "verbosity", "store", "metadata"],
    ...["prompt_cache_key", "web_search_options"],
  ]);
  assertEquals([body.temperature, body.top_p], [1, undefined]);
  assertEquals<unknown>(body.stop_sequences, ["a"]);
});

Deno.test("anthropicMessages reports nothing that asks for nothing", () => {
  const { dropped } = encode([{ role: "user", parts: [text("a")] }], {
    n: 1,
    logprobs: false,
    frequencyPenalty: 0,
    presencePenalty: 0,
    logitBias: {},
    verbosity: "medium",
    store: false,
    metadata: {},
    temperature: 1,
    topP: 1,
    includeUsage: true,
    parallelToolCalls: true,
  });
  assertEquals(dropped, []);
});

const maxTokens: readonly [model: string, tokens: number][] = [
  ["claude-3-haiku-20240307", 4_096],
  ["claude-3-5-sonnet-latest", 8_192],
  ["claude-sonnet-4-20250514", 64_000],
  ["claude-opus-4-1", 32_000],
  ["claude-opus-4-8", 128_000],
  ["anthropic.claude-sonnet-4-5-v1:0", 64_000],
  ["kimi-k2", 8_192],
];

for (const [model, tokens] of maxTokens) {
  Deno.test(`anthropicMessages asks ${model} for ${tokens} tokens where the client names no number`, () => {
    assertEquals(anthropicMessages.encodeRequest({ model, messages: [] }).body.max_tokens, tokens);
  });
}

const tools: ChatRequest["tools"] = [{ type: "function", name: "f" }];
const choices: readonly [request: Partial<ChatRequest>, choice: unknown][] = [
  [{ tools }, undefined],
  [{ tools, toolChoice: { type: "required" } }, { type: "any" }],
  [{ tools, toolChoice: { type: "tool", name: "f" } }, { type: "tool", name: "f" }],
  [{ tools, toolChoice: { type: "none" }, parallelToolCalls: false }, { type: "none" }],
  [{ tools, parallelToolCalls: false }, { type: "auto", disable_parallel_tool_use: true }],
  [{ tools, parallelToolCalls: true }, undefined],
  [{ tools, toolChoice: { type: "required" }, parallelToolCalls: false }, {
    type: "any",
    disable_parallel_tool_use: true,
  }],
  [{ toolChoice: { type: "auto" } }, undefined],
  [{ model: "claude-opus-5-5", tools, toolChoice: { type: "required" } }, undefined],
];

for (const [request, choice] of choices) {
  Deno.test(`anthropicMessages makes tool_choice ${JSON.stringify(choice)} of ${JSON.stringify(request)}`, () => {
    assertEquals<unknown>(encode([], request).body.tool_choice, choice);
  });
}

const tiers: readonly [tier: string, encoded: string | undefined][] = [
  ["auto", "auto"],
  ["default", "standard_only"],
  ["priority", "auto"],
  ["flex", undefined],
];

for (const [serviceTier, encoded] of tiers) {
  Deno.test(`anthropicMessages asks for tier ${encoded} where the client says ${serviceTier}`, () => {
    assertEquals(encode([], { serviceTier }).body.service_tier, encoded);
  });
}

Deno.test("anthropicMessages names the user by whichever id the client has", () => {
  assertEquals<unknown>(encode([], { safetyIdentifier: "s" }).body.metadata, { user_id: "s" });
  const both = encode([], { safetyIdentifier: "s", user: "u" });
  assertEquals<unknown>([both.body.metadata, both.dropped], [{ user_id: "u" }, ["safety_identifier"]]);
});

Deno.test("instructions in the middle of a conversation are no loss where the other format has their place", () => {
  const messages = [{ role: "user", content: "a" }, { role: "system", content: "Be brief." }];
  const request = anthropicMessages.decodeRequest({ model: "m", max_tokens: 9, messages });
  const { body, dropped } = openaiChat.encodeRequest(request);
  assertEquals<unknown>([body.messages, dropped], [messages, []]);
});
