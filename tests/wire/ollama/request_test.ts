import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import type { ChatRequest, JsonObject, Message } from "../../../lib/wire/canonical.ts";
import { ollamaChat } from "../../../lib/wire/ollama_chat.ts";
import { ollamaGenerate } from "../../../lib/wire/ollama_generate.ts";

const PNG = "iVBORw0KGgoAAAANSUhEUg==";
const USER: Message = { role: "user", parts: [{ type: "text", text: "Hi" }] };

function decoded(fields: JsonObject): ChatRequest {
  return ollamaChat.decodeRequest({ model: "m", messages: [{ role: "user", content: "Hi" }], ...fields });
}

function encoded(fields: Partial<ChatRequest>) {
  return ollamaChat.encodeRequest({ model: "m", messages: [USER], ...fields });
}

for (
  const [name, fields, expected] of [
    ["nothing: an answer is streamed", {}, { stream: true }],
    ["no stream", { stream: false }, { stream: false }],
    ["sampling", {
      options: {
        temperature: 0.5,
        top_p: 0.9,
        top_k: 40,
        seed: 7,
        frequency_penalty: 1,
        presence_penalty: 2,
      },
    }, {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      seed: 7,
      frequencyPenalty: 1,
      presencePenalty: 2,
      stream: true,
    }],
    ["limit and stops", { options: { num_predict: 9, stop: ["a", "b"] } }, {
      maxOutputTokens: 9,
      stop: ["a", "b"],
      stream: true,
    }],
    ["one stop", { options: { stop: "a" } }, { stop: ["a"], stream: true }],
    ["no limit", { options: { num_predict: -1 } }, { stream: true }],
    ["JSON", { format: "json" }, { responseFormat: { type: "json_object" }, stream: true }],
    ["a schema", { format: { type: "object" } }, {
      responseFormat: { type: "json_schema", name: "output", schema: { type: "object" }, strict: true },
      stream: true,
    }],
    ["an empty format", { format: "" }, { stream: true }],
    ["log probabilities", { logprobs: true, top_logprobs: 2 }, {
      logprobs: true,
      topLogprobs: 2,
      stream: true,
    }],
    ["thinking", { think: true }, {
      reasoning: {
        adaptive: true,
        summary: "auto",
        extensions: { format: "ollama_chat", fields: { think: true } },
      },
      stream: true,
    }],
    ["no thinking", { think: false }, {
      reasoning: { budgetTokens: 0, extensions: { format: "ollama_chat", fields: { think: false } } },
      stream: true,
    }],
    ["a level of thinking", { think: "low" }, {
      reasoning: {
        effort: "low",
        summary: "auto",
        extensions: { format: "ollama_chat", fields: { think: "low" } },
      },
      stream: true,
    }],
    ["what only Ollama knows", { keep_alive: "5m", options: { num_ctx: 4096, min_p: 0.1 } }, {
      stream: true,
      extensions: {
        format: "ollama_chat",
        fields: { keep_alive: "5m", options: { num_ctx: 4096, min_p: 0.1 } },
      },
    }],
  ] as [string, JsonObject, Partial<ChatRequest>][]
) {
  Deno.test(`Ollama's chat request: ${name}`, () => {
    const { model: _, messages: __, ...rest } = decoded(fields);
    assertEquals<unknown>(rest, expected);
  });
}

