import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import type { JsonObject } from "../../../lib/wire/canonical.ts";
import { cohereChat } from "../../../lib/wire/cohere_chat.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";

const TOOL = {
  type: "function",
  function: { name: "f", description: "d", parameters: { type: "object", properties: {} } },
};

const REQUESTS: Readonly<Record<string, JsonObject>> = {
  "all settings": {
    model: "command-a-03-2025",
    messages: [{ role: "user", content: "Hi" }],
    tools: [TOOL],
    strict_tools: true,
    tool_choice: "REQUIRED",
    response_format: { type: "json_object", json_schema: { type: "object" } },
    thinking: { type: "enabled", token_budget: 100 },
    max_tokens: 9,
    stop_sequences: ["END"],
    temperature: 0.5,
    p: 0.9,
    k: 5,
    seed: 7,
    frequency_penalty: 0.1,
    presence_penalty: 0.2,
    logprobs: true,
    stream: true,
    safety_mode: "STRICT",
    documents: [{ id: "1", data: { text: "x" } }],
  },
  "a conversation": {
    model: "m",
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", detail: "low" } },
        ],
      },
      {
        role: "assistant",
        tool_plan: "I will look.",
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: '{"a": 1}' } }],
      },
      { role: "tool", tool_call_id: "c", content: "a cat" },
      {
        role: "assistant",
        content: [{ type: "thinking", thinking: "Hm." }, { type: "text", text: "A cat." }],
      },
      { role: "user", content: "Sure?" },
    ],
  },
};

for (const [name, body] of Object.entries(REQUESTS)) {
  Deno.test(`cohereChat brings a request back as it was: ${name}`, () => {
    const { body: back, dropped } = cohereChat.encodeRequest(cohereChat.decodeRequest(body));
    assertEquals<unknown>(JSON.parse(JSON.stringify(back)), body);
    assertEquals(dropped, []);
  });
}

Deno.test("cohereChat says what a chat request says, and names what it cannot", () => {
  const { body, dropped } = cohereChat.encodeRequest(openaiChat.decodeRequest({
    model: "m",
    messages: [
      { role: "developer", content: "Be brief." },
      { role: "user", content: "Hi", name: "ada" },
      {
        role: "assistant",
        content: "Let me look.",
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      {
        role: "tool",
        tool_call_id: "c",
        content: [{ type: "text", text: "a" }, { type: "text", text: "b" }],
      },
    ],
    tools: [TOOL, { ...TOOL, function: { name: "g" } }],
    tool_choice: { type: "function", function: { name: "g" } },
    response_format: { type: "json_schema", json_schema: { name: "n", schema: { type: "object" } } },
    reasoning_effort: "none",
    temperature: 1.5,
    top_p: 0.5,
    stop: "END",
    logit_bias: { "1": 1 },
    user: "u",
    n: 2,
    store: false,
  }));
  assertEquals<unknown>(JSON.parse(JSON.stringify(body)), {
    model: "m",
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hi" },
      {
        role: "assistant",
        tool_plan: "Let me look.",
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "c", content: "ab" },
    ],
    tools: [TOOL, {
      type: "function",
      function: { name: "g", parameters: { type: "object", properties: {} } },
    }],
    tool_choice: "REQUIRED",
    response_format: { type: "json_object", json_schema: { type: "object" } },
    thinking: { type: "disabled" },
    temperature: 1,
    p: 0.5,
    stop_sequences: ["END"],
  });
  assertEquals(dropped, ["messages.name", "tool_choice", "temperature", "n", "logit_bias", "user"]);
});

const WRONG: readonly [what: string, body: JsonObject, param: string][] = [
  ["no model", { messages: [{ role: "user", content: "a" }] }, "model"],
  ["no messages", { model: "m", messages: [] }, "messages"],
  ["another role", { model: "m", messages: [{ role: "boss", content: "a" }] }, "messages[0].role"],
  [
    "a result of no call",
    { model: "m", messages: [{ role: "tool", content: "a" }] },
    "messages[0].tool_call_id",
  ],
  [
    "a choice of its own",
    { model: "m", messages: [{ role: "user", content: "a" }], tool_choice: "auto" },
    "tool_choice",
  ],
];

for (const [what, body, param] of WRONG) {
  Deno.test(`cohereChat refuses ${what} and names ${param}`, () => {
    const error = assertThrows(() => cohereChat.decodeRequest(body), GatewayError);
    assertEquals([error.code, error.param], ["invalid_request", param]);
  });
}
