import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { JsonObject, Part, StreamEvent } from "../../../lib/wire/canonical.ts";
import { EventKind } from "../../../lib/wire/codec.ts";
import { googleInteractions as codec } from "../../../lib/wire/google_interactions.ts";
import { assemble } from "../assemble.ts";
import { sseEvent, sseEvents } from "../recordings.ts";

const context = { id: "v1_1", model: "asked", created: 1, request: {}, includeUsage: false };

function decode(bodies: readonly JsonObject[]): StreamEvent[] {
  const decoder = codec.eventDecoder();
  return bodies.flatMap((body) => decoder.push(sseEvent(body, String(body["event_type"]))));
}

function completed(fields: JsonObject): JsonObject {
  return { interaction: { id: "v1_1", status: "completed", ...fields }, event_type: "interaction.completed" };
}

const step = (index: number, step: JsonObject) => ({ index, step, event_type: "step.start" });
const delta = (index: number, delta: JsonObject) => ({ index, delta, event_type: "step.delta" });
const stop = (index: number) => ({ index, event_type: "step.stop" });

const STREAM: JsonObject[] = [
  { interaction: { id: "v1_1", status: "in_progress", model: "m" }, event_type: "interaction.created" },
  step(0, { type: "thought" }),
  delta(0, { content: { text: "Hm", type: "text" }, type: "thought_summary" }),
  delta(0, { content: { text: "m.", type: "text" }, type: "thought_summary" }),
  delta(0, { signature: "c2ln", type: "thought_signature" }),
  stop(0),
  // Calls at the same time, one whose arguments stand in its beginning.
  step(1, { id: "c1", type: "function_call", name: "f", arguments: {} }),
  step(2, { id: "c2", type: "function_call", name: "g", arguments: { b: 1 } }),
  delta(1, { arguments: '{"a":', type: "arguments_delta" }),
  delta(1, { arguments: "1}", type: "arguments_delta" }),
  stop(2),
  stop(1),
  step(3, { type: "google_search_call", id: "s1", arguments: {} }),
  delta(3, { type: "google_search_call", arguments: { queries: ["x"] }, signature: "s" }),
  stop(3),
  step(4, { type: "model_output" }),
  delta(4, { text: "Grüße ", type: "text" }),
  delta(4, { text: "dort", type: "text" }),
  delta(4, {
    annotations: [{
      type: "url_citation",
      url: "https://x.example",
      title: "X",
      start_index: 8,
      end_index: 12,
    }],
    type: "text_annotation_delta",
  }),
  delta(4, { data: "AAAA", mime_type: "image/png", type: "image" }),
  delta(4, { text: "End", type: "text" }),
  stop(4),
  { event_type: "something.new", index: 4 },
  completed({ status: "requires_action", usage: { total_input_tokens: 1, total_output_tokens: 2 } }),
];

const PARTS: Part[] = [
  { type: "reasoning", text: "Hmm.", signature: "c2ln", signatureFormat: "google_interactions" },
  { type: "tool_call", id: "c1", name: "f", arguments: '{"a":1}' },
  { type: "tool_call", id: "c2", name: "g", arguments: '{"b":1}' },
  {
    type: "opaque",
    format: "google_interactions",
    value: { type: "google_search_call", id: "s1", arguments: { queries: ["x"] }, signature: "s" },
  },
  {
    type: "text",
    text: "Grüße dort",
    annotations: {
      format: "openai_responses",
      items: [{ type: "url_citation", url: "https://x.example", title: "X", start_index: 6, end_index: 10 }],
    },
  },
  { type: "image", data: "AAAA", mediaType: "image/png" },
  { type: "text", text: "End" },
];

Deno.test("a stream's steps as parts, whatever they are", () => {
  const answer = assemble(decode(STREAM));
  assertEquals(answer.choices, [{ index: 0, parts: PARTS, finishReason: "tool_calls" }]);
  assertEquals([answer.usage?.input, answer.usage?.output], [1, 2]);
});

Deno.test("what a stream is kept as says what the stream said", () => {
  const observer = codec.streamObserver();
  const kinds = STREAM.map((body) => observer.push(sseEvent(body)));
  assertEquals(kinds.at(-1), EventKind.Terminal);
  const { choices: [kept] } = codec.decodeResponse(observer.observed.final ?? {});
  const plain = (part: Part) => {
    if (part.type === "text") delete part.item;
    return part;
  };
  assertEquals(kept?.parts.map(plain), PARTS);
});