Deno.test("Ollama's messages: images, thinking, calls and results get ids that stay the same", () => {
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "What is this?", images: [PNG, "/9j/4AAQ"] },
    {
      role: "assistant",
      content: "",
      thinking: "Hm.",
      tool_calls: [
        { function: { name: "look", arguments: { at: 1 } } },
        { function: { name: "hear", arguments: {} } },
      ],
    },
    { role: "tool", content: "a dog", tool_name: "hear" },
    { role: "tool", content: "a cat" },
  ];
  const { messages: read } = decoded({ messages });
  assertEquals<unknown>(read, [
    { role: "system", parts: [{ type: "text", text: "Be brief." }] },
    {
      role: "user",
      parts: [
        { type: "text", text: "What is this?" },
        { type: "image", data: PNG, mediaType: "image/png" },
        { type: "image", data: "/9j/4AAQ", mediaType: "image/jpeg" },
      ],
    },
    {
      role: "assistant",
      parts: [
        { type: "reasoning", text: "Hm." },
        { type: "tool_call", id: "call_0", name: "look", arguments: '{"at":1}' },
        { type: "tool_call", id: "call_1", name: "hear", arguments: "{}" },
      ],
    },
    {
      role: "tool",
      parts: [{ type: "tool_result", callId: "call_1", content: [{ type: "text", text: "a dog" }] }],
    },
    {
      role: "tool",
      parts: [{ type: "tool_result", callId: "call_0", content: [{ type: "text", text: "a cat" }] }],
    },
  ]);
  const { body, dropped } = ollamaChat.encodeRequest({ model: "m", messages: read });
  assertEquals(dropped, []);
  assertEquals<unknown>(body.messages, [
    messages[0],
    messages[1],
    {
      role: "assistant",
      content: "",
      thinking: "Hm.",
      tool_calls: [
        { id: "call_0", function: { index: 0, name: "look", arguments: { at: 1 } } },
        { id: "call_1", function: { index: 1, name: "hear", arguments: {} } },
      ],
    },
    { role: "tool", content: "a dog", tool_name: "hear", tool_call_id: "call_1" },
    { role: "tool", content: "a cat", tool_name: "look", tool_call_id: "call_0" },
  ]);
});

Deno.test("a request of Ollama's own says the same after a round trip", () => {
  const body: JsonObject = {
    model: "m",
    messages: [{ role: "user", content: "Hi", mood: "good" }],
    tools: [{ type: "function", function: { name: "f", description: "d", parameters: { type: "object" } } }],
    format: { type: "object" },
    think: "high",
    logprobs: true,
    top_logprobs: 3,
    options: { temperature: 0, num_predict: 5, stop: ["x"], num_ctx: 8192 },
    stream: true,
    keep_alive: -1,
  };
  assertEquals(ollamaChat.encodeRequest(ollamaChat.decodeRequest(body)), { body, dropped: [] });
});

for (
  const [name, fields, body, dropped] of [
    ["no stream unless asked", {}, { stream: false }, []],
    ["sampling in options", { temperature: 1, maxOutputTokens: 3, stop: ["a"] }, {
      stream: false,
      options: { temperature: 1, num_predict: 3, stop: ["a"] },
    }, []],
    ["JSON", { responseFormat: { type: "json_object" } }, { stream: false, format: "json" }, []],
    ["an effort as a boolean", { reasoning: { effort: "high" } }, { stream: false, think: true }, []],
    ["no effort", { reasoning: { effort: "none" } }, { stream: false, think: false }, []],
    ["a budget", { reasoning: { budgetTokens: 2000 } }, { stream: false, think: true }, []],
    ["a wish for summaries alone", { reasoning: { summary: "auto" } }, { stream: false }, []],
    [
      "what it cannot say",
      {
        n: 2,
        logitBias: { 1: 2 },
        verbosity: "low",
        user: "u",
        serviceTier: "flex",
        metadata: { a: "b" },
        store: true,
      },
      { stream: false },
      ["n", "logit_bias", "verbosity", "store", "metadata", "user", "service_tier"],
    ],
  ] as [string, Partial<ChatRequest>, JsonObject, string[]][]
) {
  Deno.test(`for Ollama: ${name}`, () => {
    const { model: _, messages: __, ...rest } = encoded(fields).body;
    assertEquals<unknown>([rest, encoded(fields).dropped], [body, dropped]);
  });
}

Deno.test("for Ollama: models that take a level of thinking get one", () => {
  const of = (effort: string) => encoded({ model: "gpt-oss:20b", reasoning: { effort } }).body.think;
  assertEquals(["minimal", "low", "medium", "high", "xhigh", "none"].map(of), [
    ...["low", "low", "medium", "high", "high"],
    false,
  ]);
});

