import { assertEquals } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import type { JsonObject, StreamEvent } from "../../../lib/wire/canonical.ts";
import type { EncodeContext } from "../../../lib/wire/codec.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { assemble, gist } from "../assemble.ts";
import { needsOpenaiSchema, validator } from "../openai_schema.ts";
import { chatRecordings, exchanges, sseEvent, sseEvents } from "../recordings.ts";
import { needsRecordings } from "../shared.ts";

const context: EncodeContext = { id: "chatcmpl-1", model: "m", created: 1, request: {}, includeUsage: true };

function decode(events: Iterable<JsonObject | string>): StreamEvent[] {
  const decoder = openaiChat.eventDecoder();
  return [...events].flatMap((event) => decoder.push(sseEvent(event)));
}

function encode(events: readonly StreamEvent[], more: Partial<EncodeContext> = {}): string {
  const encoder = openaiChat.eventEncoder({ ...context, ...more });
  return events.map((event) => encoder.push(event)).join("");
}

/** The data of SSE text, parsed; `[DONE]` as it is. */
function dataOf(text: string): (JsonObject | string)[] {
  return sseEvents(text).map(({ data }) => data === "[DONE]" ? data : JSON.parse(data));
}

function recordedStreams(): [string, StreamEvent[]][] {
  const found = chatRecordings().flatMap(({ name, events }): [string, StreamEvent[]][] =>
    events === null ? [] : [[name, decode(events.map((event) => event.data))]]
  );
  for (const { name, response } of exchanges("chat-streaming")) {
    found.push([name, decode(sseEvents(response).map((event) => event.data))]);
  }
  return found;
}

/** As the encoder writes them: its own name of the answer; one usage, before the end; nothing for null. */
function normalised(events: readonly StreamEvent[]): StreamEvent[] {
  const usage = events.findLast((event) => event.type === "usage");
  const rest = events.filter((event) => event.type !== "usage" && event.type !== "end").map((event) => {
    if (event.type !== "start") return event;
    return { ...event, id: "chatcmpl-1", model: "m", created: 1 };
  });
  const all = [...rest, ...(usage === undefined ? [] : [usage]), { type: "end" }];
  return JSON.parse(JSON.stringify(all), (_key, value) => value === null ? undefined : value);
}

Deno.test({
  name: "openaiChat brings every recorded stream back with the same events",
  ...needsRecordings,
  fn() {
    const streams = recordedStreams();
    assertEquals(streams.length > 10, true);
    for (const [name, events] of streams) {
      const back = decode(sseEvents(encode(events)).map((event) => event.data));
      assertEquals(normalised(back), normalised(events), name);
    }
  },
});

Deno.test({
  name: "openaiChat reads a recording's stream as it reads its answer: Mistral's call",
  ...needsRecordings,
  fn() {
    const [stream, whole] = ["chunks.txt", "json"].map((ending) =>
      chatRecordings().find(({ name }) => name === `mistral/mistral-tool-call.${ending}`)
    );
    const streamed = assemble(decode(stream?.events?.map((event) => event.data) ?? []));
    assertEquals(gist(streamed), gist(openaiChat.decodeResponse(whole?.body ?? {})));
  },
});

Deno.test({
  name: "openaiChat reads a whole answer cut into chunks as the answer itself",
  ...needsRecordings,
  fn() {
    for (const { name, body } of chatRecordings()) {
      if (body === null) continue;
      const answer = openaiChat.decodeResponse(body);
      assertEquals(gist(assemble(decode(cut(body)))), gist(answer), name);
    }
  },
});

/** An answer as a stream that says the same, in pieces of three characters. */
function* cut(body: JsonObject): Generator<JsonObject | string> {
  const { choices, usage, ...head } = JSON.parse(JSON.stringify(body));
  for (const { index, message, finish_reason } of choices) {
    const chunk = (delta: JsonObject, reason: string | null = null): JsonObject => ({
      ...head,
      choices: [{ index, delta, finish_reason: reason }],
    });
    yield chunk({ role: "assistant", content: "" });
    for (const field of ["reasoning_content", "reasoning", "content", "refusal"]) {
      for (const piece of message[field]?.match(/[^]{1,3}/g) ?? []) yield chunk({ [field]: piece });
    }
    for (const [at, { id, function: { name, arguments: text } }] of (message.tool_calls ?? []).entries()) {
      yield chunk({ tool_calls: [{ index: at, id, type: "function", function: { name, arguments: "" } }] });
      for (const piece of text.match(/[^]{1,3}/g) ?? []) {
        yield chunk({ tool_calls: [{ index: at, function: { arguments: piece } }] });
      }
    }
    yield chunk({}, finish_reason);
  }
  yield { ...head, choices: [], usage };
  yield "[DONE]";
}

