import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import type { ChatRequest, JsonObject } from "../../lib/wire/canonical.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";
import { openaiResponses as codec } from "../../lib/wire/openai_responses.ts";

const FORMAT = "openai_responses";

/** A request's input and what it decodes to; `encoded` where writing it again says it in another way. */
const INPUTS: {
  name: string;
  input: JsonObject[string];
  messages: ChatRequest["messages"];
  encoded?: JsonObject[];
}[] = [
  {
    name: "a text",
    input: "Hello",
    messages: [{ role: "user", parts: [{ type: "text", text: "Hello" }] }],
    encoded: [{ type: "message", role: "user", content: "Hello" }],
  },
  {
    name: "an easy message",
    input: [{ role: "developer", content: "Be brief." }],
    messages: [{ role: "developer", parts: [{ type: "text", text: "Be brief." }] }],
    encoded: [{ type: "message", role: "developer", content: "Be brief." }],
  },
  {
    name: "a message with all kinds of content",
    input: [{
      type: "message",
      role: "user",
      id: "msg_1",
      status: "completed",
      content: [
        { type: "input_text", text: "What is this?", prompt_cache_breakpoint: { type: "ephemeral" } },
        { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "high" },
        { type: "input_image", image_url: "https://example.com/a.png", detail: "auto" },
        { type: "input_image", file_id: "file_1", detail: "low" },
        { type: "input_file", file_data: "data:application/pdf;base64,BBBB", filename: "a.pdf" },
        { type: "input_file", file_url: "https://example.com/b.pdf" },
        { type: "input_file", file_id: "file_2" },
        { type: "input_audio", input_audio: { data: "CCCC", format: "wav" } },
      ],
    }],
    messages: [{
      role: "user",
      id: "msg_1",
      extensions: { format: FORMAT, fields: { status: "completed" } },
      parts: [
        {
          type: "text",
          text: "What is this?",
          extensions: { format: FORMAT, fields: { prompt_cache_breakpoint: { type: "ephemeral" } } },
        },
        { type: "image", data: "AAAA", mediaType: "image/png", detail: "high" },
        { type: "image", url: "https://example.com/a.png", detail: "auto" },
        { type: "image", fileId: "file_1", detail: "low" },
        { type: "file", data: "BBBB", mediaType: "application/pdf", filename: "a.pdf" },
        { type: "file", url: "https://example.com/b.pdf" },
        { type: "file", fileId: "file_2" },
        { type: "audio", data: "CCCC", audioFormat: "wav" },
      ],
    }],
  },
  {
    name: "a turn of the assistant's with its reasoning, text, parallel calls and their results",
    input: [
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "First." }, { type: "summary_text", text: "Second." }],
        encrypted_content: "sealed",
      },
      {
        type: "message",
        role: "assistant",
        content: [{ type: "output_text", text: "Looking.", annotations: [], logprobs: [] }],
        id: "msg_1",
        status: "completed",
        phase: "commentary",
      },
      {
        type: "function_call",
        id: "fc_1",
        status: "completed",
        call_id: "call_1",
        name: "weather",
        arguments: '{"city":  "Rome"}',
      },
      {
        type: "custom_tool_call",
        id: "ctc_1",
        status: "completed",
        call_id: "call_2",
        name: "sql",
        input: "SELECT 1",
      },
      { type: "function_call_output", call_id: "call_1", output: "sunny" },
      {
        type: "custom_tool_call_output",
        call_id: "call_2",
        output: [{ type: "input_text", text: "1" }, {
          type: "input_image",
          image_url: "https://example.com/t.png",
          detail: "auto",
        }],
      },
    ],
    messages: [
      {
        role: "assistant",
        parts: [
          {
            type: "reasoning",
            text: "First.\n\nSecond.",
            summary: ["First.", "Second."],
            id: "rs_1",
            signature: "sealed",
            signatureFormat: FORMAT,
          },
          { type: "text", text: "Looking.", item: { id: "msg_1", fields: { phase: "commentary" } } },
          {
            type: "tool_call",
            id: "call_1",
            name: "weather",
            arguments: '{"city":  "Rome"}',
            itemId: "fc_1",
          },
          {
            type: "tool_call",
            id: "call_2",
            name: "sql",
            arguments: "SELECT 1",
            custom: true,
            itemId: "ctc_1",
          },
        ],
      },
      {
        role: "tool",
        parts: [
          { type: "tool_result", callId: "call_1", content: [{ type: "text", text: "sunny" }] },
          {
            type: "tool_result",
            callId: "call_2",
            custom: true,
            content: [
              { type: "text", text: "1" },
              { type: "image", url: "https://example.com/t.png", detail: "auto" },
            ],
          },
        ],
      },
    ],
  },
  {
    name: "items that only this API knows",
    input: [
      { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "news" } },
      { type: "computer_call_output", call_id: "call_1", output: { type: "computer_screenshot" } },
    ],
    messages: [
      {
        role: "assistant",
        parts: [{
          type: "opaque",
          format: FORMAT,
          value: {
            type: "web_search_call",
            id: "ws_1",
            status: "completed",
            action: { type: "search", query: "news" },
          },
        }],
      },
      {
        role: "tool",
        parts: [{
          type: "opaque",
          format: FORMAT,
          value: { type: "computer_call_output", call_id: "call_1", output: { type: "computer_screenshot" } },
        }],
      },
    ],
  },
  {
    name: "a refusal of an earlier turn",
    input: [{
      type: "message",
      role: "assistant",
      id: "msg_1",
      status: "completed",
      content: [{ type: "refusal", refusal: "No." }],
    }],
    messages: [{ role: "assistant", parts: [{ type: "refusal", text: "No.", item: { id: "msg_1" } }] }],
  },
  {
    name: "two messages of the assistant's in a row",
    input: [
      { type: "message", role: "assistant", content: "One." },
      { type: "message", role: "assistant", content: "Two." },
    ],
    messages: [
      { role: "assistant", parts: [{ type: "text", text: "One." }] },
      { role: "assistant", parts: [{ type: "text", text: "Two." }] },
    ],
  },
];

