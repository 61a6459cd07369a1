import { assertEquals } from "@std/assert";
import type { JsonObject, JsonValue, StreamEvent } from "../../lib/wire/canonical.ts";
import { openaiResponses as codec } from "../../lib/wire/openai_responses.ts";
import { isObject } from "../../lib/wire/shape.ts";
import { assemble, gist } from "./assemble.ts";
import { end } from "./openai_responses_events.ts";
import { contextOf, decodeLines, STREAMS, terminalResponse } from "./openai_responses_recordings.ts";
import { needsOpenaiSchema, validator } from "./openai_schema.ts";
import { sseEvents } from "./recordings.ts";
import { needsRecordings } from "./shared.ts";

/** Edited by hand: its deltas say another text than the whole response. */
const CONTRADICTS = "openai/responses/openai-shell-container.1.chunks.txt";

for (const recording of STREAMS) {
  const { name, lines } = recording;

  Deno.test({
    name: `eventDecoder() reads in a stream what decodeResponse() reads in its end: ${name}`,
    ...needsRecordings,
    fn() {
      const events = decodeLines(codec.eventDecoder(), lines);
      const whole = gist(codec.decodeResponse(terminalResponse(recording)));
      if (name !== CONTRADICTS) assertEquals(gist(assemble(events)), whole);
      // The deltas alone, as other formats' clients see them.
      const told = events.map((event) => event.type === "part_end" ? end(event.part) : event);
      const alone = gist(assemble(told));
      const unbroken = (each: typeof whole) =>
        each.choices.map((choice) => ({ ...choice, reasoning: choice.reasoning.replaceAll("\n", "") }));
      if (name !== CONTRADICTS) assertEquals(unbroken(alone), unbroken(whole));
    },
  });

  Deno.test({
    name: `eventEncoder() writes the events of ${name} as they were`,
    ...needsRecordings,
    fn() {
      const given: JsonObject[] = lines.map((line) => JSON.parse(line));
      const encoder = codec.eventEncoder(contextOf(terminalResponse(recording)));
      const events = decodeLines(codec.eventDecoder(), lines);
      const again: JsonObject[] = sseEvents(events.map((event) => encoder.push(event)).join(""))
        .map(({ data }) => JSON.parse(data));
      const types = (all: JsonObject[]) => all.map(({ type }) => type).filter((type) => !isDelta(type));
      assertEquals(types(again), types(given));
      // Copilot's ids change between events and are made steady; the phase's recording has gaps.
      if (name.includes("id-rotation") || name.includes("phase") || name === CONTRADICTS) return;
      again.forEach((event, index) => assertEquals(comparable(event), comparable(given[index] ?? {})));
    },
  });

  Deno.test({
    name: `eventDecoder() reads what eventEncoder() wrote of ${name} as it was`,
    ...needsRecordings,
    fn() {
      const events = decodeLines(codec.eventDecoder(), lines);
      const encoder = codec.eventEncoder(contextOf(terminalResponse(recording)));
      const decoder = codec.eventDecoder();
      const again = sseEvents(events.map((event) => encoder.push(event)).join("")).flatMap((each) =>
        decoder.push(each)
      );
      // Copilot's ids change between events and are made steady.
      const ids = (all: readonly StreamEvent[]) =>
        JSON.parse(JSON.stringify(all.map(withoutEcho)).replaceAll(/capture-id-\d+/g, "id"));
      assertEquals(ids(again), ids(events));
    },
  });
}

function isDelta(type: JsonValue | undefined): boolean {
  return typeof type === "string" && type.endsWith(".delta");
}

/**
 * Without what is not the event's own: whole responses, which have their own tests; the padding against listeners;
 * what a schema newer than the recording asks for; and a seal that is not complete yet.
 */
function comparable(event: JsonObject): JsonObject {
  const { response: _response, obfuscation: _padding, sequence_number: _number, ...rest } = event;
  if (rest.type === "response.function_call_arguments.done") delete rest.name;
  if (String(rest.type).startsWith("response.output_text.")) rest.logprobs ??= [];
  if (isObject(rest.item) && rest.type === "response.output_item.added" && rest.item.type === "reasoning") {
    const { encrypted_content: _seal, status: _status, ...item } = rest.item;
    rest.item = item;
  }
  return rest;
}

/** Without what the encoder adds by OpenAI's defaults, and the padding. */
function withoutEcho(event: StreamEvent): unknown {
  switch (event.type) {
    case "start":
      return [event.model, event.created];
    case "finish":
      return event.reason;
    case "usage":
      return { ...event.usage, cacheCreation: event.usage.cacheCreation ?? 0 };
    case "opaque": {
      const { obfuscation: _padding, sequence_number: _number, ...value } = event.value;
      return value;
    }
    default:
      return event;
  }
}

Deno.test({
  name: "eventEncoder() writes events that OpenAI's schema allows, for every recording",
  ...needsOpenaiSchema(),
  fn() {
    const validate = validator("ResponseStreamEvent");
    let checked = 0;
    for (const { name, lines } of STREAMS) {
      const given: JsonObject[] = lines.map((line) => JSON.parse(line));
      const response = terminalResponse({ name, lines });
      const encoder = codec.eventEncoder(contextOf(response));
      const events = decodeLines(codec.eventDecoder(), lines);
      const outOfSchema = new Set(
        given.flatMap((event) =>
          isObject(event.item) && validator("OutputItem")(event.item).length > 0 ? [event.item.id] : []
        ),
      );
      for (const { data } of sseEvents(events.map((event) => encoder.push(event)).join(""))) {
        const event = JSON.parse(data);
        // Items that the provider itself sent out of the schema are passed on as they came.
        if (outOfSchema.size > 0 && concerns(event, outOfSchema)) continue;
        assertEquals(validate(event), [], `${name} ${event.type}`);
        checked++;
      }
    }
    assertEquals(checked > 4000, true, `${checked}`);
  },
});

function concerns(event: JsonObject, ids: ReadonlySet<JsonValue | undefined>): boolean {
  if (isObject(event.response)) return true;
  return ids.has(event.item_id) || (isObject(event.item) && ids.has(event.item.id));
}
