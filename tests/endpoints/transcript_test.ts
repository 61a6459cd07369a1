import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { transcriber } from "../../lib/endpoints/transcript/transcriber.ts";
import { ModelRequest } from "../../lib/stages/model_request.ts";
import { Content } from "../../lib/telemetry/content.ts";
import type { AttributeValue } from "../../lib/telemetry/projections/attributes.ts";
import { ContentAttributes } from "../../lib/telemetry/projections/content_attributes.ts";
import type { Transcriber } from "../../lib/telemetry/projections/transcript.ts";
import { Redactor } from "../../lib/telemetry/redaction.ts";
import type { ClientCodec } from "../../lib/wire/codec.ts";
import { openaiCompletions } from "../../lib/wire/openai_completions.ts";
import { arrived } from "../telemetry/exchanges.ts";
import { CODECS } from "../wire/codecs.ts";
import {
  answerIn,
  type Conversation,
  conversation,
  CONVERSATION_CODECS,
  requestIn,
  streamIn,
} from "./conversations.ts";

const encoder = new TextEncoder();
const NONE = new Redactor({ paths: [], keys: [] });

interface Told {
  readonly redaction?: Redactor;
  readonly maxLength?: number;
  readonly profiles?: readonly ("openinference" | "gen_ai")[];
}

/** The attributes that tell of a request and its answer. */
function told(
  transcribe: Transcriber,
  response: Uint8Array | null,
  options: Told = {},
): Record<string, AttributeValue> {
  const { redaction = NONE, maxLength = 100_000, profiles = ["openinference"] } = options;
  const exchange = arrived();
  exchange.detailed = true;
  const content = new Content(
    { requests: false, responses: false, traces: true, maxStream: 1_000_000 },
    exchange,
  );
  content.transcribe = transcribe;
  if (response !== null) content.addResponse(response);
  exchange.content = content;
  const attributes: Record<string, AttributeValue> = {};
  new ContentAttributes(profiles, { redaction, maxLength }).add(
    exchange,
    ({ name }, value) => attributes[name] = value,
  );
  return attributes;
}

/** Whether a format gives calls ids of their own. */
function withoutIds(attributes: Record<string, AttributeValue>): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(attributes).filter(([name]) => !/tool_call\.id$|tool_call_id$/.test(name)),
  );
}

/** What a conversation says in OpenInference's words, written down once more. */
function expected({ messages, answer }: Conversation): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  const tell = (name: string, role: string, parts: Conversation["answer"]) => {
    attributes[`${name}.role`] = role;
    let calls = 0;
    for (const part of parts) {
      if (part.type === "text") attributes[`${name}.content`] = part.text;
      else if (part.type === "tool_call") {
        const call = `${name}.tool_calls.${calls++}.tool_call`;
        attributes[`${call}.function.name`] = part.name;
        attributes[`${call}.function.arguments`] = part.arguments;
      } else if (part.type === "tool_result") {
        const [first] = part.content;
        attributes[`${name}.content`] = first?.type === "text" ? first.text : "";
      }
    }
  };
  messages.forEach(({ role, parts }, n) => tell(`llm.input_messages.${n}.message`, role, parts));
  tell("llm.output_messages.0.message", "assistant", answer);
  return attributes;
}

function messagesOf(attributes: Record<string, AttributeValue>): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(withoutIds(attributes)).filter(([name]) => name.startsWith("llm.")),
  );
}

for (const codec of CONVERSATION_CODECS) {
  Deno.test(`random conversations in ${codec.format} give the same OpenInference messages as in any format`, () => {
    fc.assert(
      fc.property(conversation, (it) => {
        const whole = told(transcriber(requestIn(codec, it, false)), answerIn(codec, it));
        assertEquals(messagesOf(whole), expected(it));
        const streamed = told(transcriber(requestIn(codec, it, true)), streamIn(codec, it));
        assertEquals(messagesOf(streamed), expected(it));
      }),
      { numRuns: 150 },
    );
  });
}

const TEA: Conversation = {
  messages: [
    { role: "system", parts: [{ type: "text", text: "be brief" }] },
    { role: "user", parts: [{ type: "text", text: "tea?" }] },
    {
      role: "assistant",
      parts: [{
        type: "tool_call",
        id: "call_0",
        name: "kettle",
        arguments: '{"password":"planted","on":true}',
      }],
    },
    {
      role: "tool",
      parts: [{ type: "tool_result", callId: "call_0", content: [{ type: "text", text: "hot" }] }],
    },
    { role: "user", parts: [{ type: "text", text: `and now sk-${"a1B2".repeat(6)}?` }] },
  ],
  answer: [{ type: "text", text: "Tea is served." }],
};