Deno.test({
  name: "openaiChat streams as OpenAI's schema says",
  ignore: needsRecordings.ignore || needsOpenaiSchema().ignore,
  fn() {
    const problems = validator("CreateChatCompletionStreamResponse");
    for (const [name, events] of recordedStreams()) {
      for (const data of dataOf(encode(events))) {
        if (data !== "[DONE]") assertEquals(problems(data), [], `${name}: ${JSON.stringify(data)}`);
      }
    }
  },
});

const start: StreamEvent = { type: "start", id: "x", model: "y" };

Deno.test("openaiChat writes the role first, one finish, the usage and [DONE]", () => {
  const events: StreamEvent[] = [
    { ...start, serviceTier: "default" },
    { type: "part_start", choice: 0, part: 0, value: { type: "text", text: "" } },
    { type: "text_delta", choice: 0, part: 0, text: `Say "hi"\n` },
    { type: "part_end", choice: 0, part: 0 },
    { type: "finish", choice: 0, reason: "stop" },
    { type: "usage", usage: { input: 3, output: 2 } },
    { type: "end" },
  ];
  const head = {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    service_tier: "default",
  };
  const chunk = (delta: JsonObject, finish_reason: string | null = null) => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    usage: null,
  });
  assertEquals<unknown>(dataOf(encode(events)), [
    chunk({ role: "assistant", content: "", refusal: null }),
    chunk({ content: `Say "hi"\n` }),
    chunk({}, "stop"),
    {
      ...head,
      choices: [],
      usage: {
        prompt_tokens: 3,
        completion_tokens: 2,
        total_tokens: 5,
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    },
    "[DONE]",
  ]);
});

Deno.test("openaiChat has no usage in a stream whose client did not ask for it", () => {
  const text = encode([start, { type: "usage", usage: { input: 1, output: 1 } }, { type: "end" }], {
    includeUsage: false,
  });
  assertEquals(text.includes("usage"), false);
  assertEquals(text.endsWith("data: [DONE]\n\n"), true);
});

Deno.test("openaiChat keeps choices and calls side by side apart", () => {
  const delta = (index: number, delta: JsonObject, finish_reason: string | null = null): JsonObject => ({
    id: "1",
    model: "m",
    choices: [{ index, delta, finish_reason }],
  });
  const call = (index: number, more: JsonObject) => ({ tool_calls: [{ index, ...more }] });
  const events = decode([
    delta(0, { role: "assistant", content: "" }),
    delta(1, { role: "assistant", content: "" }),
    delta(1, { content: "b" }),
    delta(0, { content: "a" }),
    delta(0, call(0, { id: "c0", type: "function", function: { name: "f", arguments: "" } })),
    delta(0, call(1, { id: "c1", type: "function", function: { name: "g", arguments: "" } })),
    delta(0, call(0, { function: { arguments: `{"x":` } })),
    delta(0, call(1, { function: { arguments: `{"y":2}` } })),
    delta(1, { content: "bb" }, "length"),
    delta(0, call(0, { function: { arguments: "1}" } })),
    delta(0, {}, "tool_calls"),
    "[DONE]",
  ]);
  const { choices } = gist(assemble(events));
  assertEquals(choices.map(({ text, calls, finishReason }) => [text, calls, finishReason]), [
    ["a", [
      { id: "c0", name: "f", arguments: `{"x":1}` },
      { id: "c1", name: "g", arguments: `{"y":2}` },
    ], "tool_calls"],
    ["bbb", [], "length"],
  ]);
  const back = decode(sseEvents(encode(events)).map((event) => event.data));
  assertEquals(gist(assemble(back)), gist(assemble(events)));
});

Deno.test("openaiChat ends a call when the next begins, so that nobody waits for the answer's end", () => {
  const chunk = (call: JsonObject): JsonObject => ({
    id: "1",
    model: "m",
    choices: [{ index: 0, delta: { tool_calls: [call] } }],
  });
  const events = decode([
    chunk({ index: 0, id: "a", function: { name: "f", arguments: "{}" } }),
    chunk({ index: 1, id: "b", function: { name: "g", arguments: "{}" } }),
  ]);
  assertEquals(events.map((event) => event.type), [
    ...["start", "part_start", "arguments_delta", "part_end", "part_start", "arguments_delta"],
  ]);
});

Deno.test("openaiChat carries log probabilities with their text", () => {
  const logprobs = [{ token: "a", logprob: -1, bytes: [97], top_logprobs: [] }];
  const events = decode([
    {
      id: "1",
      model: "m",
      choices: [{ index: 0, delta: { content: "a" }, logprobs: { content: logprobs } }],
    },
  ]);
  assertEquals(events.at(-1), { type: "text_delta", choice: 0, part: 0, text: "a", logprobs });
  const chunk = JSON.parse(JSON.stringify(dataOf(encode(events)).at(-1)));
  assertEquals(chunk.choices[0].logprobs, { content: logprobs, refusal: null });
});

