import { assertEquals } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import type { JsonObject, Part, StreamEvent } from "../../../lib/wire/canonical.ts";
import type { EncodeContext } from "../../../lib/wire/codec.ts";
import type { SseEvent } from "../../../lib/wire/sse.ts";
import { assemble, gist } from "../assemble.ts";
import { messageRecordings, recordings, SPLICED, sseEvent, sseEvents } from "../recordings.ts";
import { needsRecordings } from "../shared.ts";

const context: EncodeContext = { id: "msg_1", model: "m", created: 1, request: {}, includeUsage: false };

function decode(events: Iterable<SseEvent>): StreamEvent[] {
  const decoder = anthropicMessages.eventDecoder();
  return [...events].flatMap((event) => decoder.push(event));
}

function encode(events: readonly StreamEvent[]): string {
  const encoder = anthropicMessages.eventEncoder(context);
  return events.map((event) => encoder.push(event)).join("");
}

function typed(event: JsonObject): SseEvent {
  return sseEvent(event, String(event.type));
}

/** Each event's name and data. */
function dataOf(text: string): [string, JsonObject][] {
  return sseEvents(text).map(({ type, data }) => [type, JSON.parse(data)]);
}

function recordedStreams(): [string, SseEvent[]][] {
  return messageRecordings().flatMap(({ name, events }): [string, SseEvent[]][] =>
    events === null ? [] : [[name, events]]
  );
}

/** The encoder's own name of the answer, and usage at the end even where a stream has it at its start alone. */
function normalised(events: readonly StreamEvent[]): StreamEvent[] {
  const [first] = events;
  const ofStart = first?.type === "start" ? first.usage : undefined;
  const ofEnd = events.findLast((event) => event.type === "usage");
  const usage = ofEnd?.type === "usage" ? ofEnd.usage : ofStart;
  const rest = events.filter((event) => event.type !== "usage").map((event) =>
    event.type === "start" ? { ...event, id: "msg_1", model: "m" } : event
  );
  return usage === undefined ? rest : [...rest, { type: "usage", usage }];
}

Deno.test({
  name: "anthropicMessages brings every recorded stream back with the same events",
  ...needsRecordings,
  fn() {
    const streams = recordedStreams();
    assertEquals(streams.length > 30, true);
    for (const [name, stream] of streams) {
      const events = decode(stream);
      assertEquals(normalised(decode(sseEvents(encode(events)))), normalised(events), name);
    }
  },
});

Deno.test({
  name: "anthropicMessages writes every recorded stream's events in their order",
  ...needsRecordings,
  fn() {
    // Deltas aside: an input that stood in its block's start is told in one, an empty one is left out.
    const names = (events: readonly SseEvent[]) =>
      events.map((event) => event.type).filter((type) => type !== "content_block_delta");
    for (const [name, stream] of recordedStreams()) {
      // Answers that stand in `message_start` alone are told in the events of others.
      if (!stream.some((event) => event.type === "message_delta")) continue;
      assertEquals(names(sseEvents(encode(decode(stream)))), names(stream), name);
    }
  },
});

Deno.test({
  name: "anthropicMessages reads a whole answer cut into events as the answer itself",
  ...needsRecordings,
  fn() {
    for (const { name, body } of messageRecordings()) {
      if (body === null) continue;
      const streamed = assemble(decode([...cut(body)].map(typed)));
      const whole = anthropicMessages.decodeResponse(body);
      assertEquals(gist(streamed), gist(whole), name);
      assertEquals(streamed.choices[0]?.parts ?? [], whole.choices[0]?.parts ?? [], name);
    }
  },
});

/** An answer as a stream that says the same, in pieces of three characters. */
function* cut(body: JsonObject): Generator<JsonObject> {
  const { content, stop_reason, stop_sequence, usage, ...head } = JSON.parse(JSON.stringify(body));
  yield { type: "message_start", message: { ...head, content: [], stop_reason: null, usage } };
  for (const [index, block] of content.entries()) {
    const pieces: JsonObject[] = [];
    const piece = (type: string, field: string, text: string) => {
      for (const part of text.match(/[^]{1,3}/g) ?? []) pieces.push({ type, [field]: part });
    };
    let begin = block;
    if (block.type === "text") {
      begin = { ...block, text: "" };
      delete begin.citations;
      for (const citation of block.citations ?? []) pieces.push({ type: "citations_delta", citation });
      piece("text_delta", "text", block.text);
    } else if (block.type === "thinking") {
      begin = { ...block, thinking: "", signature: "" };
      piece("thinking_delta", "thinking", block.thinking);
      pieces.push({ type: "signature_delta", signature: block.signature });
    } else if (block.input !== undefined) {
      begin = { ...block, input: {} };
      piece("input_json_delta", "partial_json", JSON.stringify(block.input));
    }
    yield { type: "content_block_start", index, content_block: begin };
    for (const delta of pieces) yield { type: "content_block_delta", index, delta };
    yield { type: "content_block_stop", index };
  }
  yield { type: "message_delta", delta: { stop_reason, stop_sequence }, usage };
  yield { type: "message_stop" };
}