for (const { name, input, messages, encoded } of INPUTS) {
  Deno.test(`decodeRequest() reads an input of ${name}, and encodeRequest() writes it again`, () => {
    const request = codec.decodeRequest({ model: "m", input });
    assertEquals(request.messages, messages);
    const again = codec.encodeRequest(request);
    assertEquals(again.dropped, []);
    // The log probabilities of earlier texts are of no use to a model, and are not sent again.
    assertEquals(withoutLogprobs(again.body.input), withoutLogprobs(encoded ?? input));
  });
}

function withoutLogprobs(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, each) => key === "logprobs" ? undefined : each));
}

const FULL: JsonObject = {
  model: "gpt-5.4",
  instructions: "Answer in verse.",
  input: [{ type: "message", role: "user", content: "Hi" }],
  tools: [
    {
      type: "function",
      name: "weather",
      description: "The weather",
      parameters: { type: "object", properties: {} },
      strict: true,
      defer_loading: true,
    },
    { type: "custom", name: "sql", description: "Runs SQL", format: { type: "text" } },
    { type: "web_search", search_context_size: "low" },
  ],
  tool_choice: "auto",
  parallel_tool_calls: false,
  text: {
    format: {
      type: "json_schema",
      name: "poem",
      schema: { type: "object" },
      strict: true,
      description: "A poem",
    },
    verbosity: "low",
  },
  reasoning: { effort: "high", summary: "auto", context: "all_turns" },
  max_output_tokens: 200,
  temperature: 0.5,
  top_p: 0.9,
  top_logprobs: 3,
  include: ["reasoning.encrypted_content", "message.output_text.logprobs"],
  stream: true,
  user: "u",
  safety_identifier: "s",
  prompt_cache_key: "k",
  metadata: { team: "a" },
  service_tier: "flex",
  store: false,
  truncation: "auto",
  max_tool_calls: 4,
  something_new: { a: 1 },
};

Deno.test("decodeRequest() gives every field its place and keeps the others", () => {
  const { messages: _messages, ...request } = codec.decodeRequest(FULL);
  assertEquals(request, {
    model: "gpt-5.4",
    tools: [
      {
        type: "function",
        name: "weather",
        description: "The weather",
        parameters: { type: "object", properties: {} },
        strict: true,
        extensions: { format: FORMAT, fields: { defer_loading: true } },
      },
      { type: "custom", name: "sql", description: "Runs SQL", inputFormat: { type: "text" } },
      { type: "opaque", format: FORMAT, value: { type: "web_search", search_context_size: "low" } },
    ],
    toolChoice: { type: "auto" },
    parallelToolCalls: false,
    responseFormat: {
      type: "json_schema",
      name: "poem",
      schema: { type: "object" },
      strict: true,
      description: "A poem",
    },
    verbosity: "low",
    reasoning: {
      effort: "high",
      summary: "auto",
      extensions: { format: FORMAT, fields: { context: "all_turns" } },
    },
    maxOutputTokens: 200,
    temperature: 0.5,
    topP: 0.9,
    topLogprobs: 3,
    logprobs: true,
    stream: true,
    user: "u",
    safetyIdentifier: "s",
    promptCacheKey: "k",
    metadata: { team: "a" },
    serviceTier: "flex",
    store: false,
    extensions: {
      format: FORMAT,
      fields: {
        include: ["reasoning.encrypted_content"],
        truncation: "auto",
        max_tool_calls: 4,
        something_new: { a: 1 },
      },
    },
  });
});

