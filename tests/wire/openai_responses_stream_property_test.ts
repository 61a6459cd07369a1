import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Part, StreamEvent } from "../../lib/wire/canonical.ts";
import { openaiResponses as codec } from "../../lib/wire/openai_responses.ts";
import { assemble, gist } from "./assemble.ts";
import { args, context, encode, END, end, START, start, TEXT, text } from "./openai_responses_events.ts";
import { needsOpenaiSchema, validator } from "./openai_schema.ts";
import { sseEvent, sseEvents } from "./recordings.ts";

const word = fc.string({ maxLength: 8 });
const words = fc.array(word, { maxLength: 4 });

interface MadePart {
  readonly value: Part;
  readonly deltas: readonly StreamEvent[];
}

/** Parts as this format's decoder gives them; `part` is filled in when they are put together. */
const madePart: fc.Arbitrary<MadePart> = fc.oneof(
  words.map((texts): MadePart => ({ value: { ...TEXT }, deltas: texts.map((each) => text(0, each)) })),
  words.map((texts): MadePart => ({
    value: { type: "refusal", text: "" },
    deltas: texts.map((each) => ({ type: "refusal_delta", choice: 0, part: 0, text: each })),
  })),
  fc.tuple(fc.string({ minLength: 1 }), words, fc.boolean()).map(([id, texts, custom]): MadePart => ({
    value: { type: "tool_call", id, name: "f", arguments: "", ...(custom ? { custom } : {}) },
    deltas: texts.map((each) => args(0, each)),
  })),
  fc.array(words, { maxLength: 3 }).map((summary): MadePart => ({
    value: { type: "reasoning", text: "", summary: [] },
    deltas: summary.flatMap((texts, summaryIndex) =>
      texts.map((each): StreamEvent => ({
        type: "reasoning_delta",
        choice: 0,
        part: 0,
        text: each,
        summaryIndex,
      }))
    ),
  })),
);

/** Deltas of several parts in any order between them, as parallel calls come. */
const madeStream = fc.tuple(fc.array(madePart, { maxLength: 5 }), fc.infiniteStream(fc.nat())).map(
  ([made, picks]) => {
    const left = made.map(({ deltas }, part) => deltas.map((event) => ({ ...event, part }) as StreamEvent));
    const events: StreamEvent[] = [START, ...made.map(({ value }, part) => start(part, value))];
    while (left.some((deltas) => deltas.length > 0)) {
      const open = left.filter((deltas) => deltas.length > 0);
      const event = open[picks.next().value % open.length]?.shift();
      if (event !== undefined) events.push(event);
    }
    return [...events, ...made.map((_, part) => end(part)), ...END];
  },
);

Deno.test("eventDecoder() reads what eventEncoder() wrote of any stream, and its end says the same", () => {
  fc.assert(fc.property(madeStream, (events) => {
    const encoder = codec.eventEncoder(context());
    const decoder = codec.eventDecoder();
    const again = sseEvents(events.map((event) => encoder.push(event)).join("")).flatMap((each) =>
      decoder.push(each)
    );
    const told = (all: readonly StreamEvent[]) =>
      gist(assemble(all.map((event) => event.type === "part_end" ? end(event.part) : event))).choices
        .map(({ finishReason: _reason, ...choice }) => choice);
    assertEquals(told(again), told(events));
    const whole = gist(codec.decodeResponse(encoder.final() ?? {})).choices
      .map(({ finishReason: _reason, reasoning, ...choice }) => ({
        ...choice,
        reasoning: reasoning.replaceAll("\n", ""),
      }));
    assertEquals(
      whole,
      told(events).map((choice) => ({ ...choice, reasoning: choice.reasoning.replaceAll("\n", "") })),
    );
  }));
});

Deno.test({
  name: "eventEncoder() writes what OpenAI's schema allows for any stream",
  ...needsOpenaiSchema(),
  fn() {
    const validate = validator("ResponseStreamEvent");
    fc.assert(
      fc.property(madeStream, (events) => {
        for (const event of encode(events)) assertEquals(validate(event), [], String(event.type));
      }),
      { numRuns: 30 },
    );
    const failed = encode([START, { type: "error", code: "rate_limit_exceeded", message: "Slow down." }]);
    for (const event of failed) assertEquals(validate(event), []);
  },
});

const fuzzedType = fc.oneof(
  fc.constantFrom(
    ...["created", "output_item.added", "output_item.done", "content_part.added", "content_part.done"],
    ...["output_text.delta", "output_text.done", "output_text.annotation.added", "refusal.delta"],
    ...["reasoning_summary_text.delta", "reasoning_text.delta", "function_call_arguments.delta"],
    ...["function_call_arguments.done", "custom_tool_call_input.delta", "completed", "failed"],
  ).map((name) => `response.${name}`),
  fc.string(),
);
const fuzzedEvent = fc.record({
  type: fuzzedType,
  output_index: fc.oneof(fc.nat(2), fc.jsonValue()),
  content_index: fc.oneof(fc.nat(2), fc.jsonValue()),
  summary_index: fc.nat(2),
  delta: fc.oneof(fc.string(), fc.jsonValue()),
  text: fc.oneof(fc.string(), fc.jsonValue()),
  item: fc.oneof(
    fc.record({
      type: fc.constantFrom("message", "reasoning", "function_call", "custom_tool_call", "web_search_call"),
      id: fc.string(),
      call_id: fc.string(),
      name: fc.string(),
      content: fc.oneof(fc.constant([]), fc.jsonValue()),
      summary: fc.jsonValue(),
    }),
    fc.jsonValue(),
  ),
  part: fc.oneof(
    fc.record({ type: fc.constantFrom("output_text", "refusal"), text: fc.string() }),
    fc.jsonValue(),
  ),
  response: fc.oneof(fc.record({ id: fc.string(), output: fc.constant([]) }), fc.jsonValue()),
}, { requiredKeys: ["type"] });

Deno.test("eventDecoder(), eventEncoder() and streamObserver() survive whatever a provider sends", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fuzzedEvent, fc.jsonValue()), { maxLength: 12 }), (fuzzed) => {
      const decoder = codec.eventDecoder();
      const encoder = codec.eventEncoder(context());
      const observer = codec.streamObserver();
      for (const value of fuzzed) {
        const event = sseEvent(JSON.stringify(value));
        observer.push(event);
        for (const canonical of decoder.push(event)) encoder.push(canonical);
      }
      encoder.push({ type: "end" });
      JSON.stringify(encoder.final());
    }),
    { numRuns: 500 },
  );
});
