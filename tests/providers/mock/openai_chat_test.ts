import { assert, assertEquals, assertMatch } from "@std/assert";
import type { JsonObject } from "../../../lib/wire/canonical.ts";
import { ask, askStream, askWhole } from "./ask.ts";
import { needsOpenaiSchema, validator } from "../../wire/openai_schema.ts";

// deno-lint-ignore no-explicit-any
type Loose = any;

const chat = (fields: JsonObject = {}, words?: string): Promise<Loose> =>
  askWhole("openai_chat", fields, words);
const streamed = (fields: JsonObject = {}, words?: string): Promise<Loose[]> =>
  askStream("openai_chat", fields, words);

const user = (content: JsonObject["x"] | string) => [{ role: "user", content }] as JsonObject[];

const tool = (name: string, properties: JsonObject = { city: { type: "string" } }): JsonObject => ({
  type: "function",
  function: { name, parameters: { type: "object", properties, required: Object.keys(properties) } },
});

const WEATHER = tool("get_weather");
const TIME = tool("get_time", { zone: { type: "string", enum: ["UTC"] } });

/** What a stream says, put together as a client does. */
function assembled(chunks: Loose[], index = 0): Loose {
  const message: Loose = { content: "", refusal: "", tool_calls: [] };
  let finish = null;
  for (const chunk of chunks) {
    const choice = chunk.choices.find((each: Loose) => each.index === index);
    if (choice === undefined) continue;
    finish = choice.finish_reason ?? finish;
    message.content += choice.delta.content ?? "";
    message.refusal += choice.delta.refusal ?? "";
    for (const { index, ...call } of choice.delta.tool_calls ?? []) {
      const known = message.tool_calls[index] ??= { ...call, function: { ...call.function } };
      if (known.id !== call.id) known.function.arguments += call.function.arguments;
    }
  }
  return { message, finish };
}