Deno.test("encodeRequest() writes a request of its own format as it was", () => {
  assertEquals(codec.encodeRequest(codec.decodeRequest(FULL)), { body: FULL, dropped: [] });
});

Deno.test("decodeRequest() puts the instructions first, as a system message", () => {
  assertEquals(codec.decodeRequest(FULL).messages, [
    { role: "system", parts: [{ type: "text", text: "Answer in verse." }] },
    { role: "user", parts: [{ type: "text", text: "Hi" }] },
  ]);
});

Deno.test("decodeRequest() takes null for a field that was not given", () => {
  const nulls = Object.fromEntries(Object.keys(FULL).map((field) => [field, null]));
  assertEquals(codec.decodeRequest({ ...nulls, model: "m", input: "Hi" }), {
    model: "m",
    messages: [{ role: "user", parts: [{ type: "text", text: "Hi" }] }],
    extensions: {
      format: FORMAT,
      fields: { include: null, truncation: null, max_tool_calls: null, something_new: null },
    },
  });
});

Deno.test("decodeRequest() reads every form of tool_choice, and encodeRequest() writes it again", () => {
  const forms: JsonObject[string][] = [
    "none",
    "auto",
    "required",
    { type: "function", name: "weather" },
    { type: "custom", name: "sql" },
    { type: "web_search_preview" },
    { type: "mcp", server_label: "s", name: "t" },
    { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "weather" }] },
  ];
  for (const tool_choice of forms) {
    const request = codec.decodeRequest({ model: "m", input: "Hi", tool_choice });
    assertEquals(codec.encodeRequest(request).body.tool_choice, tool_choice);
  }
});

Deno.test("decodeRequest() reads every text format, and encodeRequest() writes it again", () => {
  const formats: JsonObject[] = [
    { type: "text" },
    { type: "json_object" },
    { type: "json_schema", name: "n", schema: {} },
  ];
  for (const format of formats) {
    const request = codec.decodeRequest({ model: "m", input: "Hi", text: { format } });
    assertEquals(codec.encodeRequest(request).body.text, { format });
  }
});

