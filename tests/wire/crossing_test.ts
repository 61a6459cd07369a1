import { assertEquals } from "@std/assert";
import { anthropicMessages } from "../../lib/wire/anthropic_messages.ts";
import type { ChatResponse, JsonObject, StreamEvent } from "../../lib/wire/canonical.ts";
import type { Codec, EncodeContext } from "../../lib/wire/codec.ts";
import { googleGenerateContent } from "../../lib/wire/google_generate_content.ts";
import { googleInteractions } from "../../lib/wire/google_interactions.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";
import type { SseEvent } from "../../lib/wire/sse.ts";
import { assemble, gist } from "./assemble.ts";
import { needsOpenaiSchema, validator } from "./openai_schema.ts";
import {
  chatRecordings,
  contentRecordings,
  exchanges,
  interactionRecordings,
  messageRecordings,
  type Recording,
  sseEvents,
} from "./recordings.ts";
import { needsRecordings } from "./shared.ts";

const context: EncodeContext = { id: "id", model: "m", created: 1, request: {}, includeUsage: true };

interface Crossing {
  readonly from: Codec;
  readonly to: Codec;
  readonly recordings: () => Recording[];
  /** Finish reasons that the other side has no word of its own for. */
  readonly reasons: Readonly<Record<string, string>>;
}

const crossings: readonly Crossing[] = [
  {
    from: anthropicMessages,
    to: openaiChat,
    recordings: messageRecordings,
    reasons: { refusal: "content_filter", pause: "stop" },
  },
  { from: openaiChat, to: anthropicMessages, recordings: chatRecordings, reasons: {} },
  { from: googleGenerateContent, to: openaiChat, recordings: contentRecordings, reasons: { error: "stop" } },
  { from: googleGenerateContent, to: anthropicMessages, recordings: contentRecordings, reasons: {} },
  { from: openaiChat, to: googleGenerateContent, recordings: chatRecordings, reasons: {} },
  ...[openaiChat, anthropicMessages, googleGenerateContent].map((to) => ({
    from: googleInteractions,
    to,
    recordings: interactionRecordings,
    reasons: {},
  })),
  { from: openaiChat, to: googleInteractions, recordings: chatRecordings, reasons: {} },
  {
    from: googleGenerateContent,
    to: googleInteractions,
    recordings: contentRecordings,
    reasons: {},
  },
  {
    from: anthropicMessages,
    to: googleInteractions,
    recordings: messageRecordings,
    reasons: {},
  },
  {
    from: anthropicMessages,
    to: googleGenerateContent,
    recordings: messageRecordings,
    reasons: { refusal: "content_filter", pause: "stop" },
  },
];

function decode(codec: Codec, events: Iterable<SseEvent>): StreamEvent[] {
  const decoder = codec.eventDecoder();
  const decoded = [...events].flatMap((event) => decoder.push(event));
  return [...decoded, ...(decoder.bodyEnded?.() ?? [])];
}

function encode(codec: Codec, events: readonly StreamEvent[]): string {
  const encoder = codec.eventEncoder(context);
  return events.map((event) => encoder.push(event)).join("");
}

/** What both can say: arguments as the values that they are, reasons in the words that both have. */
function shared(response: ChatResponse, reasons: Readonly<Record<string, string>>, google: boolean) {
  const { choices, usage } = gist(response);
  return {
    // Google does not count what was written to a cache.
    usage: usage === null ? null : { ...usage, cacheCreation: google ? 0 : usage.cacheCreation },
    choices: choices.map((choice) => ({
      ...choice,
      calls: choice.calls.map((call) => ({ ...call, arguments: JSON.parse(call.arguments) })),
      // Chat takes calls for unanswered; Anthropic's own tools may have made and answered them.
      finishReason: choice.calls.length > 0
        ? "tool_calls"
        : reasons[choice.finishReason] ?? choice.finishReason,
    })),
  };
}

for (const { from, to, recordings, reasons } of crossings) {
  const google = to === googleGenerateContent || to === googleInteractions;
  Deno.test({
    name: `every recording in ${from.format} says the same through ${to.format} and back`,
    ...needsRecordings,
    fn() {
      const all = recordings();
      assertEquals(all.length >= 8, true);
      for (const { name, body, events } of all) {
        if (body !== null) {
          const answer = from.decodeResponse(body);
          const across = to.decodeResponse(to.encodeResponse(answer, context));
          assertEquals(shared(across, reasons, google), shared(answer, reasons, google), name);
          const back = from.decodeResponse(from.encodeResponse(across, context));
          assertEquals(shared(back, reasons, google), shared(answer, reasons, google), `${name} and back`);
        }
        if (events !== null) {
          const stream = decode(from, events);
          const across = decode(to, sseEvents(encode(to, stream)));
          assertEquals(
            shared(assemble(across), reasons, google),
            shared(assemble(stream), reasons, google),
            name,
          );
          const back = decode(from, sseEvents(encode(from, across)));
          assertEquals(
            shared(assemble(back), reasons, google),
            shared(assemble(stream), reasons, google),
            `${name} and back`,
          );
        }
      }
    },
  });

  Deno.test({
    name: `every recording in ${from.format} is observed alike in ${to.format}`,
    ...needsRecordings,
    fn() {
      for (const { name, events } of recordings()) {
        if (events === null) continue;
        const stream = decode(from, events);
        const observer = to.streamObserver();
        for (const event of sseEvents(encode(to, stream))) observer.push(event);
        const { usage } = gist(assemble(stream));
        const seen = observer.observed.usage;
        assertEquals([seen?.input, seen?.output], [usage?.input, usage?.output], name);
        assertEquals(observer.observed.error, null, name);
      }
    },
  });
}