Deno.test("the mock answers a chat with what was said, always the same", async () => {
  const answer = await chat();
  assertEquals(answer.choices, [{
    index: 0,
    message: { role: "assistant", content: 'You said "Hello, world!".', refusal: null, annotations: [] },
    logprobs: null,
    finish_reason: "stop",
  }]);
  assertEquals(answer.model, "gpt-4o-mini");
  assertEquals(answer.created, Date.UTC(2026, 0, 1) / 1000);
  assertMatch(answer.id, /^chatcmpl-[0-9a-f]{32}$/);
  assertEquals(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  assertEquals(await chat(), answer);
});

Deno.test("the mock's ids differ from one answer to the next", async () => {
  const ids = await Promise.all([1, 2].map(async () => {
    const heard = await ask("openai_chat", {}, undefined, { seededIds: false });
    return JSON.parse(heard.text).id;
  }));
  assert(ids[0] !== ids[1]);
});

Deno.test("the mock streams the very answer that it gives whole", async () => {
  for (
    const fields of [
      {},
      { tools: [WEATHER, TIME], messages: user("What are the weather and the get_time?") },
      { max_tokens: 2 },
      { response_format: { type: "json_object" } },
      { model: "m@refusal" },
    ] as JsonObject[]
  ) {
    const whole = await chat(fields);
    const chunks = await streamed({ ...fields, stream_options: { include_usage: true } });
    const { message, finish } = assembled(chunks);
    const [choice] = whole.choices;
    assertEquals(message.content || null, choice.message.content);
    assertEquals(message.refusal || null, choice.message.refusal);
    const shape = (calls: Loose[] = []) => calls.map((call) => ({ ...call, id: "" }));
    assertEquals(shape(message.tool_calls), shape(choice.message.tool_calls));
    assertEquals(finish, choice.finish_reason);
    assertEquals(chunks.at(-1).usage, whole.usage);
    assertEquals(chunks.at(-1).choices, []);
    assertEquals(new Set(chunks.map((chunk) => chunk.id)).size, 1);
  }
});

Deno.test("the mock's chat stream begins with the role, shows usage when asked, and ends with [DONE]", async () => {
  const { text, headers } = await ask("openai_chat", { stream: true });
  assertEquals(headers.get("content-type"), "text/event-stream; charset=utf-8");
  assert(text.endsWith("data: [DONE]\n\n"));
  const chunks = await streamed();
  assertEquals(chunks[0].choices[0].delta, { role: "assistant", content: "", refusal: null });
  for (const chunk of chunks) assertEquals("usage" in chunk, false);
  const told = await streamed({ stream_options: { include_usage: true } });
  for (const chunk of told.slice(0, -1)) assertEquals(chunk.usage, null);
});

Deno.test("the mock calls the tool that it is told to, with arguments that fit", async () => {
  const choice = { type: "function", function: { name: "get_time" } };
  const answer = await chat({ tools: [WEATHER, TIME], tool_choice: choice });
  const [call, ...others] = answer.choices[0].message.tool_calls;
  assertEquals(others, []);
  assertEquals([call.type, call.function], ["function", { name: "get_time", arguments: '{"zone":"UTC"}' }]);
  assertMatch(call.id, /^call_/);
  assertEquals(answer.choices[0].finish_reason, "tool_calls");
  assertEquals(answer.choices[0].message.content, null);
});

const CALLED: [what: string, fields: JsonObject, names: string[]][] = [
  ["a tool is named", { tools: [WEATHER, TIME], messages: user("Use get_time") }, ["get_time"]],
  ["a tool is spoken of", { tools: [WEATHER, TIME], messages: user("How is the weather in Paris?") }, [
    "get_weather",
  ]],
  ["several are", { tools: [WEATHER, TIME], messages: user("get_time and weather") }, [
    "get_weather",
    "get_time",
  ]],
  ["parallel calls are off", {
    tools: [WEATHER, TIME],
    messages: user("get_time and weather"),
    parallel_tool_calls: false,
  }, ["get_weather"]],
  ["a call is required", { tools: [WEATHER, TIME], tool_choice: "required" }, ["get_weather"]],
  ["calls are forbidden", { tools: [WEATHER], tool_choice: "none", messages: user("get_weather") }, []],
  ["none is spoken of", { tools: [WEATHER] }, []],
  ["there are none", { messages: user("get_weather") }, []],
];
for (const [when, fields, names] of CALLED) {
  Deno.test(`the mock calls ${names.join(" and ") || "no tool"} when ${when}`, async () => {
    const calls: Loose[] = (await chat(fields)).choices[0].message.tool_calls ?? [];
    assertEquals(calls.map((call) => call.function.name), names);
  });
}

Deno.test("the mock answers with a text that uses the tools' results", async () => {
  const history = [
    ...user("How is the weather?"),
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "call_1", type: "function", function: { name: "get_weather", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: "call_1", content: "17 °C" },
  ];
  const fields = { tools: [WEATHER], tool_choice: "required", messages: history };
  assertEquals((await chat(fields)).choices[0].message.content, 'The tool says "17 °C".');
  const two = [...history, {
    role: "tool",
    tool_call_id: "call_2",
    content: [{ type: "text", text: "rain" }],
  }];
  assertEquals(
    (await chat({ messages: two })).choices[0].message.content,
    'The tools say "17 °C" and "rain".',
  );
  const later = [...two, { role: "assistant", content: "Wet." }, ...user("Thanks")];
  assertEquals((await chat({ messages: later })).choices[0].message.content, 'You said "Thanks".');
});

Deno.test("the mock calls a free-text tool with text", async () => {
  const custom = { type: "custom", custom: { name: "shell" } };
  const answer = await chat({ tools: [custom], messages: user("shell: ls") });
  const [call] = answer.choices[0].message.tool_calls;
  assertEquals([call.type, call.custom], ["custom", { name: "shell", input: "shell: ls" }]);
});

Deno.test("the mock gives structured output", async () => {
  const schema = {
    type: "object",
    properties: { status: { type: "string", enum: ["ok"] } },
    required: ["status"],
    additionalProperties: false,
  };
  const format = { type: "json_schema", json_schema: { name: "status", strict: true, schema } };
  assertEquals((await chat({ response_format: format })).choices[0].message.content, '{"status":"ok"}');
  const free = await chat({ response_format: { type: "json_object" } });
  assertEquals(JSON.parse(free.choices[0].message.content), { answer: 'You said "Hello, world!".' });
});

Deno.test("the mock sees images", async () => {
  const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
  const messages = user([{ type: "text", text: "Look" }, image, image]);
  const answer = await chat({ messages });
  assertEquals(answer.choices[0].message.content, 'You said "Look" with 2 images.');
  assert(answer.usage.prompt_tokens > 170);
});

Deno.test("the mock counts reasoning tokens by effort", async () => {
  const tokens = await Promise.all(["none", "minimal", "low", "medium", "high"].map(async (effort) => {
    return (await chat({ reasoning_effort: effort })).usage.completion_tokens_details.reasoning_tokens;
  }));
  assertEquals(tokens, [0, 8, 16, 32, 64]);
});

Deno.test("the mock stops at a stop sequence and at the most tokens", async () => {
  const stopped = (await chat({ stop: [",", "world"] })).choices[0];
  assertEquals([stopped.message.content, stopped.finish_reason], ['You said "Hello', "stop"]);
  const full = await chat({ max_completion_tokens: 2 });
  assertEquals([full.choices[0].message.content, full.choices[0].finish_reason], ["You said", "length"]);
  assertEquals(full.usage.completion_tokens, 2);
  const thought = await chat({ max_completion_tokens: 16, reasoning_effort: "low" });
  assertEquals([thought.choices[0].message.content, thought.choices[0].finish_reason], ["", "length"]);
});

Deno.test("the mock gives n choices, whole and streamed in turns", async () => {
  const answer = await chat({ n: 3 });
  const texts = answer.choices.map((choice: Loose) => choice.message.content);
  assertEquals(texts[1], `Version 2: ${texts[0]}`);
  const chunks = await streamed({ n: 3 });
  assertEquals([0, 1, 2].map((index) => assembled(chunks, index).message.content), texts);
  assertEquals([0, 1, 2].map((index) => assembled(chunks, index).finish), ["stop", "stop", "stop"]);
  const order = chunks.slice(3, 9).map((chunk) => chunk.choices[0].index);
  assertEquals(order, [0, 1, 2, 0, 1, 2]);
});

Deno.test("the mock gives log probabilities that spell its text", async () => {
  const fields = { logprobs: true, top_logprobs: 2 };
  const [choice] = (await chat(fields)).choices;
  assertEquals(choice.logprobs.content.map((each: Loose) => each.token).join(""), choice.message.content);
  assertEquals(choice.logprobs.content[0].top_logprobs.length, 2);
  const parts = (await streamed(fields)).flatMap((chunk) => chunk.choices[0].logprobs?.content ?? []);
  assertEquals(parts, choice.logprobs.content);
});

Deno.test("the mock refuses, filters and fills as it is told", async () => {
  const [refused] = (await chat({}, "refusal")).choices;
  assertEquals([refused.message.content, refused.message.refusal], [null, "I cannot help with that."]);
  const [filtered] = (await chat({}, "content_filter")).choices;
  assertEquals(filtered.finish_reason, "content_filter");
  const filled = await chat({}, "tokens=50,cached=3");
  assertEquals([filled.usage.completion_tokens, filled.usage.prompt_tokens_details.cached_tokens], [50, 3]);
});

for (
  const [what, fields, param] of [
    ["no model", { model: null }, "model"],
    ["no messages", { messages: null }, "messages"],
    ["a wrong behaviour in the model's name", { model: "m@tps=fast" }, "x-mock"],
  ] as [string, JsonObject, string][]
) {
  Deno.test(`the mock answers 400 to ${what}`, async () => {
    const heard = await ask("openai_chat", fields);
    const { error } = JSON.parse(heard.text);
    assertEquals([heard.status, error.type, error.param], [400, "invalid_request_error", param]);
  });
}

Deno.test("the words of a model's name win over the header's, these over the options'", async () => {
  const options = { behaviour: "tokens=1,cached=1" };
  const usage = async (model: string, words?: string) => {
    const { usage } = JSON.parse((await ask("openai_chat", { model }, words, options)).text);
    return [usage.completion_tokens, usage.prompt_tokens_details.cached_tokens];
  };
  assertEquals(await usage("m"), [1, 1]);
  assertEquals(await usage("m", "tokens=2"), [2, 1]);
  assertEquals(await usage("m@tokens=3", "tokens=2,cached=2"), [3, 2]);
});

const VALID: [what: string, fields: JsonObject, words?: string][] = [
  ["a text", {}],
  ["usage", { stream_options: { include_usage: true } }],
  ["tool calls", { tools: [WEATHER, TIME], messages: user("weather and get_time") }],
  ["log probabilities", { logprobs: true, top_logprobs: 3, n: 2 }],
  ["a refusal", {}, "refusal"],
  ["a refusal with log probabilities", { logprobs: true }, "refusal"],
  ["a filtered text", {}, "content_filter"],
  ["few tokens", { max_tokens: 1 }],
];
for (const [what, fields, words] of VALID) {
  Deno.test({
    name: `the mock's chat with ${what} is valid by OpenAI's schemas`,
    ...needsOpenaiSchema(),
    async fn() {
      assertEquals(validator("CreateChatCompletionResponse")(await chat(fields, words)), []);
      for (const chunk of await streamed(fields, words)) {
        assertEquals(validator("CreateChatCompletionStreamResponse")(chunk), [], JSON.stringify(chunk));
      }
    },
  });
}

Deno.test("the mock says of messages that are none that they are, and not that they are missing", async () => {
  const heard = await ask("openai_chat", { messages: { role: "user" } });
  const { error } = JSON.parse(heard.text);
  assertEquals([heard.status, error.code], [400, "invalid_type"]);
  assertEquals(error.message, "Invalid type for 'messages': expected an array of objects.");
});
