import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import { bedrockConverse } from "../../../lib/wire/bedrock_converse.ts";
import type { ChatResponse, JsonObject, StreamEvent } from "../../../lib/wire/canonical.ts";
import { type Codec, type EncodeContext, EventKind } from "../../../lib/wire/codec.ts";
import type { WireEvent } from "../../../lib/wire/framing.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { fixtureJson } from "../../fixtures/fixture.ts";
import { assemble, gist } from "../assemble.ts";
import { CHAT_FORMATS, CODECS } from "../codecs.ts";
import { chatRecordings, messageRecordings } from "../recordings.ts";
import { needsRecordings } from "../shared.ts";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import { framedEvents } from "./framed.ts";

const context: EncodeContext = { id: "id", model: "m", created: 1, request: {}, includeUsage: true };

function decode(codec: Codec, events: readonly WireEvent[]): StreamEvent[] {
  const decoder = codec.eventDecoder();
  return events.flatMap((event) => decoder.push(event));
}

/** A stream on its way over the wire in another format. */
function across(codec: Codec, events: readonly StreamEvent[]): StreamEvent[] {
  const encoder = codec.eventEncoder(context);
  const read: WireEvent[] = [];
  const parser = codec.framing.parser((event) => read.push(event), {});
  parser.push(codec.framing.bytes(events.map((event) => encoder.push(event)).join("")));
  assertEquals(parser.end(), true);
  return decode(codec, read);
}

Deno.test("Converse's whole answer: reasoning, text, usage with what was cached, and back", () => {
  const body = fixtureJson("bedrock/converse.json");
  const answer = bedrockConverse.decodeResponse(body);
  assertEquals<ChatResponse>(answer, {
    id: "",
    model: "",
    choices: [{
      index: 0,
      parts: [
        {
          type: "reasoning",
          text: "A rhyme is asked for.",
          signature: "c2lnbmVk",
          signatureFormat: "anthropic_messages",
        },
        { type: "reasoning", text: "", redacted: "cmVkYWN0ZWQ=" },
        { type: "text", text: "Roses are red." },
      ],
      finishReason: "stop",
    }],
    usage: {
      input: 150,
      output: 628,
      cached: 100,
      cacheCreation: 20,
      extensions: { format: "bedrock_converse", fields: body.usage as JsonObject },
    },
    extensions: { format: "bedrock_converse", fields: { metrics: { latencyMs: 1275 } } },
  });
  assertEquals(bedrockConverse.encodeResponse(answer, context), body);
});

Deno.test("Converse's calls, and back", () => {
  const body = fixtureJson("bedrock/converse_tool_use.json");
  const answer = bedrockConverse.decodeResponse(body);
  assertEquals(gist(answer).choices[0]?.calls, [
    { id: "tooluse_kZJMlvQmRJ6eAyJE5GIl7Q", name: "get_weather", arguments: '{"city":"Paris"}' },
  ]);
  assertEquals([answer.choices[0]?.finishReason, answer.usage?.input], ["tool_calls", 30]);
  assertEquals(bedrockConverse.encodeResponse(answer, context), body);
});

Deno.test("usage whose total has no room for what was cached counts it as input already", () => {
  const usage = (fields: JsonObject) =>
    bedrockConverse.observeResponse({ usage: { outputTokens: 5, cacheReadInputTokens: 40, ...fields } })
      .usage;
  assertEquals(usage({ inputTokens: 50, totalTokens: 55 })?.input, 50);
  assertEquals(usage({ inputTokens: 10, totalTokens: 55 })?.input, 50);
});

for (const [whole, stream] of [["converse", "stream"], ["converse_tool_use", "stream_tool_use"]]) {
  Deno.test(`Converse's ${stream} says what ${whole} says, whoever shows it`, () => {
    const expected = bedrockConverse.decodeResponse(fixtureJson(`bedrock/${whole}.json`));
    const events = framedEvents(`bedrock/${stream}.jsonl`);
    const decoded = decode(bedrockConverse, events);
    const answer = assemble(decoded);
    assertEquals(answer.choices, expected.choices);
    assertEquals(gist(answer), gist(expected));
    assertEquals(gist(assemble(across(bedrockConverse, decoded))), gist(expected));
    const observer = bedrockConverse.streamObserver();
    const kinds = events.map((event) => observer.push(event));
    assertEquals([kinds[0], kinds[1], kinds.at(-1)], [
      EventKind.Prelude,
      EventKind.Content,
      EventKind.Terminal,
    ]);
    assertEquals(observer.observed.usage, answer.usage ?? null);
    assertEquals(observer.observed.finishReason, expected.choices[0]?.finishReason);
    for (const format of CHAT_FORMATS) {
      const shown = gist(assemble(across(CODECS[format], decoded))).choices[0];
      const { text, calls, reasoning } = gist(expected).choices[0] ?? { text: "", calls: [], reasoning: "" };
      assertEquals([shown?.text, shown?.reasoning], [text, reasoning], format);
      assertEquals(shown?.calls, calls, format);
    }
  });
}

