import { assert, assertEquals, assertMatch } from "@std/assert";
import type { JsonObject } from "../../../lib/wire/canonical.ts";
import { ask, askStream, askWhole, eventsOf } from "./ask.ts";
import { needsOpenaiSchema, validator } from "../../wire/openai_schema.ts";

// deno-lint-ignore no-explicit-any
type Loose = any;

const respond = (fields: JsonObject = {}, words?: string): Promise<Loose> =>
  askWhole("openai_responses", fields, words);
const streamed = (fields: JsonObject = {}, words?: string): Promise<Loose[]> => {
  return askStream("openai_responses", fields, words);
};

const WEATHER: JsonObject = {
  type: "function",
  name: "get_weather",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const SHELL: JsonObject = { type: "custom", name: "shell" };

const textOf = (response: Loose) => response.output.at(-1).content[0].text;

Deno.test("the mock answers a response with what was said", async () => {
  const response = await respond({
    metadata: { a: "b" },
    instructions: "Be kind.",
    store: false,
    user: "u",
    temperature: 0.5,
  });
  assertMatch(response.id, /^resp_[0-9a-f]{32}$/);
  assertEquals(textOf(response), 'You said "Hello, world!".');
  assertEquals([response.status, response.metadata, response.instructions], [
    "completed",
    { a: "b" },
    "Be kind.",
  ]);
  assertEquals([response.store, response.user, response.temperature], [false, "u", 0.5]);
  const { input_tokens: input, output_tokens: output, total_tokens: total } = response.usage;
  assertEquals(total, input + output);
});

Deno.test("the mock emits a response's events in OpenAI's order", async () => {
  const { text } = await ask("openai_responses", {
    stream: true,
    reasoning: { effort: "low", summary: "auto" },
  });
  const events = eventsOf(text);
  const types = events.map((event) => event.type).filter((type, i, all) => type !== all[i - 1]);
  assertEquals(types, [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_text.delta",
    "response.reasoning_summary_text.done",
    "response.reasoning_summary_part.done",
    "response.output_item.done",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
  for (const [index, event] of events.entries()) {
    const data = JSON.parse(event.data);
    assertEquals([data.type, data.sequence_number], [event.type, index]);
  }
});

const CASES: [what: string, fields: JsonObject, words?: string][] = [
  ["a text", {}],
  ["reasoning", {
    reasoning: { effort: "high", summary: "detailed" },
    include: ["reasoning.encrypted_content"],
  }],
  ["reasoning that is not shown", { reasoning: { effort: "low" } }],
  ["a function call", { tools: [WEATHER], tool_choice: "required" }],
  ["calls of two kinds", { tools: [WEATHER, SHELL], input: "weather, then shell" }],
  ["a named tool", { tools: [SHELL, WEATHER], tool_choice: { type: "function", name: "get_weather" } }],
  ["log probabilities", { include: ["message.output_text.logprobs"], top_logprobs: 2 }],
  ["a refusal", {}, "refusal"],
  ["a filtered text", {}, "content_filter"],
  ["few tokens", { max_output_tokens: 1 }],
  ["a JSON schema", {
    text: {
      format: { type: "json_schema", name: "s", schema: { type: "object", properties: {}, required: [] } },
    },
  }],
];
for (const [what, fields, words] of CASES) {
  Deno.test(`the mock streams a response with ${what} as it gives it whole`, async () => {
    const events = await streamed(fields, words);
    const ended = events.at(-1);
    const whole = await respond(fields, words);
    const withoutIds = (value: Loose) =>
      JSON.parse(JSON.stringify(value).replaceAll(/"(?:call_)?id":"\w+"/g, '"id":""'));
    assertEquals(withoutIds(ended.response), withoutIds(whole));
    assertEquals(ended.type, `response.${whole.status}`);
    const done = events.filter((event) => event.type === "response.output_item.done").map((event) =>
      event.item
    );
    assertEquals(done, ended.response.output);
    for (const [index, item] of ended.response.output.entries()) {
      const deltas = events.filter((event) => event.output_index === index && "delta" in event);
      assert(deltas.every((event) => event.item_id === item.id));
      const shown = item.arguments ?? item.input ?? item.summary?.[0]?.text ?? item.content?.[0]?.text ??
        item.content?.[0]?.refusal ?? "";
      assertEquals(deltas.map((event) => event.delta).join(""), shown);
    }
  });

  Deno.test({
    name: `the mock's response with ${what} is valid by OpenAI's schemas`,
    ...needsOpenaiSchema(),
    async fn() {
      assertEquals(validator("Response")(await respond(fields, words)), []);
      for (const event of await streamed(fields, words)) {
        assertEquals(validator("ResponseStreamEvent")(event), [], JSON.stringify(event));
      }
    },
  });
}

Deno.test("the mock's response ends incomplete with its reason", async () => {
  const few = await respond({ max_output_tokens: 1 });
  assertEquals([few.status, few.incomplete_details], ["incomplete", { reason: "max_output_tokens" }]);
  assertEquals((await streamed({ max_output_tokens: 1 })).at(-1).type, "response.incomplete");
  assertEquals((await respond({}, "content_filter")).incomplete_details, { reason: "content_filter" });
});

Deno.test("the mock answers with the results of function calls in the input", async () => {
  const input = [
    { role: "user", content: [{ type: "input_text", text: "How is the weather?" }] },
    { type: "function_call", call_id: "call_1", name: "get_weather", arguments: "{}" },
    { type: "function_call_output", call_id: "call_1", output: "17 °C" },
  ];
  assertEquals(textOf(await respond({ input, tools: [WEATHER] })), 'The tool says "17 °C".');
});

Deno.test("the mock sees images in a response's input", async () => {
  const content = [{ type: "input_text", text: "Look" }, { type: "input_image", image_url: "data:," }];
  assertEquals(
    textOf(await respond({ input: [{ role: "user", content }] })),
    'You said "Look" with an image.',
  );
});

Deno.test("the mock knows no previous response, as it keeps none", async () => {
  const heard = await ask("openai_responses", { previous_response_id: "resp_1" });
  const { error } = JSON.parse(heard.text);
  assertEquals([heard.status, error.code, error.param], [
    400,
    "previous_response_not_found",
    "previous_response_id",
  ]);
  const empty = await ask("openai_responses", { input: null });
  assertEquals([empty.status, JSON.parse(empty.text).error.param], [400, "input"]);
});

Deno.test("the mock fails in the middle of a response's stream with the id that it began with", async () => {
  const events = await streamed({}, "error_event_after=2");
  assertEquals(events.map((event) => event.type).slice(-4), [
    "response.output_text.delta",
    "response.output_text.delta",
    "error",
    "response.failed",
  ]);
  assertEquals(events.map((event) => event.sequence_number), events.map((_, index) => index));
  assertEquals(events.at(-1).response.id, events[0].response.id);
  assertEquals([events.at(-1).response.status, events.at(-2).code], ["failed", "server_error"]);
  if (!needsOpenaiSchema().ignore) {
    for (const event of events.slice(-2)) assertEquals(validator("ResponseStreamEvent")(event), []);
  }
});
