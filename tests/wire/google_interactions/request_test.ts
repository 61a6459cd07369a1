import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import type { ChatRequest, JsonObject, Message } from "../../../lib/wire/canonical.ts";
import { googleInteractions as codec } from "../../../lib/wire/google_interactions.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";

function decoded(fields: JsonObject): ChatRequest {
  return codec.decodeRequest({ model: "gemini-2.5-flash", input: "Hi", ...fields });
}

/** A request through the model and back. */
function back(fields: JsonObject) {
  const { body, dropped } = codec.encodeRequest(decoded(fields));
  assertEquals(dropped, []);
  return body;
}

function fromChat(fields: JsonObject, model = "gemini-3-flash") {
  return codec.encodeRequest({
    ...openaiChat.decodeRequest({ model: "m", messages: [{ role: "user", content: "Hi" }], ...fields }),
    model,
  });
}

const USER: Message = { role: "user", parts: [{ type: "text", text: "Hi" }] };
const HI_STEP = { content: [{ text: "Hi", type: "text" }], type: "user_input" };

Deno.test("input is a text, contents, a content, steps, or turns", () => {
  const inputs: JsonObject[string][] = [
    "Hi",
    { type: "text", text: "Hi" },
    [{ type: "text", text: "Hi" }],
    [HI_STEP],
    [{ role: "user", content: "Hi" }],
    [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
  ];
  for (const input of inputs) {
    assertEquals(decoded({ input }).messages, [USER]);
    assertEquals(back({ input })["input"], [HI_STEP]);
  }
});

Deno.test("every kind of step has its place, on the way in and out", () => {
  const input: JsonObject[] = [
    HI_STEP,
    { signature: "c2ln", summary: [{ text: "One.", type: "text" }], type: "thought" },
    {
      signature: "c2ln",
      summary: [{ text: "a", type: "text" }, { text: "b", type: "text" }],
      type: "thought",
    },
    { content: [{ text: "Let me see.", type: "text" }], type: "model_output" },
    { id: "c1", type: "function_call", name: "f", arguments: { city: "Paris" } },
    { id: "c2", type: "function_call", name: "g", arguments: {}, signature: "on-the-call" },
    { type: "function_result", call_id: "c1", name: "f", result: "sunny" },
    { type: "function_result", call_id: "c2", name: "g", result: '{"degrees":20}', is_error: true },
    { id: "s1", type: "google_search_call", arguments: { queries: ["x"] }, signature: "s" },
    { content: [{ text: "a", type: "text" }, { text: "b", type: "text" }], type: "model_output" },
    {
      content: [
        { type: "image", data: "AAAA", mime_type: "image/png", resolution: "low" },
        { type: "document", uri: "https://x.example/a.pdf", mime_type: "application/pdf" },
        { type: "audio", data: "AAAA", mime_type: "audio/wav" },
        { type: "video", uri: "https://x.example/a.mp4", mime_type: "video/mp4" },
        { text: "What is it?", type: "text" },
      ],
      type: "user_input",
    },
  ];
  const request = decoded({ input });
  assertEquals(request.messages.map(({ role, parts }) => [role, parts.map(({ type }) => type)]), [
    ["user", ["text"]],
    ["assistant", ["reasoning", "reasoning", "text", "tool_call", "tool_call"]],
    ["tool", ["tool_result", "tool_result"]],
    ["assistant", ["opaque", "text", "text"]],
    ["user", ["image", "file", "audio", "file", "text"]],
  ]);
  assertEquals<unknown>(back({ input })["input"], input);
});

Deno.test("every field of a request has its place, on the way in and out", () => {
  const fields: JsonObject = {
    system_instruction: "Be kind.",
    generation_config: {
      temperature: 0.5,
      top_p: 0.9,
      max_output_tokens: 100,
      seed: 7,
      stop_sequences: ["END"],
      thinking_level: "low",
      thinking_summaries: "auto",
      tool_choice: "any",
      speech_config: { voice: "x" },
    },
    tools: [
      { type: "function", name: "f", description: "d", parameters: { type: "object" }, behaviour: "x" },
      { type: "google_search" },
    ],
    response_format: { type: "text", mime_type: "application/json", schema: { type: "object" } },
    stream: true,
    store: true,
    labels: { team: "a" },
    service_tier: "flex",
    safety_settings: [{ category: "x" }],
    cached_content: "cachedContents/1",
  };
  const request = decoded(fields);
  assertEquals([request.temperature, request.topP, request.maxOutputTokens, request.seed, request.stop], [
    0.5,
    0.9,
    100,
    7,
    ["END"],
  ]);
  assertEquals([request.reasoning?.effort, request.reasoning?.summary], ["low", "auto"]);
  assertEquals(request.toolChoice, { type: "required" });
  assertEquals(request.metadata, { team: "a" });
  const { model: _model, input: _input, ...rest } = back(fields);
  assertEquals<unknown>(rest, fields);
});

Deno.test("a result is a text, an object as JSON, or contents", () => {
  const result = (result: JsonObject[string]) => {
    const input = [{ type: "function_result", call_id: "c1", result }];
    const [message] = decoded({ input }).messages;
    const [part] = message?.parts ?? [];
    return part?.type === "tool_result" ? part.content : null;
  };
  assertEquals(result("a"), [{ type: "text", text: "a" }]);
  assertEquals(result({ a: 1 }), [{ type: "text", text: '{"a":1}' }]);
  assertEquals(
    result([{ type: "text", text: "a" }, { type: "image", data: "AAAA", mime_type: "image/png" }]),
    [{ type: "text", text: "a" }, { type: "image", data: "AAAA", mediaType: "image/png" }],
  );
});

Deno.test("thoughts of others stay away from Google, and are told", () => {
  const thought = (signatureFormat: "google_interactions" | "anthropic_messages") =>
    codec.encodeRequest({
      model: "m",
      messages: [USER, {
        role: "assistant",
        parts: [{ type: "reasoning", text: "Hm", signature: "s", signatureFormat }, {
          type: "text",
          text: "a",
        }],
      }],
    });
  const said = { content: [{ text: "a", type: "text" }], type: "model_output" };
  assertEquals<unknown>(thought("anthropic_messages"), {
    body: { model: "m", input: [HI_STEP, said], store: false },
    dropped: ["messages.content.reasoning"],
  });
  const own = { signature: "s", summary: [{ text: "Hm", type: "text" }], type: "thought" };
  assertEquals<unknown>(thought("google_interactions").body["input"], [HI_STEP, own, said]);
});

Deno.test("tool choices", () => {
  const choose = (tool_choice: JsonObject[string]) =>
    decoded({ generation_config: { tool_choice } }).toolChoice;
  assertEquals(choose("auto"), { type: "auto" });
  assertEquals(choose("none"), { type: "none" });
  assertEquals(choose({ allowed_tools: { mode: "any", tools: ["f"] } }), { type: "tool", name: "f" });
  const several = { allowed_tools: { mode: "any", tools: ["f", "g"] } };
  assertEquals(choose(several), { type: "opaque", format: "google_interactions", value: several });
  assertEquals(choose("validated"), { type: "opaque", format: "google_interactions", value: "validated" });
});

Deno.test("a format is a schema or JSON, in the API's first words too", () => {
  const schema = { type: "object" };
  const cases: [JsonObject, unknown][] = [
    [{ response_format: { type: "text", mime_type: "application/json" } }, { type: "json_object" }],
    [{ response_format: { type: "text" } }, { type: "text" }],
    [{ response_format: schema, response_mime_type: "application/json" }, {
      type: "json_schema",
      name: "output",
      schema,
    }],
    [{ response_mime_type: "application/json" }, { type: "json_object" }],
    [{ response_format: [{ type: "text", mime_type: "application/json", schema }, { type: "image" }] }, {
      type: "json_schema",
      name: "output",
      schema,
    }],
  ];
  for (const [fields, format] of cases) assertEquals<unknown>(decoded(fields).responseFormat, format);
});

Deno.test("what is not said is not stored, and what cannot be said is told", () => {
  const { body, dropped } = fromChat({
    messages: [{ role: "system", content: "A" }, { role: "user", content: "Hi", name: "x" }, {
      role: "developer",
      content: "B",
    }],
    n: 2,
    logprobs: true,
    frequency_penalty: 1,
    logit_bias: { "1": 1 },
    user: "u",
    service_tier: "priority",
    reasoning_effort: "xhigh",
    tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
    tool_choice: { type: "function", function: { name: "f" } },
  });
  assertEquals<unknown>(body, {
    model: "gemini-3-flash",
    input: [HI_STEP],
    system_instruction: "A\n\nB",
    tools: [{ type: "function", name: "f", parameters: { type: "object" } }],
    generation_config: {
      tool_choice: { allowed_tools: { mode: "any", tools: ["f"] } },
      thinking_level: "high",
      thinking_summaries: "auto",
    },
    store: false,
    service_tier: "priority",
  });
  assertEquals(dropped, ["messages.name", "frequency_penalty", "logit_bias", "n", "logprobs", "user"]);
});

Deno.test("what is wrong is named by its place", () => {
  const cases: [JsonObject, string][] = [
    [{ input: [] }, "input"],
    [{ input: [{ type: "text" }] }, "input[0].text"],
    [{ input: [{ type: "function_call", id: "1" }] }, "input[0].name"],
    [{ input: [{ role: "system", content: "x" }] }, "input[0].role"],
    [{ tools: [{ type: "function" }] }, "tools[0].name"],
    [{ generation_config: { temperature: "x" } }, "generation_config.temperature"],
  ];
  for (const [fields, param] of cases) {
    assertEquals(assertThrows(() => decoded(fields), GatewayError).param, param);
  }
});
