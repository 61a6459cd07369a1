import { assertEquals } from "@std/assert";
import type { JsonObject, StreamEvent } from "../../lib/wire/canonical.ts";
import { openaiResponses as codec } from "../../lib/wire/openai_responses.ts";
import { assemble, gist } from "./assemble.ts";
import { brief, encode, end, START, start } from "./openai_responses_events.ts";
import { BROKEN_STREAM, decodeLines, FAILED_STREAM } from "./openai_responses_recordings.ts";
import { sseEvent } from "./recordings.ts";
import { needsRecordings } from "./shared.ts";

const RESPONSE = {
  id: "r",
  object: "response",
  model: "m",
  created_at: 1,
  status: "in_progress",
  output: [],
};

function decode(...events: JsonObject[]): StreamEvent[] {
  return decodeLines(codec.eventDecoder(), events.map((event) => JSON.stringify(event)));
}

Deno.test("eventDecoder() makes up for events that a server leaves out", () => {
  const item = {
    type: "message",
    id: "m1",
    role: "assistant",
    content: [{ type: "output_text", text: "Hello", annotations: [{ type: "url_citation" }] }],
  };
  const call = { type: "function_call", id: "f1", call_id: "c", name: "f", arguments: '{"x":1}' };
  const reasoning = { type: "reasoning", id: "r1", summary: [{ type: "summary_text", text: "Hm." }] };
  const completed = { type: "response.completed", response: { ...RESPONSE, status: "completed" } };
  const whole = decode(
    { type: "response.output_text.delta", output_index: 1, content_index: 0, delta: "Hel" },
    { type: "response.output_item.done", output_index: 1, item },
    { type: "response.output_item.added", output_index: 2, item: { ...call, arguments: "" } },
    { type: "response.function_call_arguments.delta", output_index: 2, delta: '{"x' },
    { type: "response.output_item.done", output_index: 2, item: call },
    { type: "response.output_item.done", output_index: 3, item: reasoning },
    completed,
  );
  const { choices } = assemble(whole.filter(({ type }) => type !== "annotation"));
  assertEquals(
    choices[0]?.parts.map((part) => "text" in part ? part.text : "arguments" in part ? part.arguments : ""),
    [
      "Hello",
      '{"x":1}',
      "Hm.",
    ],
  );
  assertEquals(choices[0]?.finishReason, "tool_calls");
  assertEquals(whole.filter(({ type }) => type === "annotation").length, 1);
  const deltas = whole.filter(({ type }) => type.endsWith("_delta")).map((event) =>
    "text" in event ? event.text : ""
  );
  assertEquals(deltas, ["Hel", "lo", '{"x', '":1}', "Hm."]);
});

Deno.test("eventDecoder() reads the output from the end where nothing of it was streamed", () => {
  const output = [{
    type: "message",
    id: "m1",
    role: "assistant",
    content: [{ type: "output_text", text: "Hello" }],
  }];
  const events = decode(
    { type: "response.created", response: RESPONSE },
    { type: "response.completed", response: { ...RESPONSE, status: "completed", output } },
  );
  assertEquals(gist(assemble(events)).choices[0]?.text, "Hello");
  assertEquals(events.some(({ type }) => type === "text_delta"), true);
});

Deno.test("eventDecoder() takes events of tools that the provider runs as they are", () => {
  const searching = { type: "response.web_search_call.searching", output_index: 0, item_id: "ws_1" };
  const added = { type: "web_search_call", id: "ws_1", status: "in_progress" };
  const done = { ...added, status: "completed" };
  const [, ...events] = decode(
    { type: "response.created", response: RESPONSE },
    { type: "response.output_item.added", output_index: 0, item: added },
    searching,
    { type: "response.output_item.done", output_index: 0, item: done },
  );
  const format = "openai_responses";
  assertEquals(events, [
    start(0, { type: "opaque", format, value: added }),
    { type: "opaque", format, value: searching },
    end(0, { type: "opaque", format, value: done }),
  ]);
  assertEquals(brief(encode([START, ...events])).slice(3), [searching, {
    type: "response.output_item.done",
    output_index: 0,
    item: done,
  }]);
});

Deno.test("eventDecoder() ends with an error event, in either of its shapes", () => {
  const message = "Slow down.";
  for (
    const event of [
      { type: "error", code: "rate_limit_exceeded", message, param: null, sequence_number: 1 },
      { type: "error", error: { type: "tokens", code: "rate_limit_exceeded", message } },
      { type: "response.failed", response: { ...RESPONSE, error: { code: "rate_limit_exceeded", message } } },
    ]
  ) {
    assertEquals(decode(event, { type: "response.completed", response: RESPONSE }), [
      { type: "error", code: "rate_limit_exceeded", message },
    ]);
  }
});

Deno.test("eventDecoder() takes what it cannot read for a fault of the provider's", () => {
  for (
    const data of [
      "{",
      "[]",
      "null",
      '{"type":"response.output_text.delta"}',
      '{"type":"response.completed"}',
    ]
  ) {
    const last = codec.eventDecoder().push(sseEvent(data)).at(-1);
    assertEquals(last?.type === "error" ? last.code : "", "upstream_invalid_response", data);
  }
  assertEquals(codec.eventDecoder().push(sseEvent("[DONE]")), []);
});

Deno.test({
  name: "eventDecoder() ends with the error of a recorded stream that failed or is broken",
  ...needsRecordings,
  fn() {
    const failed = decodeLines(codec.eventDecoder(), FAILED_STREAM?.lines ?? []);
    assertEquals(failed.map((event) => event.type === "error" ? event.code : event.type), [
      "start",
      "insufficient_quota",
    ]);
    const broken = decodeLines(codec.eventDecoder(), BROKEN_STREAM?.lines ?? []);
    assertEquals(broken.map((event) => event.type === "error" ? event.code : event.type), [
      "upstream_invalid_response",
    ]);
    const mended = BROKEN_STREAM?.lines.map((line) => isJson(line) ? line : `${line}}`) ?? [];
    const { choices } = assemble(decodeLines(codec.eventDecoder(), mended));
    assertEquals(choices[0]?.finishReason, "tool_calls");
  },
});

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

Deno.test("eventDecoder() begins with a start also where the server announced nothing", () => {
  const events = decode({ type: "response.output_text.delta", output_index: 0, delta: "Hi" });
  assertEquals(events.map(({ type }) => type), ["start", "part_start", "text_delta"]);
});

Deno.test("eventDecoder() takes names and numbers that mean something to JavaScript for what they are", () => {
  for (const type of ["constructor", "__proto__", "toString"]) {
    assertEquals(decode({ type }).map((event) => event.type), ["opaque"]);
  }
  const far = decode(
    { type: "response.reasoning_summary_text.delta", output_index: 1e9, summary_index: 1e9, delta: "Hm." },
  );
  const item = encode([START, ...far, end(0)]).at(-1)?.item;
  assertEquals(Object(item).summary, [{ type: "summary_text", text: "Hm." }]);
  const odd = { ...RESPONSE, status: "constructor" };
  assertEquals(codec.decodeResponse(odd).choices[0]?.finishReason, "stop");
});