Deno.test("decodeRequest() keeps a message after a call in the call's turn, whose result is to come", () => {
  const { messages } = codec.decodeRequest({
    model: "m",
    input: [
      { type: "message", role: "assistant", content: "Before." },
      { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
      { type: "message", role: "assistant", content: "After." },
      { type: "function_call_output", call_id: "c", output: "done" },
    ],
  });
  assertEquals(messages.map(({ role, parts }) => [role, ...parts.map((part) => part.type)]), [
    ["assistant", "text", "tool_call", "text"],
    ["tool", "tool_result"],
  ]);
});

Deno.test("decodeRequest() takes reasoning with an id of the gateway's own for reasoning without one", () => {
  const { messages } = codec.decodeRequest({
    model: "m",
    input: [{
      type: "reasoning",
      id: "rs_00112233445566778899aabbccddeeff_0",
      summary: [{ type: "summary_text", text: "Hm." }],
      encrypted_content: "gateway.anthropic_messages.c2ln",
    }],
  });
  assertEquals(messages[0]?.parts, [{
    type: "reasoning",
    text: "Hm.",
    summary: ["Hm."],
    signature: "c2ln",
    signatureFormat: "anthropic_messages",
  }]);
});

const MISTAKES: { body: JsonObject; param: string; message: string }[] = [
  { body: { input: "Hi" }, param: "model", message: "Missing 'model': expected a string." },
  {
    body: { model: "m" },
    param: "input",
    message: "Missing 'input': expected a string or an array of items.",
  },
  {
    body: { model: "m", input: 5 },
    param: "input",
    message: "Invalid value for 'input': expected a string or an array of items, but got 5 instead.",
  },
  {
    body: { model: "m", input: [] },
    param: "input",
    message: "Invalid value for 'input': expected at least one item, but got an empty array instead.",
  },
  {
    body: { model: "m", input: ["Hi"] },
    param: "input[0]",
    message: "Invalid value for 'input[0]': expected an object, but got a string instead.",
  },
  {
    body: { model: "m", input: [{ type: "message", role: "bot", content: "Hi" }] },
    param: "input[0].role",
    message:
      "Invalid value for 'input[0].role': expected one of 'user', 'system', 'developer', 'assistant', but got 'bot' instead.",
  },
  {
    body: { model: "m", input: [{ role: "user" }] },
    param: "input[0].content",
    message: "Missing 'input[0].content': expected a string or an array of content parts.",
  },
  {
    body: { model: "m", input: [{ role: "user", content: [{ type: "image_url", image_url: "x" }] }] },
    param: "input[0].content[0].type",
    message:
      "Invalid value for 'input[0].content[0].type': expected one of 'input_text', 'input_image', 'input_file', 'input_audio', 'output_text', 'refusal', 'text', but got 'image_url' instead.",
  },
  {
    body: { model: "m", input: [{ role: "user", content: [{ type: "input_image" }] }] },
    param: "input[0].content[0].image_url",
    message: "Missing 'input[0].content[0].image_url': expected an 'image_url' or a 'file_id'.",
  },
  {
    body: { model: "m", input: [{ type: "function_call", name: "f", arguments: "{}" }] },
    param: "input[0].call_id",
    message: "Missing 'input[0].call_id': expected a string.",
  },
  {
    body: { model: "m", input: [{ type: "function_call_output", call_id: "c", output: { a: 1 } }] },
    param: "input[0].output",
    message:
      "Invalid value for 'input[0].output': expected a string or an array of content parts, but got an object instead.",
  },
  {
    body: { model: "m", input: [{ content: "Hi" }] },
    param: "input[0].type",
    message: "Missing 'input[0].type': expected a string.",
  },
  {
    body: { model: "m", input: [{ role: "user", content: "Hi" }, { type: "item_reference", id: "msg_9" }] },
    param: "input[1].id",
    message: "Item 'msg_9' not found: no stored response of yours holds it. Send the item itself, or the " +
      "response's id as 'previous_response_id'.",
  },
  {
    body: { model: "m", input: [{ id: "msg_9" }] },
    param: "input[0].id",
    message: "Item 'msg_9' not found: no stored response of yours holds it. Send the item itself, or the " +
      "response's id as 'previous_response_id'.",
  },
  {
    body: { model: "m", input: "Hi", tools: [{ type: "function", function: { name: "f" } }] },
    param: "tools[0].name",
    message: "Missing 'tools[0].name': expected a string.",
  },
  {
    body: { model: "m", input: "Hi", tool_choice: "any" },
    param: "tool_choice",
    message:
      "Invalid value for 'tool_choice': expected one of 'none', 'auto', 'required', but got 'any' instead.",
  },
  {
    body: { model: "m", input: "Hi", text: { format: { type: "json_schema", name: "n" } } },
    param: "text.format.schema",
    message: "Missing 'text.format.schema': expected an object.",
  },
  {
    body: { model: "m", input: "Hi", max_output_tokens: 1.5 },
    param: "max_output_tokens",
    message: "Invalid value for 'max_output_tokens': expected an integer, but got 1.5 instead.",
  },
  {
    body: { model: "m", input: "Hi", reasoning: { effort: 3 } },
    param: "reasoning.effort",
    message: "Invalid value for 'reasoning.effort': expected a string, but got 3 instead.",
  },
  {
    body: { model: "m", input: "Hi", include: [1] },
    param: "include[0]",
    message: "Invalid value for 'include[0]': expected a string, but got 1 instead.",
  },
  {
    body: { model: "m", input: "Hi", metadata: { a: 1 } },
    param: "metadata.a",
    message: "Invalid value for 'metadata.a': expected a string, but got 1 instead.",
  },
];

for (const { body, param, message } of MISTAKES) {
  Deno.test(`decodeRequest() says what is wrong with '${param}': ${message.slice(0, 60)}`, () => {
    const error = assertThrows(() => codec.decodeRequest(body), GatewayError);
    assertEquals([error.code, error.param, error.message], ["invalid_request", param, message]);
  });
}

Deno.test("decodeRequest() needs no input where something stands in its place", () => {
  for (const field of ["previous_response_id", "prompt", "conversation"]) {
    const request = codec.decodeRequest({ model: "m", [field]: "x" });
    assertEquals(request.messages, []);
    assertEquals(request.extensions?.fields, { [field]: "x" });
  }
});

Deno.test("encodeRequest() reports what the responses API cannot say", () => {
  const { body, dropped } = codec.encodeRequest({
    model: "m",
    messages: [
      {
        role: "user",
        name: "ann",
        parts: [{ type: "text", text: "Hi", cacheControl: { type: "ephemeral" } }],
      },
      { role: "user", parts: [{ type: "opaque", format: "openai_chat", value: { type: "video_url" } }] },
      {
        role: "assistant",
        parts: [{ type: "opaque", format: "anthropic_messages", value: { type: "server_tool_use" } }],
      },
    ],
    tools: [{ type: "opaque", format: "anthropic_messages", value: { type: "web_search_20250305" } }],
    toolChoice: { type: "required" },
    stop: ["x"],
    seed: 1,
    n: 2,
    topK: 3,
    frequencyPenalty: 0,
    presencePenalty: 0,
    logitBias: {},
    includeUsage: true,
    extensions: { format: "openai_chat", fields: { prediction: { type: "content" }, modalities: [] } },
  });
  assertEquals(dropped, [
    "messages.name",
    "cache_control",
    "messages.content.video_url",
    "messages.content.server_tool_use",
    "tools.web_search_20250305",
    "stop",
    "seed",
    "top_k",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "n",
    "prediction",
  ]);
  assertEquals(body, {
    model: "m",
    input: [
      { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] },
    ],
  });
});

