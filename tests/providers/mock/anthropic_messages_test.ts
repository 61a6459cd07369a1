import { assertEquals, assertMatch } from "@std/assert";
import type { JsonObject } from "../../../lib/wire/canonical.ts";
import { ask, askStream, askWhole, eventsOf } from "./ask.ts";

// deno-lint-ignore no-explicit-any
type Loose = any;

const say = (fields: JsonObject = {}, words?: string): Promise<Loose> =>
  askWhole("anthropic_messages", fields, words);
const streamed = (fields: JsonObject = {}, words?: string): Promise<Loose[]> => {
  return askStream("anthropic_messages", fields, words);
};

const WEATHER: JsonObject = {
  name: "get_weather",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

const user = (content: Loose) => [{ role: "user", content }];

/** The message of a stream, put together as a client does. */
function assembled(events: Loose[]): Loose {
  const { message } = events[0];
  for (const event of events) {
    if (event.type === "content_block_start") {
      message.content[event.index] = { ...event.content_block, json: "" };
    }
    if (event.type === "message_delta") {
      Object.assign(message, event.delta, { usage: { ...message.usage, ...event.usage } });
    }
    if (event.type !== "content_block_delta") continue;
    const block = message.content[event.index];
    const { type, partial_json: json, ...rest } = event.delta;
    if (type === "input_json_delta") block.json += json;
    for (const [key, text] of Object.entries(rest)) block[key] += text;
  }
  for (const block of message.content) {
    if (block.json !== "") block.input = JSON.parse(block.json);
    delete block.json;
  }
  return message;
}

Deno.test("the mock answers a message with what was said", async () => {
  const message = await say({ system: "Be kind." });
  assertMatch(message.id, /^msg_01[0-9a-f]{32}$/);
  assertEquals(message.content, [{ type: "text", text: 'You said "Hello, world!".' }]);
  assertEquals([message.stop_reason, message.stop_sequence], ["end_turn", null]);
});

Deno.test("the mock emits a message's events in Anthropic's order", async () => {
  const { text, headers } = await ask("anthropic_messages", { stream: true });
  assertEquals(headers.has("request-id"), true);
  const events = eventsOf(text);
  const types = events.map((event) => event.type).filter((type, i, all) => type !== all[i - 1]);
  assertEquals(types, [
    "message_start",
    "content_block_start",
    "ping",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
  for (const event of events) assertEquals(JSON.parse(event.data).type, event.type);
});

const CASES: [what: string, fields: JsonObject, words?: string][] = [
  ["a text", {}],
  ["thinking", { thinking: { type: "enabled", budget_tokens: 1024 } }],
  ["a tool use", { tools: [WEATHER], messages: user("weather in Paris?") }],
  ["any tool", { tools: [WEATHER], tool_choice: { type: "any" } }],
  ["few tokens", { max_tokens: 1 }],
  ["a stop sequence", { stop_sequences: [", "] }],
  ["a refusal", {}, "refusal"],
  ["cached tokens", {}, "cached=5"],
];
for (const [what, fields, words] of CASES) {
  Deno.test(`the mock streams a message with ${what} as it gives it whole`, async () => {
    const message = assembled(await streamed(fields, words));
    const whole = await say(fields, words);
    const withoutIds = (value: Loose) =>
      JSON.parse(JSON.stringify(value).replaceAll(/"id":"\w+"/g, '"id":""'));
    assertEquals(withoutIds(message), withoutIds(whole));
  });
}

Deno.test("the mock uses tools as it is told to", async () => {
  const named = await say({
    tools: [{ ...WEATHER, name: "other" }, WEATHER],
    tool_choice: { type: "tool", name: "get_weather" },
  });
  const [block] = named.content;
  assertEquals([block.type, block.name, block.input], ["tool_use", "get_weather", { city: "mock" }]);
  assertMatch(block.id, /^toolu_01/);
  assertEquals(named.stop_reason, "tool_use");
  const none = await say({ tools: [WEATHER], tool_choice: { type: "none" }, messages: user("get_weather") });
  assertEquals(none.stop_reason, "end_turn");
});

Deno.test("the mock answers with the tool results in a user's message", async () => {
  const messages = [
    ...user("weather?"),
    { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "get_weather", input: {} }] },
    ...user([
      { type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "17 °C" }] },
      { type: "text", text: "Well?" },
    ]),
  ];
  assertEquals((await say({ messages, tools: [WEATHER] })).content[0].text, 'The tool says "17 °C".');
});

Deno.test("the mock thinks when it is asked to, by effort", async () => {
  const thinking = { type: "adaptive" };
  const low = await say({ thinking, output_config: { effort: "low" } });
  assertEquals(low.content.map((block: Loose) => block.type), ["thinking", "text"]);
  assertMatch(low.content[0].signature, /^[A-Za-z0-9+/]+=*$/);
  const high = await say({ thinking, output_config: { effort: "high" } });
  assertEquals(high.usage.output_tokens - low.usage.output_tokens, 48);
  const off = await say({ thinking: { type: "disabled" } });
  assertEquals(off.content.map((block: Loose) => block.type), ["text"]);
});

Deno.test("the mock gives a message's structured output, images, stop reasons and cache tokens", async () => {
  const schema = { type: "object", properties: { ok: { const: true } }, required: ["ok"] };
  const made = await say({ output_config: { format: { type: "json_schema", schema } } });
  assertEquals(made.content[0].text, '{"ok":true}');
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } };
  const seen = await say({ messages: user([image, { type: "text", text: "Look" }]) });
  assertEquals(seen.content[0].text, 'You said "Look" with an image.');
  const stopped = await say({ stop_sequences: [", "] });
  assertEquals([stopped.stop_reason, stopped.stop_sequence], ["stop_sequence", ", "]);
  assertEquals((await say({ max_tokens: 1 })).stop_reason, "max_tokens");
  const refused = await say({}, "refusal");
  assertEquals([refused.stop_reason, refused.content], ["refusal", []]);
  const plain = await say();
  const cached = await say({}, "cached=5");
  assertEquals(cached.usage.cache_read_input_tokens, 5);
  assertEquals(cached.usage.input_tokens, plain.usage.input_tokens - 5);
});

Deno.test("the mock answers errors of messages in Anthropic's shape", async () => {
  const heard = await ask("anthropic_messages", { max_tokens: null });
  assertEquals(heard.status, 400);
  assertEquals(JSON.parse(heard.text), {
    type: "error",
    error: { type: "invalid_request_error", message: "max_tokens: Field required" },
  });
  const overloaded = await ask("anthropic_messages", {}, "status=529");
  assertEquals(JSON.parse(overloaded.text).error.type, "overloaded_error");
  const events = await streamed({}, "error_event_after=1");
  assertEquals(events.at(-1), { type: "error", error: { type: "overloaded_error", message: "Overloaded" } });
});
