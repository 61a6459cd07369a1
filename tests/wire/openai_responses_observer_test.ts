import { assertEquals } from "@std/assert";
import { EventKind } from "../../lib/wire/codec.ts";
import { openaiResponses as codec } from "../../lib/wire/openai_responses.ts";
import { encode, END, end, START, start, TEXT, text } from "./openai_responses_events.ts";
import {
  BROKEN_STREAM,
  decodeLines,
  FAILED_STREAM,
  STREAMS,
  terminalResponse,
} from "./openai_responses_recordings.ts";
import { sseEvent } from "./recordings.ts";
import { needsRecordings } from "./shared.ts";

const { Prelude, Content, Terminal, Error: Failure } = EventKind;

const KINDS: [type: string, kind: EventKind][] = [
  ["response.in_progress", Prelude],
  ["response.queued", Prelude],
  ["response.output_item.added", Prelude],
  ["response.content_part.added", Prelude],
  ["response.reasoning_summary_part.added", Prelude],
  ["keepalive", Prelude],
  ["response.output_text.delta", Content],
  ["response.function_call_arguments.delta", Content],
  ["response.reasoning_summary_text.delta", Content],
  ["response.output_item.done", Content],
  ["response.web_search_call.searching", Content],
  ["response.something_new", Content],
];

for (const [type, kind] of KINDS) {
  Deno.test(`streamObserver() takes '${type}' for ${EventKind[kind]}, named or not`, () => {
    const first = JSON.stringify({ type, delta: "x" });
    const last = JSON.stringify({ sequence_number: 1, item: { type: "message" }, type });
    for (const data of [first, last]) {
      for (const name of [type, "", "message"]) {
        assertEquals(codec.streamObserver().push(sseEvent(data, name)), kind, `${name} ${data}`);
      }
    }
  });
}

Deno.test("streamObserver() reads who answers at the start and what became of it at the end", () => {
  const observer = codec.streamObserver();
  const kinds: EventKind[] = [];
  const events = encode([START, start(0, TEXT), text(0, "Hi"), end(0), ...END]);
  for (const event of events.slice(0, -1)) kinds.push(observer.push(sseEvent(event, String(event.type))));
  assertEquals(kinds.slice(0, 5), [Prelude, Prelude, Prelude, Prelude, Content]);
  const { id, model } = Object(events[0]?.response);
  assertEquals(observer.observed, {
    responseId: id,
    model,
    finishReason: "",
    usage: null,
    error: null,
    final: null,
  });
  const terminal = events.at(-1) ?? {};
  assertEquals(observer.push(sseEvent(terminal)), Terminal);
  assertEquals(observer.observed, {
    responseId: id,
    model,
    finishReason: "stop",
    usage: { input: 3, output: 2, cached: 0, cacheCreation: 0, reasoning: 0 },
    error: null,
    final: terminal.response,
  });
  assertEquals(observer.push(sseEvent(terminal)), Terminal);
});

Deno.test("streamObserver() takes an incomplete response for an end, and a failed one for an error", () => {
  const response = {
    id: "r",
    status: "incomplete",
    incomplete_details: { reason: "max_output_tokens" },
    output: [],
  };
  const incomplete = codec.streamObserver();
  assertEquals(incomplete.push(sseEvent({ type: "response.incomplete", response })), Terminal);
  assertEquals(incomplete.observed.finishReason, "length");
  const failed = codec.streamObserver();
  const error = { code: "server_error", message: "Oops." };
  assertEquals(
    failed.push(sseEvent({ type: "response.failed", response: { ...response, status: "failed", error } })),
    Failure,
  );
  assertEquals([failed.observed.error, failed.observed.finishReason], [error, "error"]);
});

Deno.test("streamObserver() reads an error event in either of its shapes", () => {
  const error = { code: "rate_limit_exceeded", message: "Slow down." };
  for (
    const event of [{ type: "error", ...error, param: null }, {
      type: "error",
      error: { type: "x", ...error },
    }]
  ) {
    const observer = codec.streamObserver();
    assertEquals(observer.push(sseEvent(event, "error")), Failure);
    assertEquals(observer.observed.error, error);
  }
  const silent = codec.streamObserver();
  assertEquals(silent.push(sseEvent({ type: "response.failed" })), Failure);
  assertEquals(silent.observed.error?.code, "upstream_error");
});

Deno.test("streamObserver() takes data that is cut off or no event for an error", () => {
  const broken = [
    ['{"type":"response.output_text.delta","delta":"x', "response.output_text.delta"],
    ["<html>", ""],
    ['{"no":"type"}', ""],
    ["[]", ""],
    ['{"type":"response.completed","response":{]}', "response.completed"],
    ['{"type":"response.completed"}', ""],
  ] as const;
  for (const [data, name] of broken) {
    const observer = codec.streamObserver();
    assertEquals(observer.push(sseEvent(data, name)), Failure, data);
    assertEquals(observer.observed.error?.code, "upstream_invalid_response");
    // What follows is of no account.
    assertEquals(observer.push(sseEvent({ type: "response.output_text.delta" })), Failure);
  }
  assertEquals(codec.streamObserver().push(sseEvent("[DONE]")), Prelude);
});

for (const recording of STREAMS) {
  Deno.test({
    name: `streamObserver() says of ${recording.name} what observeResponse() says of its end`,
    ...needsRecordings,
    fn() {
      const observer = codec.streamObserver();
      const kinds = recording.lines.map((line) => observer.push(sseEvent(line, JSON.parse(line).type)));
      assertEquals(observer.observed, codec.observeResponse(terminalResponse(recording)));
      assertEquals(kinds.lastIndexOf(Terminal), kinds.indexOf(Terminal));
      assertEquals(kinds.at(-1), Terminal);
      const finish = decodeLines(codec.eventDecoder(), recording.lines).find(({ type }) => type === "finish");
      assertEquals(finish?.type === "finish" ? finish.reason : "", observer.observed.finishReason);
    },
  });
}

Deno.test({
  name: "streamObserver() sees that a recorded stream failed or is broken",
  ...needsRecordings,
  fn() {
    const observe = (lines: readonly string[] = []) => {
      const observer = codec.streamObserver();
      for (const line of lines) observer.push(sseEvent(line));
      return observer.observed.error?.code;
    };
    assertEquals(observe(FAILED_STREAM?.lines), "insufficient_quota");
    assertEquals(observe(BROKEN_STREAM?.lines), "upstream_invalid_response");
  },
});
