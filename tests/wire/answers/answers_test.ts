/** Whole answers as streams, and back. */
import { assertEquals } from "@std/assert";
import type { ChatResponse, JsonObject, StreamEvent, WireFormat } from "../../../lib/wire/canonical.ts";
import { AnswerCollector } from "../../../lib/wire/answers/answer_collector.ts";
import { eventsOf } from "../../../lib/wire/answers/events_of.ts";
import type { EncodeContext } from "../../../lib/wire/codec.ts";
import { STREAMS, streamText, WHOLE } from "../../stages/scripts.ts";
import { CODECS } from "../codecs.ts";

const FORMATS = Object.keys(STREAMS) as WireFormat[];
const CONTEXT: EncodeContext = { id: "id", model: "asked", created: 1, request: {}, includeUsage: true };

function collected(events: readonly StreamEvent[]): ChatResponse {
  const collector = new AnswerCollector();
  for (const event of events) collector.push(event);
  return collector.answer();
}

function decoded(format: WireFormat, bytes: Uint8Array): StreamEvent[] {
  const codec = CODECS[format];
  const decoder = codec.eventDecoder();
  const events: StreamEvent[] = [];
  const parser = codec.framing.parser((event) => events.push(...decoder.push(event)), {});
  parser.push(bytes);
  parser.end();
  return [...events, ...decoder.bodyEnded?.() ?? []];
}

/** What a client reads of an answer; ids and times are each answer's own. */
function shown(answer: ChatResponse): JsonObject {
  const { choices, usage } = answer;
  return {
    choices: choices.map(({ index, parts, finishReason }) => ({
      index,
      finishReason,
      parts: parts.map((part) => part.type === "text" ? { type: part.type, text: part.text } : { ...part }),
    })) as unknown as JsonObject[],
    usage: [usage?.input ?? null, usage?.output ?? null],
  };
}

for (const format of FORMATS) {
  const codec = CODECS[format];
  const whole = codec.decodeResponse(WHOLE[format]);

  Deno.test(`eventsOf() tells a whole answer of ${format} so that it can be put together again`, () => {
    assertEquals(collected(eventsOf(whole)), whole);
  });

  Deno.test(`a stream of ${format} says what the whole answer does, and so does its replay`, () => {
    const answer = collected(decoded(format, codec.framing.bytes(streamText(format))));
    assertEquals(shown(answer), shown(whole));
    const encoder = codec.eventEncoder(CONTEXT);
    const written = eventsOf(answer).map((event) => encoder.push(event)).join("");
    assertEquals(shown(collected(decoded(format, codec.framing.bytes(written)))), shown(whole));
    const encoded = codec.encodeResponse(answer, CONTEXT);
    assertEquals(shown(codec.decodeResponse(encoded)), shown(whole));
  });
}

const RICH: ChatResponse = {
  id: "a",
  model: "m",
  created: 5,
  serviceTier: "flex",
  systemFingerprint: "fp",
  usage: { input: 1, output: 2, cached: 1, reasoning: 1 },
  choices: [
    {
      index: 0,
      parts: [
        {
          type: "reasoning",
          text: "One\n\nTwo",
          summary: ["One", "Two"],
          id: "rs",
          signature: "s",
          signatureFormat: "openai_responses",
        },
        {
          type: "text",
          text: "Yes",
          annotations: { format: "openai_chat", items: [{ type: "url_citation" }] },
        },
        { type: "tool_call", id: "c", name: "f", arguments: '{"a":1}' },
        { type: "tool_call", id: "d", name: "g", arguments: "", custom: true },
        { type: "image", data: "AA==", mediaType: "image/png" },
        { type: "opaque", format: "anthropic_messages", value: { type: "server_tool_use", id: "t" } },
      ],
      finishReason: "tool_calls",
      stopSequence: "x",
      logprobs: { content: [{ token: "Yes" }], refusal: null },
    },
    { index: 1, parts: [{ type: "refusal", text: "No" }], finishReason: "refusal" },
    { index: 2, parts: [], finishReason: "length" },
    {
      index: 3,
      parts: [
        { type: "reasoning", text: "Hm", signature: "s", signatureFormat: "anthropic_messages" },
        { type: "reasoning", text: "", redacted: "r" },
      ],
      finishReason: "stop",
      extensions: { format: "openai_chat", fields: { odd: true } },
    },
  ],
};

Deno.test("eventsOf() and AnswerCollector lose nothing of all kinds of parts", () => {
  assertEquals(collected(eventsOf(RICH)), RICH);
  // Nor does what keeps them.
  assertEquals(collected(eventsOf(JSON.parse(JSON.stringify(RICH)))), RICH);
});

Deno.test("fields of an answer stand where the format has them", () => {
  const extensions = { format: "openai_responses", fields: { status: "odd", metadata: {} } } as const;
  const answer: ChatResponse = {
    id: "a",
    model: "m",
    choices: [{ index: 0, parts: [], finishReason: "stop" }],
    extensions: { ...extensions, fields: { ...extensions.fields } },
  };
  const events = eventsOf(answer);
  assertEquals(events[0]?.type === "start" && events[0].extensions?.fields, { metadata: {} });
  assertEquals(collected(events), answer);
});
