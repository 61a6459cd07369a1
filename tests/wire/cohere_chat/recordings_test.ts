import { assert, assertEquals } from "@std/assert";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import type { ChatResponse, JsonObject, StreamEvent } from "../../../lib/wire/canonical.ts";
import { type Codec, EventKind } from "../../../lib/wire/codec.ts";
import { cohereChat } from "../../../lib/wire/cohere_chat.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { openaiResponses } from "../../../lib/wire/openai_responses.ts";
import { isObject } from "../../../lib/wire/shape.ts";
import { encodeSse } from "../../../lib/wire/sse.ts";
import { PassThrough } from "../../../lib/stages/upstream/translator.ts";
import { assemble, gist } from "../assemble.ts";
import { recordings, sseEvents } from "../recordings.ts";
import { needsRecordings } from "../shared.ts";

const RECORDINGS = recordings("cohere");
const OTHERS: readonly Codec[] = [openaiChat, openaiResponses, anthropicMessages];

function contextOf(id: string) {
  return { id, model: "m", created: 1, request: {}, includeUsage: true };
}

function decode(events: Iterable<{ data: string; type: string }>, codec: Codec = cohereChat): StreamEvent[] {
  const decoder = codec.eventDecoder();
  return [...events].flatMap((event) => decoder.push(event as Parameters<typeof decoder.push>[0]));
}

function encode(events: readonly StreamEvent[], codec: Codec, id: string): string {
  const encoder = codec.eventEncoder(contextOf(id));
  return events.map((event) => encoder.push(event)).join("");
}

/** What all formats can say; arguments as the values that they are. */
function common(response: ChatResponse) {
  const { choices, usage } = gist(response);
  return {
    usage,
    choices: choices.map(({ reasoning, calls, ...choice }) => ({
      ...choice,
      reasoning: reasoning.replaceAll(/\s+/g, ""),
      calls: calls.map(({ arguments: text, ...call }) => ({ ...call, arguments: JSON.parse(text || "{}") })),
    })),
  };
}

Deno.test({
  name: "there are recordings of Cohere, whole and streamed",
  ...needsRecordings,
  fn: () => {
    assert(RECORDINGS.filter(({ body }) => body !== null).length >= 6);
    assert(RECORDINGS.filter(({ events }) => events !== null).length >= 4);
  },
});

for (const { name, body, events } of RECORDINGS) {
  if (body !== null) {
    Deno.test(`cohereChat brings ${name} back with all its fields`, () => {
      const response = cohereChat.decodeResponse(body);
      const back = JSON.parse(
        JSON.stringify(cohereChat.encodeResponse(response, contextOf(String(body.id)))),
      );
      // A call without arguments is one for everybody.
      const expected = JSON.parse(JSON.stringify(body).replace('"arguments":"null"', '"arguments":"{}"'));
      assertEquals(back, expected);
      const observed = cohereChat.observeResponse(body);
      assertEquals(observed.usage ?? undefined, response.usage);
      assertEquals<string | undefined>(observed.finishReason, response.choices[0]?.finishReason);
      assertEquals([observed.responseId, observed.error], [response.id, null]);
    });

    for (const other of OTHERS) {
      Deno.test(`${name} says the same as ${other.format}, and turned back`, () => {
        const given = cohereChat.decodeResponse(body);
        const across = other.decodeResponse(other.encodeResponse(given, contextOf(other.newId())));
        assertEquals(common(across), common(given));
        const back = cohereChat.decodeResponse(cohereChat.encodeResponse(across, contextOf("x")));
        assertEquals(common(back), common(given));
      });
    }
  }
  if (events !== null) {
    Deno.test(`cohereChat writes the events of ${name} as they were`, () => {
      const again = sseEvents(encode(decode(events), cohereChat, idOf(events[0]?.data)));
      // One that opens with all of its first piece may do so in two.
      assertEquals(again.map(({ data }) => JSON.parse(data)), events.map(({ data }) => JSON.parse(data)));
      assertEquals(again.map(({ type }) => type), events.map(({ type }) => type));
    });

    Deno.test(`cohereChat observes of ${name} what it decodes, and passes its bytes on`, () => {
      const observer = cohereChat.streamObserver();
      const kinds = events.map((event) => observer.push(event));
      const answer = assemble(decode(events));
      assertEquals([kinds[0], kinds.at(-1)], [EventKind.Prelude, EventKind.Terminal]);
      assertEquals(observer.observed.responseId, answer.id);
      assertEquals<string | undefined>(observer.observed.finishReason, answer.choices[0]?.finishReason);
      assertEquals(observer.observed.usage ?? undefined, answer.usage);
      const sent = events.map(({ data, type }) => encodeSse(data, type)).join("");
      const translator = new PassThrough(cohereChat.streamObserver(), false, null);
      for (const event of sseEvents(sent)) translator.push(event);
      const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? new Uint8Array());
      assertEquals(text(translator.take()) + text(translator.end()), sent);
    });

    for (const other of OTHERS) {
      Deno.test(`the stream ${name} says the same as ${other.format}, and turned back`, () => {
        const given = decode(events);
        const across = decode(sseEvents(encode(given, other, other.newId())), other);
        assertEquals(common(assemble(across)), common(assemble(given)));
        const back = decode(sseEvents(encode(across, cohereChat, "x")));
        assertEquals(common(assemble(back)), common(assemble(given)));
      });
    }
  }
}

function idOf(data = "{}"): string {
  const first: JsonObject = JSON.parse(data);
  return String(first.id);
}

Deno.test("cohereChat reads a whole answer and a stream of the same alike", () => {
  const usage = {
    billed_units: { input_tokens: 1, output_tokens: 2 },
    tokens: { input_tokens: 9, output_tokens: 2 },
  };
  const call = { id: "c", type: "function", function: { name: "f", arguments: '{"a":1}' } };
  const whole = {
    id: "1",
    message: { role: "assistant", tool_plan: "I will.", tool_calls: [call] },
    finish_reason: "TOOL_CALL",
    usage,
  };
  const stream: JsonObject[] = [
    { id: "1", type: "message-start", delta: { message: { role: "assistant" } } },
    { type: "tool-plan-delta", delta: { message: { tool_plan: "I will." } } },
    {
      type: "tool-call-start",
      index: 0,
      delta: { message: { tool_calls: { ...call, function: { name: "f", arguments: "" } } } },
    },
    {
      type: "tool-call-delta",
      index: 0,
      delta: { message: { tool_calls: { function: { arguments: '{"a":1}' } } } },
    },
    { type: "tool-call-end", index: 0 },
    { type: "message-end", delta: { finish_reason: "TOOL_CALL", usage } },
  ];
  const text = stream.map((event) => encodeSse(JSON.stringify(event), String(event.type))).join("");
  assertEquals(gist(assemble(decode(sseEvents(text)))), gist(cohereChat.decodeResponse(whole)));
});

Deno.test("cohereChat tells of a stream that broke off", () => {
  const broken = { type: "message-end", delta: { finish_reason: "ERROR", error: "no" } };
  const events = sseEvents(encodeSse(JSON.stringify(broken), "message-end"));
  assertEquals(decode(events), [{ type: "error", code: "upstream_error", message: "no" }]);
  const observer = cohereChat.streamObserver();
  assertEquals(events.map((event) => observer.push(event)), [EventKind.Error]);
  assert(isObject(JSON.parse(JSON.stringify(observer.observed.error))));
});
