import { assertEquals } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import type { JsonValue, Part, StreamEvent } from "../../lib/wire/canonical.ts";
import { openaiResponses as codec } from "../../lib/wire/openai_responses.ts";
import { isObject } from "../../lib/wire/shape.ts";
import {
  args,
  brief,
  context,
  DIGITS,
  encode,
  END,
  end,
  START,
  start,
  TEXT,
  text,
} from "./openai_responses_events.ts";
import { sseEvents } from "./recordings.ts";

const MESSAGE = { item_id: `msg_${DIGITS}_0`, output_index: 0, content_index: 0 };
const MESSAGE_ITEM = { id: `msg_${DIGITS}_0`, type: "message", role: "assistant" };
const PREAMBLE = [
  { type: "response.created", status: "in_progress" },
  { type: "response.in_progress", status: "in_progress" },
];

Deno.test("eventEncoder() writes a text in OpenAI's order", () => {
  const content = { type: "output_text", text: "Hello", annotations: [], logprobs: [] };
  assertEquals(brief(encode([START, start(0, TEXT), text(0, "Hel"), text(0, "lo"), end(0), ...END])), [
    ...PREAMBLE,
    {
      type: "response.output_item.added",
      output_index: 0,
      item: { ...MESSAGE_ITEM, status: "in_progress", content: [] },
    },
    { type: "response.content_part.added", ...MESSAGE, part: { ...content, text: "" } },
    { type: "response.output_text.delta", ...MESSAGE, delta: "Hel", logprobs: [] },
    { type: "response.output_text.delta", ...MESSAGE, delta: "lo", logprobs: [] },
    { type: "response.output_text.done", ...MESSAGE, text: "Hello", logprobs: [] },
    { type: "response.content_part.done", ...MESSAGE, part: content },
    {
      type: "response.output_item.done",
      output_index: 0,
      item: { ...MESSAGE_ITEM, status: "completed", content: [content] },
    },
    { type: "response.completed", status: "completed" },
  ]);
});

Deno.test("eventEncoder() writes a refusal as a further content of the message", () => {
  const events = encode([
    START,
    start(0, TEXT),
    text(0, "Well"),
    end(0),
    start(1, { type: "refusal", text: "" }),
    { type: "refusal_delta", choice: 0, part: 1, text: "No." },
    end(1),
    ...END,
  ]);
  const place = { ...MESSAGE, content_index: 1 };
  assertEquals(brief(events).slice(7, 11), [
    { type: "response.content_part.added", ...place, part: { type: "refusal", refusal: "" } },
    { type: "response.refusal.delta", ...place, delta: "No." },
    { type: "response.refusal.done", ...place, refusal: "No." },
    { type: "response.content_part.done", ...place, part: { type: "refusal", refusal: "No." } },
  ]);
});

Deno.test("eventEncoder() writes the parts of a reasoning's summary and its seal", () => {
  const place = { item_id: "rs_1", output_index: 0 };
  const said = (text: string) => ({ type: "summary_text", text });
  const events = encode([
    START,
    start(0, { type: "reasoning", text: "", summary: [], id: "rs_1" }),
    { type: "reasoning_delta", choice: 0, part: 0, text: "On", summaryIndex: 0 },
    { type: "reasoning_delta", choice: 0, part: 0, text: "e.", summaryIndex: 0 },
    { type: "reasoning_delta", choice: 0, part: 0, text: "Two.", summaryIndex: 1 },
    { type: "signature_delta", choice: 0, part: 0, signature: "seal", format: "openai_responses" },
    end(0),
    ...END,
  ]);
  assertEquals(brief(events).slice(2), [
    {
      type: "response.output_item.added",
      output_index: 0,
      item: { id: "rs_1", type: "reasoning", summary: [] },
    },
    { type: "response.reasoning_summary_part.added", ...place, summary_index: 0, part: said("") },
    { type: "response.reasoning_summary_text.delta", ...place, summary_index: 0, delta: "On" },
    { type: "response.reasoning_summary_text.delta", ...place, summary_index: 0, delta: "e." },
    { type: "response.reasoning_summary_text.done", ...place, summary_index: 0, text: "One." },
    { type: "response.reasoning_summary_part.done", ...place, summary_index: 0, part: said("One.") },
    { type: "response.reasoning_summary_part.added", ...place, summary_index: 1, part: said("") },
    { type: "response.reasoning_summary_text.delta", ...place, summary_index: 1, delta: "Two." },
    { type: "response.reasoning_summary_text.done", ...place, summary_index: 1, text: "Two." },
    { type: "response.reasoning_summary_part.done", ...place, summary_index: 1, part: said("Two.") },
    {
      type: "response.output_item.done",
      output_index: 0,
      item: {
        id: "rs_1",
        type: "reasoning",
        summary: [said("One."), said("Two.")],
        encrypted_content: "seal",
      },
    },
    { type: "response.completed", status: "completed" },
  ]);
});