Deno.test({
  name: "anthropicMessages never takes two spliced answers for one",
  ...needsRecordings,
  fn() {
    const spliced = recordings("anthropic").find(({ name }) => name === SPLICED)?.events ?? [];
    const error = decode(spliced).at(-1);
    assertEquals(error?.type === "error" && error.code, "upstream_invalid_response");
  },
});

const start: StreamEvent = { type: "start", id: "x", model: "y" };

function part(index: number, value: Part, ...deltas: StreamEvent[]): StreamEvent[] {
  return [
    { type: "part_start", choice: 0, part: index, value },
    ...deltas,
    { type: "part_end", choice: 0, part: index },
  ];
}

Deno.test("anthropicMessages writes events in Anthropic's order, usage and stop reason last", () => {
  const text = encode([
    { ...start, usage: { input: 3, output: 0 } },
    { type: "ping" },
    ...part(0, { type: "text", text: "" }, { type: "text_delta", choice: 0, part: 0, text: "Hi" }),
    { type: "finish", choice: 0, reason: "stop" },
    { type: "usage", usage: { input: 3, output: 2, cached: 1 } },
    { type: "end" },
  ]);
  assertEquals<unknown>(dataOf(text), [
    ["message_start", {
      type: "message_start",
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "m",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: {
          input_tokens: 3,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 0,
          output_tokens: 0,
        },
      },
    }],
    ["ping", { type: "ping" }],
    ["content_block_start", {
      type: "content_block_start",
      index: 0,
      content_block: { type: "text", text: "" },
    }],
    ["content_block_delta", {
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: "Hi" },
    }],
    ["content_block_stop", { type: "content_block_stop", index: 0 }],
    ["message_delta", {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: {
        input_tokens: 2,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 1,
        output_tokens: 2,
      },
    }],
    ["message_stop", { type: "message_stop" }],
  ]);
});

Deno.test("anthropicMessages puts calls that came side by side one behind the other", () => {
  const call = (index: number): StreamEvent => ({
    type: "part_start",
    choice: 0,
    part: index,
    value: { type: "tool_call", id: `c${index}`, name: "f", arguments: "" },
  });
  const args = (index: number, text: string): StreamEvent => ({
    type: "arguments_delta",
    choice: 0,
    part: index,
    text,
  });
  const end = (index: number): StreamEvent => ({ type: "part_end", choice: 0, part: index });
  const events: StreamEvent[] = [
    start,
    ...[call(0), call(1), call(2), args(1, "{"), args(0, "{"), args(2, "{}"), args(1, "}")],
    ...[end(1), end(2), args(0, "}"), end(0)],
    { type: "finish", choice: 0, reason: "tool_calls" },
    { type: "end" },
  ];
  const shown = dataOf(encode(events)).slice(1, -2).map(([, data]) => {
    const { index, content_block, delta } = JSON.parse(JSON.stringify(data));
    return [index, content_block?.id ?? delta?.partial_json ?? "stop"];
  });
  assertEquals(shown, [
    ...[[0, "c0"], [0, "{"], [0, "}"], [0, "stop"]],
    ...[[1, "c1"], [1, "{"], [1, "}"], [1, "stop"]],
    ...[[2, "c2"], [2, "{}"], [2, "stop"]],
  ]);
});

Deno.test("anthropicMessages shows what has no block of its own nowhere, and a refusal as text", () => {
  const text = encode([
    start,
    ...part(0, { type: "opaque", format: "openai_responses", value: { type: "web_search_call" } }),
    ...part(1, { type: "refusal", text: "" }, { type: "refusal_delta", choice: 0, part: 1, text: "No." }),
    { type: "part_start", choice: 1, part: 0, value: { type: "text", text: "another choice" } },
    { type: "opaque", format: "openai_chat", value: { x: 1 } },
    { type: "finish", choice: 0, reason: "refusal" },
    { type: "end" },
  ]);
  const events = dataOf(text);
  assertEquals(events.map(([type]) => type), [
    ...["message_start", "content_block_start", "content_block_delta", "content_block_stop"],
    ...["message_delta", "message_stop"],
  ]);
  assertEquals<unknown>(events[2]?.[1].delta, { type: "text_delta", text: "No." });
});