Deno.test({
  name: "every recording of Anthropic's is shown to chat's clients as OpenAI's schema says",
  ignore: needsRecordings.ignore || needsOpenaiSchema().ignore,
  fn() {
    const ofAnswer = validator("CreateChatCompletionResponse");
    const ofChunk = validator("CreateChatCompletionStreamResponse");
    for (const { name, body, events } of messageRecordings()) {
      if (body !== null) {
        const answer = anthropicMessages.decodeResponse(body);
        assertEquals(ofAnswer(openaiChat.encodeResponse(answer, context)), [], name);
      }
      if (events !== null) {
        for (const { data } of sseEvents(encode(openaiChat, decode(anthropicMessages, events)))) {
          if (data !== "[DONE]") assertEquals(ofChunk(JSON.parse(data)), [], `${name}: ${data}`);
        }
      }
    }
  },
});

const conversation: JsonObject = {
  model: "claude-sonnet-4-5",
  messages: [
    { role: "system", content: "Be brief." },
    {
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
        { type: "image_url", image_url: { url: "https://example.com/a.png" } },
      ],
    },
    {
      role: "assistant",
      content: "Let me look.",
      tool_calls: [
        { id: "call_1", type: "function", function: { name: "look", arguments: `{"at":1}` } },
        { id: "call_2", type: "function", function: { name: "look", arguments: "{}" } },
      ],
    },
    { role: "tool", tool_call_id: "call_1", content: "a cat" },
    { role: "tool", tool_call_id: "call_2", content: "a dog" },
    { role: "user", content: "Both?" },
  ],
  tools: [{
    type: "function",
    function: { name: "look", description: "Looks.", parameters: { type: "object" }, strict: true },
  }],
  tool_choice: "required",
  parallel_tool_calls: false,
  response_format: {
    type: "json_schema",
    json_schema: { name: "output", strict: true, schema: { type: "object", additionalProperties: false } },
  },
  max_tokens: 100,
  temperature: 0.5,
  stop: ["END"],
  stream: true,
  user: "u",
  service_tier: "default",
};

Deno.test("a chat request says the same through Anthropic's messages and back", () => {
  const across = anthropicMessages.encodeRequest(openaiChat.decodeRequest(conversation));
  assertEquals(across.dropped, []);
  const back = openaiChat.encodeRequest(anthropicMessages.decodeRequest(across.body));
  assertEquals(back.dropped, []);
  assertEquals<unknown>(back.body, conversation);
});

Deno.test("Anthropic's request says the same through chat and back", () => {
  const { body: first } = anthropicMessages.encodeRequest(openaiChat.decodeRequest(conversation));
  const across = openaiChat.encodeRequest(anthropicMessages.decodeRequest(first));
  const back = anthropicMessages.encodeRequest(openaiChat.decodeRequest(across.body));
  assertEquals(back.body, first);
});

Deno.test({
  name: "recorded chat requests reach Anthropic with nothing lost but what is reported",
  ...needsRecordings,
  fn() {
    for (const { name, request, status } of exchanges("chat-")) {
      if (status === 400) continue;
      const decoded = openaiChat.decodeRequest(request);
      const { body, dropped } = anthropicMessages.encodeRequest({ ...decoded, model: "claude-sonnet-4-5" });
      const expected = [
        ...(decoded.responseFormat?.type === "json_object" ? ["response_format"] : []),
        ...("web_search_options" in request ? ["web_search_options"] : []),
      ];
      assertEquals(dropped, expected, name);
      assertEquals(Array.isArray(body.messages) && body.messages.length > 0, true, name);
      anthropicMessages.decodeRequest(body);
    }
  },
});

Deno.test("thinking that Anthropic signed comes back to it through a chat client", () => {
  const thinking = { type: "thinking", thinking: "Hm.", signature: "sig" };
  const call = { type: "tool_use", id: "t", name: "f", input: {} };
  const answer = anthropicMessages.decodeResponse({ id: "1", model: "m", content: [thinking, call] });
  const shown = JSON.parse(JSON.stringify(openaiChat.encodeResponse(answer, context)));
  const next = openaiChat.decodeRequest({
    model: "claude-sonnet-4-5",
    messages: [shown.choices[0].message, { role: "tool", tool_call_id: "t", content: "1" }],
  });
  const { body } = anthropicMessages.encodeRequest(next);
  assertEquals(JSON.parse(JSON.stringify(body.messages))[0], {
    role: "assistant",
    content: [thinking, call],
  });
});