Deno.test("eventEncoder() writes a reasoning's own text as this API's providers do", () => {
  const place = { item_id: `rs_${DIGITS}_0`, output_index: 0, content_index: 0 };
  const events = encode([
    START,
    start(0, { type: "reasoning", text: "", summary: [] }),
    { type: "reasoning_delta", choice: 0, part: 0, text: "Hm." },
    end(0),
    ...END,
  ]);
  const content = { type: "reasoning_text", text: "Hm." };
  assertEquals(brief(events).slice(3, 8), [
    { type: "response.content_part.added", ...place, part: { type: "reasoning_text", text: "" } },
    { type: "response.reasoning_text.delta", ...place, delta: "Hm." },
    { type: "response.reasoning_text.done", ...place, text: "Hm." },
    { type: "response.content_part.done", ...place, part: content },
    {
      type: "response.output_item.done",
      output_index: 0,
      item: { id: `rs_${DIGITS}_0`, type: "reasoning", summary: [], content: [content] },
    },
  ]);
});

Deno.test("eventEncoder() shows another format's reasoning as a summary, which is what clients show", () => {
  const events = encode([
    START,
    start(0, { type: "reasoning", text: "" }),
    { type: "reasoning_delta", choice: 0, part: 0, text: "Hm." },
    { type: "signature_delta", choice: 0, part: 0, signature: "si", format: "anthropic_messages" },
    { type: "signature_delta", choice: 0, part: 0, signature: "g", format: "anthropic_messages" },
    end(0),
    ...END,
  ]);
  assertEquals(events.find(({ type }) => type === "response.output_item.done")?.item, {
    id: `rs_${DIGITS}_0`,
    type: "reasoning",
    summary: [{ type: "summary_text", text: "Hm." }],
    encrypted_content: "gateway.anthropic_messages.sig",
  });
});

Deno.test("eventEncoder() writes calls, told in turns, and free-text calls", () => {
  const call = (id: string, name: string, custom = false): Part => ({
    type: "tool_call",
    id,
    name,
    arguments: "",
    ...(custom ? { custom } : {}),
  });
  const events = encode([
    START,
    start(0, call("a", "f")),
    start(1, call("b", "g", true)),
    args(0, '{"x"'),
    args(1, "SEL"),
    args(0, ":1}"),
    args(1, "ECT"),
    end(0),
    end(1),
    { type: "finish", choice: 0, reason: "tool_calls" },
    { type: "end" },
  ]);
  const f = { item_id: `fc_${DIGITS}_0`, output_index: 0 };
  const g = { item_id: `ctc_${DIGITS}_1`, output_index: 1 };
  const fItem = { id: f.item_id, type: "function_call", call_id: "a", name: "f" };
  const gItem = { id: g.item_id, type: "custom_tool_call", call_id: "b", name: "g" };
  assertEquals(brief(events).slice(2, -1), [
    {
      type: "response.output_item.added",
      output_index: 0,
      item: { ...fItem, status: "in_progress", arguments: "" },
    },
    {
      type: "response.output_item.added",
      output_index: 1,
      item: { ...gItem, status: "in_progress", input: "" },
    },
    { type: "response.function_call_arguments.delta", ...f, delta: '{"x"' },
    { type: "response.custom_tool_call_input.delta", ...g, delta: "SEL" },
    { type: "response.function_call_arguments.delta", ...f, delta: ":1}" },
    { type: "response.custom_tool_call_input.delta", ...g, delta: "ECT" },
    { type: "response.function_call_arguments.done", ...f, name: "f", arguments: '{"x":1}' },
    {
      type: "response.output_item.done",
      output_index: 0,
      item: { ...fItem, status: "completed", arguments: '{"x":1}' },
    },
    { type: "response.custom_tool_call_input.done", ...g, input: "SELECT" },
    {
      type: "response.output_item.done",
      output_index: 1,
      item: { ...gItem, status: "completed", input: "SELECT" },
    },
  ]);
});