Deno.test("parts of a stream are shown as they were, and kept as they were shown", () => {
  const encoder = codec.eventEncoder(context);
  const text = decode(STREAM).map((event) => {
    if (event.type === "end") assertEquals(encoder.final()?.["status"], "requires_action");
    return encoder.push(event);
  }).join("");
  const events = sseEvents(text);
  assertEquals([events[0]?.type, events.at(-2)?.type, events.at(-1)?.data], [
    "interaction.created",
    "interaction.completed",
    "[DONE]",
  ]);
  const decoder = codec.eventDecoder();
  const shown = assemble(events.flatMap((event) => decoder.push(event)));
  assertEquals(shown.choices[0]?.parts, PARTS);
  assertEquals(shown.choices[0]?.finishReason, "tool_calls");
  assertEquals(codec.decodeResponse(encoder.final() ?? {}).choices[0]?.parts, PARTS);
});

Deno.test("what ended an interaction is told in its words, and comes back", () => {
  for (
    const [status, reason] of [
      ["completed", "stop"],
      ["requires_action", "tool_calls"],
      ["incomplete", "length"],
      ["budget_exceeded", "length"],
      ["requires_continuation", "pause"],
      ["failed", "error"],
      ["cancelled", "error"],
    ] as const
  ) {
    const body = { id: "v1_1", status, steps: [], model: "asked" };
    const answer = codec.decodeResponse(body);
    assertEquals(answer.choices[0]?.finishReason, reason);
    assertEquals(codec.encodeResponse(answer, context)["status"], status);
    assertEquals(assemble(decode([completed(body)])).choices[0]?.finishReason, reason);
  }
  for (const finishReason of ["content_filter", "refusal"] as const) {
    const body = codec.encodeResponse(
      { id: "", model: "", choices: [{ index: 0, parts: [], finishReason }] },
      context,
    );
    assertEquals(body["status"], "incomplete");
    assertEquals(codec.decodeResponse(body).choices[0]?.finishReason, finishReason);
  }
});

Deno.test("an error event is one, whatever its code", () => {
  const error = (code: string | number) =>
    decode([{ error: { code, message: "x" }, event_type: "error" }]).map((event) =>
      event.type === "error" && [event.code, event.status]
    );
  assertEquals(error("resource_exhausted"), [["RESOURCE_EXHAUSTED", 429]]);
  assertEquals(error(503), [["UNAVAILABLE", 503]]);
  assertEquals(error("strange"), [["strange", undefined]]);
  const observer = codec.streamObserver();
  assertEquals(observer.push(sseEvent("no JSON")), EventKind.Error);
});

Deno.test("signatures of other formats travel in thoughts, and come back", () => {
  const parts: Part[] = [
    { type: "reasoning", text: "a", signature: "sig", signatureFormat: "anthropic_messages" },
    { type: "reasoning", text: "", redacted: "secret" },
    { type: "reasoning", text: "", signature: "enc", signatureFormat: "openai_responses" },
    { type: "reasoning", text: "", signature: "t", signatureFormat: "google_generate_content" },
  ];
  const body = codec.encodeResponse(
    { id: "", model: "", choices: [{ index: 0, parts, finishReason: "stop" }] },
    context,
  );
  assertEquals(codec.decodeResponse(body).choices[0]?.parts, parts);
});

Deno.test("any text in any pieces comes through whole", () => {
  fc.assert(fc.property(fc.array(fc.string(), { maxLength: 8 }), (pieces) => {
    const bodies = [
      step(0, { type: "model_output" }),
      ...pieces.map((text) => delta(0, { text, type: "text" })),
      stop(0),
      completed({}),
    ];
    const encoder = codec.eventEncoder(context);
    const decoder = codec.eventDecoder();
    const text = decode(bodies).map((event) => encoder.push(event)).join("");
    const answer = assemble(sseEvents(text).flatMap((event) => decoder.push(event)));
    const said = answer.choices[0]?.parts.map((part) => part.type === "text" ? part.text : "").join("") ?? "";
    assertEquals(said, pieces.join(""));
  }));
});