Deno.test("openaiChat streams reasoning with Anthropic's signature in the fields that became usage", () => {
  const events: StreamEvent[] = [
    start,
    { type: "part_start", choice: 0, part: 0, value: { type: "reasoning", text: "" } },
    { type: "reasoning_delta", choice: 0, part: 0, text: "Hm." },
    { type: "signature_delta", choice: 0, part: 0, signature: "s", format: "anthropic_messages" },
    { type: "part_end", choice: 0, part: 0 },
    { type: "part_start", choice: 0, part: 1, value: { type: "reasoning", text: "", redacted: "r" } },
    { type: "part_end", choice: 0, part: 1 },
    { type: "finish", choice: 0, reason: "stop" },
    { type: "end" },
  ];
  const deltas = dataOf(encode(events)).map((data) => JSON.parse(JSON.stringify(data)).choices?.[0]?.delta);
  assertEquals(deltas.slice(1, 4), [
    { reasoning_content: "Hm." },
    { thinking_blocks: [{ type: "thinking", thinking: "", signature: "s" }] },
    { thinking_blocks: [{ type: "redacted_thinking", data: "r" }] },
  ]);
  const back = decode(sseEvents(encode(events)).map((event) => event.data));
  assertEquals(normalised(back), normalised(events));
});

Deno.test("openaiChat shows a call's free text whole to the client who asked for it", () => {
  const events: StreamEvent[] = [
    start,
    {
      type: "part_start",
      choice: 0,
      part: 0,
      value: { type: "tool_call", id: "c", name: "sql", arguments: "" },
    },
    { type: "arguments_delta", choice: 0, part: 0, text: `{"input":"SEL` },
    { type: "arguments_delta", choice: 0, part: 0, text: `ECT 1"}` },
    { type: "part_end", choice: 0, part: 0 },
  ];
  const request = { tools: [{ type: "custom", custom: { name: "sql" } }] };
  const deltas = dataOf(encode(events, { request })).map((data) =>
    JSON.parse(JSON.stringify(data)).choices[0].delta.tool_calls
  );
  assertEquals(deltas.slice(1), [
    [{ index: 0, id: "c", type: "custom", custom: { name: "sql", input: "" } }],
    [{ index: 0, custom: { input: "SELECT 1" } }],
  ]);
});

const errors: readonly [what: string, data: string, type: string, error: StreamEvent][] = [
  ["OpenAI's", `{"error":{"message":"No.","type":"server_error","code":null}}`, "", {
    type: "error",
    code: "server_error",
    message: "No.",
  }],
  ["vLLM's", `{"error":{"message":"No.","type":"BadRequestError","code":400}}`, "", {
    type: "error",
    code: "BadRequestError",
    message: "No.",
    status: 400,
  }],
  ["Ollama's", `{"error":"No."}`, "", { type: "error", code: "upstream_error", message: "No." }],
  ["a named event's", `{"message":"No.","code":"c"}`, "error", { type: "error", code: "c", message: "No." }],
  ["a page's", "<html>", "", {
    type: "error",
    code: "upstream_invalid_response",
    message: "The provider sent an event that is not a JSON object.",
  }],
  ["a mistyped chunk's", `{"id":1,"choices":[{}]}`, "", {
    type: "error",
    code: "upstream_invalid_response",
    message: "Invalid value for 'id': expected a string, but got 1 instead.",
  }],
];

for (const [what, data, type, error] of errors) {
  Deno.test(`openaiChat decodes ${what} error, and nothing after it`, () => {
    const decoder = openaiChat.eventDecoder();
    assertEquals(decoder.push(sseEvent(data, type)), [error]);
    assertEquals(decoder.push(sseEvent("[DONE]")), []);
  });
}

Deno.test("openaiChat drops what comes after [DONE]", () => {
  const decoder = openaiChat.eventDecoder();
  decoder.push(sseEvent("[DONE]"));
  assertEquals(decoder.push(sseEvent({ id: "1", choices: [] })), []);
});

Deno.test("openaiChat writes an error as a chunk and nothing after it, no [DONE] either", () => {
  const text = encode([
    start,
    { type: "error", code: "overloaded", message: "Later." },
    { type: "end" },
  ]);
  assertEquals<unknown>(dataOf(text).slice(1), [
    { error: { message: "Later.", type: "server_error", param: null, code: "overloaded" } },
  ]);
  assertEquals(
    openaiChat.encodeErrorEvent(new GatewayError("overloaded", "m", { upstreamCode: "c" }), 503, 0),
    `data: {"error":{"message":"m","type":"server_error","param":null,"code":"c"}}\n\n`,
  );
});
