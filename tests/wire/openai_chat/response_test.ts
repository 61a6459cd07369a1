import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import type { Choice, JsonObject, JsonValue, Part, Usage } from "../../../lib/wire/canonical.ts";
import type { EncodeContext } from "../../../lib/wire/codec.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { needsOpenaiSchema, validator } from "../openai_schema.ts";
import { chatRecordings, exchanges } from "../recordings.ts";
import { needsRecordings } from "../shared.ts";

const context: EncodeContext = { id: "chatcmpl-1", model: "m", created: 1, request: {}, includeUsage: false };

/** The context in which an answer keeps its own name. */
function contextOf(body: JsonObject): EncodeContext {
  return { ...context, id: String(body.id), model: String(body.model), created: Number(body.created) };
}

function recordedBodies(): [string, JsonObject][] {
  const found = chatRecordings().flatMap(({ name, body }): [string, JsonObject][] =>
    body === null ? [] : [[name, body]]
  );
  for (const { name, response, status } of [...exchanges("chat-"), ...exchanges("azure-chat-")]) {
    if (status === 200 && response.startsWith("{")) found.push([name, JSON.parse(response)]);
  }
  return found;
}

/** Without what says nothing: null and empty, and the index that DeepSeek gives to calls. */
function compact(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, JsonValue] => [key, compact(inner)]);
  return Object.fromEntries(
    entries.filter(([key, inner]) => {
      if (inner === null || inner === "" || (key === "index" && "function" in value)) return false;
      // The two names of one field.
      return !(typeof inner === "object" && Object.keys(inner).length === 0);
    }).map(([key, inner]) => [key === "reasoning" ? "reasoning_content" : key, inner]),
  );
}

Deno.test({
  name: "openaiChat brings every recorded answer back with all its fields",
  ...needsRecordings,
  fn() {
    const bodies = recordedBodies();
    assertEquals(bodies.length > 15, true);
    for (const [name, body] of bodies) {
      const back = openaiChat.encodeResponse(openaiChat.decodeResponse(body), contextOf(body));
      const calls = { type: "function" };
      // Mistral leaves the type of a call out.
      const expected = JSON.parse(
        JSON.stringify(body),
        (key, value) =>
          key === "tool_calls" && Array.isArray(value) ? value.map((call) => ({ ...calls, ...call })) : value,
      );
      assertEquals(compact(back), compact(expected), name);
    }
  },
});

Deno.test({
  name: "openaiChat observes what it decodes of every recorded answer",
  ...needsRecordings,
  fn() {
    for (const [name, body] of recordedBodies()) {
      const decoded = openaiChat.decodeResponse(body);
      const observed = openaiChat.observeResponse(body);
      assertEquals(observed.responseId, decoded.id, name);
      assertEquals(observed.model, decoded.model, name);
      assertEquals<string | undefined>(observed.finishReason, decoded.choices[0]?.finishReason, name);
      assertEquals(observed.usage ?? undefined, decoded.usage, name);
      assertEquals(observed.error, null, name);
    }
  },
});

Deno.test({
  name: "openaiChat answers as OpenAI's schema says",
  ...needsOpenaiSchema(),
  fn() {
    const problems = validator("CreateChatCompletionResponse");
    const choices: Choice[] = [
      { index: 0, parts: [{ type: "text", text: "a" }], finishReason: "stop" },
      { index: 1, parts: [], finishReason: "length", logprobs: { content: [], refusal: null } },
      { index: 2, parts: [{ type: "refusal", text: "no" }], finishReason: "refusal" },
      { index: 3, parts: [], finishReason: "refusal" },
      {
        index: 4,
        parts: [
          { type: "reasoning", text: "hm", signature: "s", signatureFormat: "anthropic_messages" },
          { type: "tool_call", id: "c", name: "f", arguments: "{}" },
          { type: "tool_call", id: "d", name: "g", arguments: "x", custom: true },
        ],
        finishReason: "tool_calls",
      },
      {
        index: 5,
        parts: [{
          type: "text",
          text: "a",
          annotations: { format: "anthropic_messages", items: [{ url: "https://example.com", title: "t" }] },
        }],
        finishReason: "pause",
      },
    ];
    const usage: Usage = { input: 10, output: 5, cached: 2, cacheCreation: 3, reasoning: 1 };
    const response = { id: "x", model: "y", choices, usage, serviceTier: "default" };
    assertEquals(problems(openaiChat.encodeResponse(response, context)), []);
  },
});