Deno.test("a stream that was cancelled tells what went out, however far it came", () => {
  for (const codec of CONVERSATION_CODECS) {
    const transcribe = transcriber(requestIn(codec, TEA, true));
    const early = told(transcribe, streamIn(codec, TEA, 3), { profiles: ["openinference", "gen_ai"] });
    assertEquals(
      [early["output.value"], early["llm.output_messages.0.message.content"]],
      ["Tea", "Tea"],
      codec.format,
    );
    assertEquals(JSON.parse(String(early["gen_ai.output.messages"])), [
      { role: "assistant", parts: [{ type: "text", content: "Tea" }] },
    ]);
    assertEquals(told(transcribe, null)["llm.output_messages.0.message.role"], undefined);
    const whole = streamIn(codec, TEA);
    for (let end = 0; end < whole.length; end += 7) {
      const value = String(told(transcribe, whole.slice(0, end))["output.value"] ?? "");
      assertEquals("Tea is served.".startsWith(value), true, `${codec.format}: ${value}`);
    }
  }
});

Deno.test("what was said in OpenTelemetry's JSON, redacted", () => {
  const attributes = told(
    transcriber(requestIn(CODECS.openai_chat, TEA, false)),
    answerIn(CODECS.openai_chat, TEA),
    {
      profiles: ["gen_ai"],
    },
  );
  const json = (name: string) => JSON.parse(String(attributes[name]));
  assertEquals(json("gen_ai.system_instructions"), [{ type: "text", content: "be brief" }]);
  assertEquals(json("gen_ai.input.messages"), [
    { role: "user", parts: [{ type: "text", content: "tea?" }] },
    {
      role: "assistant",
      parts: [{ type: "tool_call", id: "call_0", name: "kettle", arguments: { password: "***", on: true } }],
    },
    { role: "tool", parts: [{ type: "tool_call_response", id: "call_0", response: "hot" }] },
    { role: "user", parts: [{ type: "text", content: "and now ***?" }] },
  ]);
  assertEquals(json("gen_ai.output.messages"), [
    { role: "assistant", parts: [{ type: "text", content: "Tea is served." }], finish_reason: "stop" },
  ]);
});

Deno.test("paths and names that are redacted in logs are redacted here", () => {
  const redaction = new Redactor({
    paths: ["messages[*].content", "choices[*].message.content"],
    keys: ["on"],
  });
  const codec = CODECS.openai_chat;
  const whole = told(transcriber(requestIn(codec, TEA, false)), answerIn(codec, TEA), { redaction });
  assertEquals([whole["llm.input_messages.0.message.content"], whole["output.value"]], ["***", "***"]);
  assertEquals(
    whole["llm.input_messages.2.message.tool_calls.0.tool_call.function.arguments"],
    '{"password":"***","on":"***"}',
  );
  const deltas = new Redactor({ paths: ["choices[*].delta.content"], keys: [] });
  const streamed = told(transcriber(requestIn(codec, TEA, true)), streamIn(codec, TEA), {
    redaction: deltas,
  });
  assertEquals(/^(\*{3})+$/.test(String(streamed["output.value"])), true);
  const gone = told(transcriber(requestIn(codec, TEA, false)), null, {
    redaction: new Redactor({ paths: ["messages"], keys: [] }),
  });
  assertEquals(gone, {});
});

Deno.test("conversation, instructions and answer are cut to their length, the oldest messages first", () => {
  const codec = CODECS.anthropic_messages;
  const long: Conversation = {
    messages: [
      { role: "system", parts: [{ type: "text", text: "s".repeat(300) }] },
      { role: "user", parts: [{ type: "text", text: "oldest" }] },
      { role: "assistant", parts: [{ type: "text", text: "older".repeat(30) }] },
      { role: "user", parts: [{ type: "text", text: "newest" }] },
    ],
    answer: [{ type: "text", text: "a".repeat(300) }],
  };
  const attributes = told(transcriber(requestIn(codec, long, false)), answerIn(codec, long), {
    maxLength: 100,
  });
  assertEquals(attributes["gateway.content.omitted_messages"], 1);
  assertEquals(attributes["llm.input_messages.0.message.content"], `${"s".repeat(100)}… [300 characters]`);
  assertEquals(
    attributes["llm.input_messages.1.message.content"],
    `${"older".repeat(30).slice(0, 93)}… [150 characters]`,
  );
  assertEquals(attributes["llm.input_messages.2.message.content"], "newest");
  assertEquals(attributes["output.value"], `${"a".repeat(100)}… [300 characters]`);
});