Deno.test("for Ollama: tools, and a choice among them that it cannot be told", () => {
  const tools: ChatRequest["tools"] = [{ type: "function", name: "f" }, { type: "custom", name: "g" }];
  assertEquals(encoded({ tools, toolChoice: { type: "none" } }).body.tools, undefined);
  const forced = encoded({ tools, toolChoice: { type: "tool", name: "f" }, parallelToolCalls: false });
  assertEquals(forced.dropped, ["tool_choice", "parallel_tool_calls"]);
  assertEquals<unknown>(forced.body.tools, [
    { type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } },
    {
      type: "function",
      function: {
        name: "g",
        parameters: { type: "object", properties: { input: { type: "string" } }, required: ["input"] },
      },
    },
  ]);
});

Deno.test("for Ollama: contents that have no place beside a text are reported", () => {
  const { body, dropped } = encoded({
    messages: [{
      role: "user",
      name: "Ann",
      parts: [
        { type: "text", text: "a" },
        { type: "text", text: "b" },
        { type: "image", url: "https://example.com/a.png" },
        { type: "file", text: "c" },
        { type: "file", data: btoa("d"), mediaType: "text/plain" },
        { type: "file", data: PNG, mediaType: "image/png" },
        { type: "file", data: "AAAA", mediaType: "application/pdf" },
        { type: "audio", data: "AAAA", audioFormat: "wav" },
        { type: "opaque", format: "anthropic_messages", value: { type: "search_result" } },
      ],
    }],
  });
  assertEquals<unknown>(body.messages, [{ role: "user", content: "a\nb\nc\nd", images: [PNG] }]);
  assertEquals(dropped, [
    "messages.name",
    "messages.content.image.url",
    "messages.content.file",
    "messages.content.input_audio",
    "messages.content.search_result",
  ]);
});

for (
  const [body, param] of [
    [{ messages: [{ role: "user", content: "x" }] }, "model"],
    [{ model: "m" }, "messages"],
    [{ model: "m", messages: [] }, "messages"],
    [{ model: "m", messages: [{ role: "robot", content: "" }] }, "messages[0].role"],
    [{ model: "m", messages: [{ role: "user", content: [] }] }, "messages[0].content"],
    [{ model: "m", messages: [{ role: "user", images: [1] }] }, "messages[0].images[0]"],
    [
      { model: "m", messages: [{ role: "assistant", tool_calls: [{}] }] },
      "messages[0].tool_calls[0].function",
    ],
    [{ model: "m", messages: [{ role: "user" }], options: 1 }, "options"],
    [{ model: "m", messages: [{ role: "user" }], options: { top_p: "x" } }, "options.top_p"],
    [{ model: "m", messages: [{ role: "user" }], format: "xml" }, "format"],
    [{ model: "m", messages: [{ role: "user" }], think: 1 }, "think"],
    [{ model: "m", messages: [{ role: "user" }], tools: [{ type: "function" }] }, "tools[0].function"],
  ] as [JsonObject, string][]
) {
  Deno.test(`Ollama's chat request without a good '${param}' is refused`, () => {
    const error = assertThrows(() => ollamaChat.decodeRequest(body), GatewayError);
    assertEquals([error.code, error.param], ["invalid_request", param]);
  });
}

Deno.test("Ollama's prompt is a conversation of one message, and back", () => {
  const body: JsonObject = {
    model: "m",
    prompt: "Why?",
    images: [PNG],
    system: "Be brief.",
    think: true,
    stream: true,
    options: { temperature: 0.1 },
    keep_alive: 0,
    raw: true,
    suffix: "end",
  };
  const request = ollamaGenerate.decodeRequest(body);
  assertEquals(request.messages.map((message) => message.role), ["system", "user"]);
  assertEquals(ollamaGenerate.encodeRequest(request), { body, dropped: [] });
  assertEquals(ollamaChat.encodeRequest(request).dropped, ["keep_alive", "raw", "suffix"]);
});

Deno.test("Ollama's prompt has to say something, and holds no conversation", () => {
  const empty = assertThrows(() => ollamaGenerate.decodeRequest({ model: "m" }), GatewayError);
  assertEquals(empty.param, "prompt");
  const turns: Message[] = [USER, { role: "assistant", parts: [] }, USER];
  const long = assertThrows(
    () => ollamaGenerate.encodeRequest({ model: "m", messages: turns }),
    GatewayError,
  );
  assertEquals([long.code, long.param], ["unsupported_parameter", "messages"]);
});