Deno.test("anthropicMessages shows parts that are whole when they begin", () => {
  const events: StreamEvent[] = [
    start,
    ...part(0, { type: "reasoning", text: "Hm.", signature: "s", signatureFormat: "anthropic_messages" }),
    ...part(1, { type: "text", text: "Hi" }),
    ...part(2, { type: "tool_call", id: "c", name: "f", arguments: "{}" }),
    ...part(3, { type: "tool_call", id: "d", name: "sql", arguments: "", custom: true }, {
      type: "arguments_delta",
      choice: 0,
      part: 3,
      text: "SELECT 1",
    }),
    { type: "finish", choice: 0, reason: "tool_calls" },
    { type: "end" },
  ];
  const parts = assemble(decode(sseEvents(encode(events)))).choices[0]?.parts;
  assertEquals(parts, [
    { type: "reasoning", text: "Hm.", signature: "s", signatureFormat: "anthropic_messages" },
    { type: "text", text: "Hi" },
    { type: "tool_call", id: "c", name: "f", arguments: "{}" },
    { type: "tool_call", id: "d", name: "sql", arguments: `{"input":"SELECT 1"}` },
  ]);
});

Deno.test("anthropicMessages ends a block that a provider left open", () => {
  const text = encode([
    start,
    { type: "part_start", choice: 0, part: 0, value: { type: "text", text: "a" } },
    { type: "end" },
  ]);
  assertEquals(dataOf(text).map(([type]) => type).slice(-3), [
    ...["content_block_stop", "message_delta", "message_stop"],
  ]);
});

Deno.test("anthropicMessages takes a call's input from the block's start where no delta gives it", () => {
  const block = { type: "tool_use", id: "t", name: "f", input: { a: 1 } };
  const events = decode([
    { type: "message_start", message: { id: "1", model: "m", content: [{ ...block, id: "early" }] } },
    { type: "content_block_start", index: 0, content_block: block },
    { type: "content_block_stop", index: 0 },
    { type: "content_block_start", index: 1, content_block: { ...block, input: {} } },
    { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: "" } },
    { type: "content_block_stop", index: 1 },
  ].map(typed));
  const calls = gist(assemble(events)).choices[0]?.calls.map((call) => [call.id, call.arguments]);
  assertEquals(calls, [["early", `{"a":1}`], ["t", `{"a":1}`], ["t", "{}"]]);
});

const errors: readonly [what: string, event: SseEvent, error: StreamEvent][] = [
  ["an error event", typed({ type: "error", error: { type: "overloaded_error", message: "Later." } }), {
    type: "error",
    code: "overloaded_error",
    message: "Later.",
    status: 529,
  }],
  ["a page", sseEvent("<html>"), {
    type: "error",
    code: "upstream_invalid_response",
    message: "The provider sent an event that is not a JSON object.",
  }],
  ["a mistyped event", typed({ type: "content_block_start", index: "0" }), {
    type: "error",
    code: "upstream_invalid_response",
    message: "Invalid value for 'index': expected a number, but got a string instead.",
  }],
];

for (const [what, event, error] of errors) {
  Deno.test(`anthropicMessages decodes ${what} as an error, and nothing after it`, () => {
    const decoder = anthropicMessages.eventDecoder();
    assertEquals(decoder.push(event), [error]);
    assertEquals(decoder.push(typed({ type: "message_stop" })), []);
  });
}

Deno.test("anthropicMessages drops what comes after message_stop", () => {
  assertEquals(decode([typed({ type: "message_stop" }), typed({ type: "ping" })]), [{ type: "end" }]);
});

Deno.test("anthropicMessages keeps events that it does not know", () => {
  const value = { type: "content_block_thaw", index: 3 };
  assertEquals(decode([typed(value)]), [{ type: "opaque", format: "anthropic_messages", value }]);
});

const codes: readonly [code: string, type: string][] = [
  ["overloaded_error", "overloaded_error"],
  ["rate_limit_exceeded", "rate_limit_error"],
  ["upstream_timeout", "timeout_error"],
  ["something", "api_error"],
];

for (const [code, type] of codes) {
  Deno.test(`anthropicMessages writes error ${code} as ${type}, and nothing after it`, () => {
    const text = encode([start, { type: "error", code, message: "No." }, { type: "end" }]);
    assertEquals<unknown>(dataOf(text).slice(1), [["error", {
      type: "error",
      error: { type, message: "No." },
    }]]);
  });
}

Deno.test("anthropicMessages.encodeErrorEvent() writes the type of its family", () => {
  assertEquals(
    anthropicMessages.encodeErrorEvent(new GatewayError("overloaded", "m"), 503, 0),
    `event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"m"}}\n\n`,
  );
});