/** A request of a format that holds one prompt, its answer whole and streamed, and how both are to be read. */
const PROMPTS: readonly (readonly [ClientCodec, body: object, whole: object, streamed: readonly object[]])[] =
  [
    [
      openaiCompletions,
      { prompt: "tea?" },
      { choices: [{ index: 0, text: "Tea.", finish_reason: "stop" }] },
      [
        { choices: [{ index: 0, text: "Te", finish_reason: null }] },
        { choices: [{ index: 0, text: "a.", finish_reason: null }] },
        { choices: [{ index: 0, text: "", finish_reason: "stop" }] },
      ],
    ],
    [
      CODECS.ollama_generate,
      { prompt: "tea?" },
      { model: "m", created_at: "2026-01-01T00:00:00Z", response: "Tea.", done: true, done_reason: "stop" },
      [
        { model: "m", created_at: "2026-01-01T00:00:00Z", response: "Te", done: false },
        { model: "m", created_at: "2026-01-01T00:00:00Z", response: "a.", done: false },
        { model: "m", created_at: "2026-01-01T00:00:00Z", response: "", done: true, done_reason: "stop" },
      ],
    ],
  ];

for (const [codec, body, whole, streamed] of PROMPTS) {
  Deno.test(`a prompt in ${codec.format} is a message, whole and streamed`, () => {
    for (const stream of [false, true]) {
      const request = new ModelRequest(
        codec,
        encoder.encode(JSON.stringify({ model: "m", stream, ...body })),
      );
      const bytes = stream
        ? streamed.map((event) =>
          codec.framing.contentType.includes("event-stream")
            ? `data: ${JSON.stringify(event)}\n\n`
            : `${JSON.stringify(event)}\n`
        ).join("")
        : JSON.stringify(whole);
      assertEquals(told(transcriber(request), encoder.encode(bytes)), {
        "input.value": "tea?",
        "input.mime_type": "text/plain",
        "output.value": "Tea.",
        "output.mime_type": "text/plain",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "Tea.",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "tea?",
      }, `stream: ${stream}`);
    }
  });
}

Deno.test("images are told by where they are, never by their bytes, and without what signs their addresses", () => {
  const body = {
    model: "m",
    messages: [{
      role: "user",
      content: [
        { type: "text", text: "what is it?" },
        { type: "image_url", image_url: { url: "https://pictures.example/cat.png?signature=planted" } },
        { type: "image_url", image_url: { url: "data:image/png;base64,cGxhbnRlZA==" } },
      ],
    }],
  };
  const request = new ModelRequest(CODECS.openai_chat, encoder.encode(JSON.stringify(body)));
  const attributes = told(transcriber(request), null, { profiles: ["openinference", "gen_ai"] });
  const at = "llm.input_messages.0.message.contents";
  assertEquals(attributes[`${at}.1.message_content.image.image.url`], "https://pictures.example/cat.png");
  assertEquals(JSON.parse(String(attributes["gen_ai.input.messages"]))[0].parts.slice(1), [
    { type: "uri", modality: "image", uri: "https://pictures.example/cat.png" },
    { type: "blob", modality: "image", mime_type: "image/png", content: "" },
  ]);
  assertEquals(/planted|cGxhbnRlZA/.test(JSON.stringify(attributes)), false);
});

Deno.test("of a trace that cannot be kept nothing is held", () => {
  const exchange = arrived();
  exchange.detailed = false;
  const content = new Content({ requests: false, responses: false, traces: true, maxStream: 100 }, exchange);
  content.transcribe = transcriber(requestIn(CODECS.openai_chat, TEA, false));
  content.addResponse(encoder.encode("{}"));
  assertEquals([content.transcribe, content.response], [null, null]);
});

Deno.test("a provider that numbers its choices as it likes holds nobody up", () => {
  const chunk = (index: number, content: string) =>
    `data: ${JSON.stringify({ id: "x", choices: [{ index, delta: { content }, finish_reason: null }] })}\n\n`;
  const bytes = encoder.encode(chunk(4_294_967_290, "last") + chunk(0, "first"));
  const started = performance.now();
  const attributes = told(transcriber(requestIn(CODECS.openai_chat, TEA, true)), bytes);
  assertEquals(
    [
      attributes["llm.output_messages.0.message.content"],
      attributes["llm.output_messages.1.message.content"],
    ],
    ["first", "last"],
  );
  assertEquals(performance.now() - started < 1000, true);
});