Deno.test("an exception in the middle of Converse's stream ends it, with a code that has a status", () => {
  const events = framedEvents("bedrock/stream_exception.jsonl");
  const error = { code: "rate_limit_error", message: "Too many tokens, please wait before trying again." };
  assertEquals(decode(bedrockConverse, events).at(-1), { type: "error", ...error });
  const observer = bedrockConverse.streamObserver();
  assertEquals(events.map((event) => observer.push(event)).at(-1), EventKind.Error);
  assertEquals(observer.observed.error, error);
  const shown = across(bedrockConverse, [{ type: "error", code: "x", message: "oh" }]);
  assertEquals(shown, [{ type: "error", code: "api_error", message: "oh" }]);
});

Deno.test("the gateway's own error is an exception of the kind that its status has", () => {
  const read: WireEvent[] = [];
  const parser = bedrockConverse.framing.parser((event) => read.push(event), {});
  const error = new GatewayError("rate_limit_exceeded", "Too many requests.");
  parser.push(bedrockConverse.framing.bytes(bedrockConverse.encodeErrorEvent(error, 429, 0)));
  assertEquals([read[0]?.type, read[0]?.data], [
    "exception:throttlingException",
    '{"message":"Too many requests."}',
  ]);
});

Deno.test("an answer is whole with its stop reason, though usage never comes", () => {
  const events = framedEvents("bedrock/stream.jsonl").slice(0, -1);
  const decoder = bedrockConverse.eventDecoder();
  const decoded = events.flatMap((event) => decoder.push(event));
  assertEquals(decoded.at(-1)?.type, "finish");
  assertEquals(decoder.bodyEnded?.(), [{ type: "end" }]);
  const observer = bedrockConverse.streamObserver();
  for (const event of events) observer.push(event);
  assertEquals(observer.bodyEnded?.(), EventKind.Terminal);
  const broken = bedrockConverse.eventDecoder();
  for (const event of events.slice(0, -2)) broken.push(event);
  assertEquals(broken.bodyEnded?.(), []);
});

Deno.test("stop reasons", () => {
  const reasons = {
    end_turn: "stop",
    stop_sequence: "stop",
    max_tokens: "length",
    model_context_window_exceeded: "length",
    tool_use: "tool_calls",
    guardrail_intervened: "content_filter",
    content_filtered: "content_filter",
    malformed_tool_use: "error",
    something_new: "stop",
  };
  for (const [stopReason, expected] of Object.entries(reasons)) {
    const body: JsonObject = { output: { message: { content: [] } }, stopReason };
    const answer = bedrockConverse.decodeResponse(body);
    assertEquals(answer.choices[0]?.finishReason, expected, stopReason);
    assertEquals(bedrockConverse.encodeResponse(answer, context).stopReason, stopReason);
  }
});

Deno.test("an answer that is none is refused, and so is an event", () => {
  for (const body of [{}, { output: {} }, { output: { message: { content: "x" } } }] as JsonObject[]) {
    const error = assertThrows(() => bedrockConverse.decodeResponse(body), GatewayError);
    assertEquals(error.code, "upstream_invalid_response");
  }
  for (
    const [type, data] of [
      ["messageStart", "nonsense"],
      ["contentBlockDelta", '{"contentBlockIndex":0}'],
      ["contentBlockDelta", '{"contentBlockIndex":0,"delta":{"toolUse":1}}'],
      ["contentBlockStart", '{"contentBlockIndex":0,"start":{"toolUse":{}}}'],
      ["messageStop", '{"stopReason":1}'],
    ] as const
  ) {
    const decoder = bedrockConverse.eventDecoder();
    const error = decoder.push({ type, data, raw: new Uint8Array() }).at(-1);
    assertEquals(error?.type === "error" && error.code, "upstream_invalid_response", data);
  }
});

for (
  const [from, recordings] of [[openaiChat, chatRecordings], [anthropicMessages, messageRecordings]] as const
) {
  Deno.test({
    name: `every recording in ${from.format} says the same through Converse`,
    ...needsRecordings,
    fn() {
      const said = (response: ChatResponse) => {
        const { choices, usage } = gist(response);
        const [choice] = choices;
        return {
          text: (choice?.text ?? "") + (choice?.refusal ?? ""),
          reasoning: choice?.reasoning,
          calls: choice?.calls.map((call) => ({ ...call, arguments: JSON.parse(call.arguments || "{}") })),
          usage: usage === null ? [0, 0] : [usage.input, usage.output, usage.cached],
        };
      };
      for (const { name, body, events } of recordings()) {
        if (body !== null) {
          const answer = from.decodeResponse(body);
          const shown = bedrockConverse.decodeResponse(bedrockConverse.encodeResponse(answer, context));
          if (answer.usage !== undefined) assertEquals(said(shown), said(answer), name);
        }
        if (events !== null) {
          const stream = decode(from, events);
          const answer = assemble(stream);
          if (answer.usage !== undefined) {
            assertEquals(said(assemble(across(bedrockConverse, stream))), said(answer), name);
          }
        }
      }
    },
  });
}