Deno.test("eventEncoder() gives a free-text call to a client that knows the tool as one", () => {
  const events = encode([
    START,
    start(0, { type: "tool_call", id: "a", name: "sql", arguments: "" }),
    args(0, '{"inp'),
    args(0, 'ut":"SELECT 1"}'),
    end(0),
    ...END,
  ], { tools: [{ type: "custom", name: "sql" }] });
  const place = { item_id: `ctc_${DIGITS}_0`, output_index: 0 };
  assertEquals(brief(events).slice(3, 5), [
    { type: "response.custom_tool_call_input.delta", ...place, delta: "SELECT 1" },
    { type: "response.custom_tool_call_input.done", ...place, input: "SELECT 1" },
  ]);
});

Deno.test("eventEncoder() writes annotations: those of a place at once, those of a whole text at its end", () => {
  const chat = { type: "url_citation", url_citation: { url: "u", title: "t", start_index: 0, end_index: 2 } };
  const note = (format: "openai_chat" | "anthropic_messages", value: JsonValue): StreamEvent => ({
    type: "annotation",
    choice: 0,
    part: 0,
    format,
    value,
  });
  const events = encode([
    START,
    start(0, TEXT),
    note("anthropic_messages", { type: "web_search_result_location", url: "v", title: "w" }),
    text(0, "Hi"),
    note("openai_chat", chat),
    text(0, " all"),
    end(0),
    ...END,
  ]);
  const first = { type: "url_citation", url: "u", title: "t", start_index: 0, end_index: 2 };
  const second = { type: "url_citation", url: "v", title: "w", start_index: 0, end_index: 6 };
  const added = "response.output_text.annotation.added";
  assertEquals(brief(events).filter(({ type }) => type === added), [
    { type: added, ...MESSAGE, annotation_index: 0, annotation: first },
    { type: added, ...MESSAGE, annotation_index: 1, annotation: second },
  ]);
  assertEquals(brief(events).map(({ type }) => type).slice(4, 9), [
    "response.output_text.delta",
    added,
    "response.output_text.delta",
    added,
    "response.output_text.done",
  ]);
  const content = events.find(({ type }) => type === "response.content_part.done")?.part;
  assertEquals(isObject(content) ? content.annotations : null, [first, second]);
});

Deno.test("eventEncoder() writes log probabilities with the deltas and all of them at the text's end", () => {
  const token = (value: string) => ({ token: value, logprob: -1, bytes: null });
  const shown = (value: string) => ({ token: value, logprob: -1, bytes: [], top_logprobs: [] });
  const events = encode([
    START,
    start(0, TEXT),
    { type: "text_delta", choice: 0, part: 0, text: "He", logprobs: [token("He")] },
    { type: "text_delta", choice: 0, part: 0, text: "y", logprobs: [token("y")] },
    end(0),
    ...END,
  ]);
  assertEquals(events.slice(4, 7).map(({ logprobs }) => logprobs ?? null), [
    [shown("He")],
    [shown("y")],
    [shown("He"), shown("y")],
  ]);
});