Deno.test("encodeRequest() leaves out reasoning that only another provider could read", () => {
  const { body, dropped } = codec.encodeRequest({
    model: "m",
    messages: [{
      role: "assistant",
      parts: [
        { type: "reasoning", text: "Claude's", signature: "s", signatureFormat: "anthropic_messages" },
        { type: "reasoning", text: "", redacted: "r" },
        { type: "reasoning", text: "DeepSeek's" },
        { type: "reasoning", text: "", summary: [], id: "rs_1" },
        { type: "text", text: "Hi" },
      ],
    }],
  });
  assertEquals(dropped, ["messages.content.reasoning"]);
  assertEquals(body.input, [
    { id: "rs_1", type: "reasoning", summary: [] },
    { type: "message", role: "assistant", content: "Hi" },
  ]);
});

Deno.test("encodeRequest() asks for the thoughts of a model that was asked to think", () => {
  const encode = (reasoning: ChatRequest["reasoning"]) =>
    codec.encodeRequest({ model: "m", messages: [], ...(reasoning === undefined ? {} : { reasoning }) }).body
      .reasoning;
  assertEquals(encode({ budgetTokens: 10_000 }), { effort: "medium", summary: "auto" });
  assertEquals(encode({ adaptive: true }), { summary: "auto" });
  assertEquals(encode({ effort: "low" }), { effort: "low" });
  assertEquals(encode({ budgetTokens: 0 }), undefined);
  assertEquals(encode(undefined), undefined);
});

Deno.test("encodeRequest() tells an error of a tool in words, and a free-text call's result by its call", () => {
  const { body } = codec.encodeRequest({
    model: "m",
    messages: [
      {
        role: "assistant",
        parts: [
          { type: "tool_call", id: "a", name: "sql", arguments: "SELECT", custom: true },
          { type: "tool_call", id: "b", name: "f", arguments: "{}" },
        ],
      },
      {
        role: "tool",
        parts: [
          {
            type: "tool_result",
            callId: "a",
            content: [{ type: "text", text: "no such table" }],
            isError: true,
          },
          { type: "tool_result", callId: "b", content: [] },
          { type: "text", text: "And now?" },
        ],
      },
    ],
  });
  assertEquals(body.input, [
    { type: "custom_tool_call", status: "completed", call_id: "a", name: "sql", input: "SELECT" },
    { type: "function_call", status: "completed", call_id: "b", name: "f", arguments: "{}" },
    { type: "custom_tool_call_output", call_id: "a", output: "Error: no such table" },
    { type: "function_call_output", call_id: "b", output: "" },
    { type: "message", role: "user", content: "And now?" },
  ]);
});

Deno.test("encodeRequest() says that a tool of another format is not strict unless it is", () => {
  const tools = openaiChat.decodeRequest({
    model: "m",
    messages: [{ role: "user", content: "Hi" }],
    tools: [{ type: "function", function: { name: "a" } }, {
      type: "function",
      function: { name: "b", strict: true },
    }],
  }).tools ?? [];
  assertEquals(codec.encodeRequest({ model: "m", messages: [], tools }).body.tools, [
    { type: "function", name: "a", parameters: { type: "object", properties: {} }, strict: false },
    { type: "function", name: "b", parameters: { type: "object", properties: {} }, strict: true },
  ]);
});