Deno.test({
  name: "openaiChat's answers from recordings are as OpenAI's schema says",
  ignore: needsRecordings.ignore || needsOpenaiSchema().ignore,
  fn() {
    const problems = validator("CreateChatCompletionResponse");
    for (const [name, body] of recordedBodies()) {
      const response = openaiChat.decodeResponse(body);
      // Groq's own word for a tier.
      if (name.startsWith("groq/")) delete response.serviceTier;
      assertEquals(problems(openaiChat.encodeResponse(response, contextOf(body))), [], name);
    }
  },
});

function decodeMessage(message: JsonObject, finishReason = "stop"): Choice | undefined {
  const choice = { index: 0, message: { role: "assistant", ...message }, finish_reason: finishReason };
  return openaiChat.decodeResponse({ id: "1", model: "m", choices: [choice] }).choices[0];
}

const messages: readonly [what: string, message: JsonObject, parts: Part[]][] = [
  ["reasoning before text", { content: "a", reasoning_content: "b" }, [
    { type: "reasoning", text: "b" },
    { type: "text", text: "a" },
  ]],
  ["Groq's and OpenRouter's name of reasoning", { content: "", reasoning: "b" }, [{
    type: "reasoning",
    text: "b",
  }]],
  ["Mistral's thinking", {
    content: [{ type: "thinking", thinking: [{ type: "text", text: "b" }] }, { type: "text", text: "a" }],
  }, [{ type: "reasoning", text: "b" }, { type: "text", text: "a" }]],
  ["a custom call", {
    content: null,
    tool_calls: [{ id: "c", type: "custom", custom: { name: "f", input: "x" } }],
  }, [
    { type: "tool_call", id: "c", name: "f", arguments: "x", custom: true },
  ]],
  ["arguments as an object", { tool_calls: [{ id: "c", function: { name: "f", arguments: { a: 1 } } }] }, [
    { type: "tool_call", id: "c", name: "f", arguments: `{"a":1}` },
  ]],
  ["fields of a call", {
    tool_calls: [{ id: "c", function: { name: "f", arguments: "" }, extra_content: { google: 1 } }],
  }, [{
    type: "tool_call",
    id: "c",
    name: "f",
    arguments: "",
    extensions: { format: "openai_chat", fields: { extra_content: { google: 1 } } },
  }]],
  ["citations", { content: "a", annotations: [{ type: "url_citation" }] }, [
    { type: "text", text: "a", annotations: { format: "openai_chat", items: [{ type: "url_citation" }] } },
  ]],
];

for (const [what, message, parts] of messages) {
  Deno.test(`openaiChat decodes ${what}`, () => assertEquals(decodeMessage(message)?.parts, parts));
}

Deno.test("openaiChat gives a call an id where the provider gave none", () => {
  const part = decodeMessage({ tool_calls: [{ function: { name: "f", arguments: "" } }] })?.parts[0];
  assertEquals(part?.type === "tool_call" && /^call_[0-9a-f]{32}$/.test(part.id), true);
});

const reasons: readonly [message: JsonObject, raw: string, decoded: string][] = [
  [{ content: "a" }, "stop", "stop"],
  [{ content: "a" }, "length", "length"],
  [{ content: "a" }, "content_filter", "content_filter"],
  [{ content: "a" }, "model_length", "length"],
  [{ content: "a" }, "eos", "stop"],
  [{ content: null, refusal: "No." }, "stop", "refusal"],
  [{ tool_calls: [{ id: "c", function: { name: "f", arguments: "" } }] }, "stop", "tool_calls"],
  [{ tool_calls: [{ id: "c", function: { name: "f", arguments: "" } }] }, "tool_calls", "tool_calls"],
];