Deno.test("eventEncoder() keeps a text open that goes on after a call has begun", () => {
  const events = brief(encode([
    START,
    start(0, TEXT),
    text(0, "One"),
    start(1, { type: "tool_call", id: "a", name: "f", arguments: "" }),
    args(1, "{}"),
    text(0, " two"),
    end(0),
    end(1),
    ...END,
  ]));
  assertEquals(
    events.filter(({ type }) => type === "response.output_item.done").map(({ output_index }) => output_index),
    [
      0,
      1,
    ],
  );
  assertEquals(events.find(({ type }) => type === "response.output_text.done")?.text, "One two");
});

Deno.test("eventEncoder() says in the last item too that the answer was cut short", () => {
  const events = encode([
    START,
    start(0, TEXT),
    text(0, "One"),
    end(0),
    start(1, { type: "tool_call", id: "a", name: "f", arguments: "" }),
    args(1, '{"x'),
    end(1),
    { type: "finish", choice: 0, reason: "length" },
    { type: "end" },
  ]);
  const done = events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item);
  assertEquals(done.map((item) => isObject(item) ? item.status : null), ["completed", "incomplete"]);
  const last = events.at(-1);
  assertEquals(last?.type, "response.incomplete");
  assertEquals(isObject(last?.response) ? last.response.output : null, done);
});

Deno.test("eventEncoder().final() is the response that the terminal event will show, before and after it", () => {
  const encoder = codec.eventEncoder(context());
  for (const event of [START, start(0, TEXT), text(0, "Hi"), end(0), ...END.slice(0, 2)]) encoder.push(event);
  const before = structuredClone(encoder.final());
  const [terminal] = sseEvents(encoder.push({ type: "end" }));
  assertEquals(before, JSON.parse(terminal?.data ?? "{}").response);
  assertEquals(encoder.final(), before);
});

Deno.test("eventEncoder() closes what is open when the stream ends without saying so", () => {
  const events = brief(encode([START, start(0, TEXT), text(0, "Hi"), { type: "end" }]));
  assertEquals(events.slice(-4).map(({ type }) => type), [
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
});

Deno.test("eventEncoder() writes an error as OpenAI does, and nothing after it", () => {
  const events = encode([
    START,
    start(0, TEXT),
    text(0, "Hi"),
    { type: "error", code: "insufficient_quota", message: "No." },
    ...END,
  ]);
  const [error, failed, ...more] = events.slice(-2);
  assertEquals([error?.type, error?.code, error?.message, error?.param], [
    "error",
    "insufficient_quota",
    "No.",
    null,
  ]);
  assertEquals(failed?.type, "response.failed");
  const response = isObject(failed?.response) ? failed.response : {};
  assertEquals([response.status, response.error], ["failed", { code: "server_error", message: "No." }]);
  assertEquals(more, []);
  assertEquals(encode([{ type: "error", code: "x", message: "y" }]).map(({ type }) => type), ["error"]);
});

Deno.test("eventEncoder() shows one choice, no other format's parts, and pings as comments", () => {
  const quiet: StreamEvent[] = [
    { type: "part_start", choice: 1, part: 0, value: TEXT },
    { type: "text_delta", choice: 1, part: 0, text: "x" },
    start(7, { type: "opaque", format: "anthropic_messages", value: { type: "server_tool_use" } }),
    end(7),
    { type: "opaque", format: "anthropic_messages", value: { type: "new" } },
    text(9, "of a part that never began"),
  ];
  const encoder = codec.eventEncoder(context());
  encoder.push(START);
  assertEquals(quiet.map((event) => encoder.push(event)).join(""), "");
  assertEquals(encoder.push({ type: "ping" }), ": ping\n\n");
});

Deno.test("encodeErrorEvent() writes an error event", () => {
  const [event] = sseEvents(
    codec.encodeErrorEvent(new GatewayError("upstream_timeout", "Too slow."), 504, 7),
  );
  assertEquals(event?.type, "error");
  assertEquals(JSON.parse(event?.data ?? ""), {
    type: "error",
    sequence_number: 7,
    code: "upstream_timeout",
    message: "Too slow.",
    param: null,
  });
});