for (const [message, raw, decoded] of reasons) {
  Deno.test(`openaiChat reads finish reason ${raw} of ${Object.keys(message)} as ${decoded}, and says ${raw} again`, () => {
    const choice = decodeMessage(message, raw);
    assertEquals<string | undefined>(choice?.finishReason, decoded);
    const response = { id: "1", model: "m", choices: choice === undefined ? [] : [choice] };
    const body = JSON.parse(JSON.stringify(openaiChat.encodeResponse(response, context)));
    assertEquals(body.choices[0].finish_reason, raw);
  });
}

const usages: readonly [what: string, usage: JsonObject, decoded: Omit<Usage, "extensions">][] = [
  ["OpenAI's", {
    prompt_tokens: 10,
    completion_tokens: 5,
    total_tokens: 15,
    prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
    completion_tokens_details: { reasoning_tokens: 3 },
  }, { input: 10, output: 5, cached: 4, cacheCreation: 1, reasoning: 3 }],
  ["xAI's, which counts reasoning apart", {
    prompt_tokens: 12,
    completion_tokens: 2,
    total_tokens: 334,
    completion_tokens_details: { reasoning_tokens: 320 },
  }, { input: 12, output: 322, reasoning: 320 }],
  ["xAI's, which at times counts what was cached apart", {
    prompt_tokens: 10,
    completion_tokens: 5,
    prompt_tokens_details: { cached_tokens: 12 },
  }, { input: 22, output: 5, cached: 12 }],
  ["Google's, which tells of thoughts by the total alone", {
    prompt_tokens: 10,
    completion_tokens: 5,
    total_tokens: 40,
  }, { input: 10, output: 30, reasoning: 25 }],
  ["Perplexity's, whose reasoning is in neither count", {
    prompt_tokens: 33,
    completion_tokens: 7163,
    total_tokens: 7196,
    citation_tokens: 20016,
    reasoning_tokens: 193828,
  }, { input: 33, output: 200991, reasoning: 193828 }],
  ["Moonshot's", { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, cached_tokens: 8 }, {
    input: 10,
    output: 5,
    cached: 8,
  }],
  ["Mistral's", { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, num_cached_tokens: 8 }, {
    input: 10,
    output: 5,
    cached: 8,
  }],
  ["DeepSeek's", { prompt_tokens: 10, completion_tokens: 5, prompt_cache_hit_tokens: 6 }, {
    input: 10,
    output: 5,
    cached: 6,
  }],
];

for (const [what, usage, decoded] of usages) {
  Deno.test(`openaiChat reads usage: ${what}`, () => {
    const response = openaiChat.decodeResponse({ id: "1", model: "m", choices: [], usage });
    assertEquals(response.usage, { ...decoded, extensions: { format: "openai_chat", fields: usage } });
  });
}

Deno.test("openaiChat shows free text to the client who asked for it, where the provider has arguments", () => {
  const body = openaiChat.encodeResponse({
    id: "1",
    model: "m",
    choices: [{
      index: 0,
      parts: [{ type: "tool_call", id: "c", name: "sql", arguments: `{"input":"SELECT 1"}` }],
      finishReason: "tool_calls",
    }],
  }, { ...context, request: { tools: [{ type: "custom", custom: { name: "sql" } }] } });
  assertEquals(JSON.parse(JSON.stringify(body)).choices[0].message.tool_calls, [
    { id: "c", type: "custom", custom: { name: "sql", input: "SELECT 1" } },
  ]);
});

const noAnswers: readonly [what: string, body: JsonObject][] = [
  ["an error", { error: { message: "no" } }],
  ["choices of words", { id: "1", choices: ["a"] }],
  ["a choice without a message", { id: "1", choices: [{ index: 0 }] }],
  ["a content of numbers", { id: "1", choices: [{ message: { content: 1 } }] }],
];

for (const [what, body] of noAnswers) {
  Deno.test(`openaiChat takes ${what} for no answer of the provider's`, () => {
    const error = assertThrows(() => openaiChat.decodeResponse(body), GatewayError);
    assertEquals([error.code, error.status], ["upstream_invalid_response", 502]);
  });
}

Deno.test("openaiChat observes an error in a body", () => {
  const { error } = openaiChat.observeResponse({ error: { message: "No.", type: "t", code: "c" } });
  assertEquals(error, { code: "c", message: "No." });
});
