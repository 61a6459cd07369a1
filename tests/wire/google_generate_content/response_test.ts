import { assert, assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import type { ChatResponse, JsonObject, StreamEvent } from "../../../lib/wire/canonical.ts";
import { type Codec, type EncodeContext, EventKind } from "../../../lib/wire/codec.ts";
import { googleGenerateContent as codec } from "../../../lib/wire/google_generate_content.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { openaiResponses } from "../../../lib/wire/openai_responses.ts";
import { assemble } from "../assemble.ts";
import { sseEvent, sseEvents } from "../recordings.ts";

const context: EncodeContext = { id: "id", model: "m", created: 1, request: {}, includeUsage: true };

function answer(candidate: JsonObject, fields: JsonObject = {}): JsonObject {
  return { candidates: [{ index: 0, ...candidate }], modelVersion: "gemini", responseId: "r", ...fields };
}

function content(...parts: JsonObject[]): JsonObject {
  return { content: { role: "model", parts } };
}

function stream(...bodies: JsonObject[]): StreamEvent[] {
  const decoder = codec.eventDecoder();
  return [...bodies.flatMap((body) => decoder.push(sseEvent(body))), ...(decoder.bodyEnded?.() ?? [])];
}

/** A stream of a provider in one format as a client of another sees it. */
function through(to: Codec, events: readonly StreamEvent[]) {
  const encoder = to.eventEncoder(context);
  return sseEvents(events.map((event) => encoder.push(event)).join(""));
}

Deno.test("every finish reason has its meaning, and its own word on the way back", () => {
  const cases: [string, string][] = [
    ["STOP", "stop"],
    ["MAX_TOKENS", "length"],
    ["SAFETY", "content_filter"],
    ["RECITATION", "content_filter"],
    ["PROHIBITED_CONTENT", "content_filter"],
    ["SPII", "content_filter"],
    ["BLOCKLIST", "content_filter"],
    ["IMAGE_SAFETY", "content_filter"],
    ["MALFORMED_FUNCTION_CALL", "error"],
    ["OTHER", "error"],
    ["SOMETHING_NEW", "stop"],
  ];
  for (const [raw, reason] of cases) {
    const body = answer({ ...content({ text: "x" }), finishReason: raw });
    const decoded = codec.decodeResponse(body);
    assertEquals(decoded.choices[0]?.finishReason, reason, raw);
    assertEquals(codec.observeResponse(body).finishReason, reason, raw);
    const [finish] = stream(body).filter((event) => event.type === "finish");
    assertEquals(finish?.type === "finish" && finish.reason, reason, raw);
    const { candidates } = codec.encodeResponse(decoded, context) as { candidates: JsonObject[] };
    assertEquals(candidates[0]?.finishReason, raw);
  }
});

Deno.test("an answer with calls ends with them", () => {
  const body = answer({ ...content({ functionCall: { name: "f", args: { a: 1 } } }), finishReason: "STOP" });
  const [choice] = codec.decodeResponse(body).choices;
  assertEquals(choice?.finishReason, "tool_calls");
  const [call] = choice?.parts ?? [];
  assert(
    call?.type === "tool_call" && /^call_[0-9a-f]{32}$/.test(call.id),
    "Gemini gives no ids: one is made",
  );
  assertEquals(codec.observeResponse(body).finishReason, "tool_calls");
});

Deno.test("usage: input with what is cached and what tools added, output with thoughts", () => {
  const usageMetadata = {
    promptTokenCount: 100,
    cachedContentTokenCount: 60,
    toolUsePromptTokenCount: 10,
    candidatesTokenCount: 20,
    thoughtsTokenCount: 30,
    totalTokenCount: 160,
  };
  const { extensions: _, ...usage } =
    codec.decodeResponse(answer(content({ text: "x" }), { usageMetadata })).usage ?? {};
  assertEquals(usage, { input: 110, output: 50, cached: 60, reasoning: 30 });
  const { usageMetadata: encoded } = codec.encodeResponse({
    id: "",
    model: "",
    choices: [],
    usage: { input: 110, output: 50, cached: 60, reasoning: 30 },
  }, context);
  assertEquals<unknown>(encoded, {
    promptTokenCount: 110,
    candidatesTokenCount: 20,
    totalTokenCount: 160,
    cachedContentTokenCount: 60,
    thoughtsTokenCount: 30,
  });
});

Deno.test("a blocked prompt is an answer that was filtered before it began", () => {
  const body = {
    promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
    usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 },
    modelVersion: "gemini",
    responseId: "r",
  };
  const decoded = codec.decodeResponse(body);
  assertEquals(decoded.choices, [{ index: 0, parts: [], finishReason: "content_filter" }]);
  assertEquals(openaiChat.encodeResponse(decoded, context).choices, [{
    index: 0,
    message: { role: "assistant", content: "", refusal: null },
    logprobs: null,
    finish_reason: "content_filter",
  }] as JsonObject[]);
  const events = stream(body);
  assertEquals(events.map(({ type }) => type), ["start", "finish", "usage", "end"]);
  const observer = codec.streamObserver();
  assertEquals([observer.push(sseEvent(body)), observer.bodyEnded?.()], [
    EventKind.Content,
    EventKind.Terminal,
  ]);
  assertEquals(observer.observed.finishReason, "content_filter");
});

Deno.test("what is no answer is the provider's fault", () => {
  for (
    const body of [{}, { candidates: [] }, { candidates: [5] }, {
      candidates: [{ content: { parts: [{ text: 1 }] } }],
    }]
  ) {
    const error = assertThrows(() => codec.decodeResponse(body), GatewayError);
    assertEquals(error.code, "upstream_invalid_response");
  }
});

Deno.test("a stream that ends before its candidates did is not whole", () => {
  const piece = answer(content({ text: "Hel" }));
  const done = answer({ ...content({ text: "lo" }), finishReason: "STOP" });
  const other = { candidates: [{ index: 1, ...content({ text: "x" }) }] };
  const cases: [JsonObject[], boolean][] = [
    [[], false],
    [[piece], false],
    [[piece, done], true],
    [[piece, other, done], false],
    [[{ usageMetadata: { promptTokenCount: 3 } }], false],
  ];
  for (const [bodies, whole] of cases) {
    assertEquals(stream(...bodies).at(-1)?.type === "end", whole);
    const observer = codec.streamObserver();
    for (const body of bodies) observer.push(sseEvent(body));
    assertEquals(observer.bodyEnded?.() === EventKind.Terminal, whole);
  }
});

Deno.test("an error in a stream, and what is no JSON", () => {
  const error = { error: { code: 503, message: "Later.", status: "UNAVAILABLE" } };
  assertEquals(stream(answer(content({ text: "x" })), error).at(-1), {
    type: "error",
    code: "UNAVAILABLE",
    message: "Later.",
    status: 503,
  });
  const decoder = codec.eventDecoder();
  assertEquals(decoder.push(sseEvent("{broken"))[0]?.type, "error");
  assertEquals([decoder.push(sseEvent(answer({}))), decoder.bodyEnded?.()], [[], []]);
  const observer = codec.streamObserver();
  assertEquals(observer.push(sseEvent(error)), EventKind.Error);
  assertEquals(observer.observed.error, { code: "UNAVAILABLE", message: "Later.", status: 503 });
});

const SIGNED: JsonObject[] = [
  { text: "I think.", thought: true },
  { text: "I look." },
  { functionCall: { id: "c1", name: "look", args: { at: 1 } }, thoughtSignature: "c2ln" },
  { functionCall: { id: "c2", name: "look", args: {} } },
];

Deno.test("thoughts and signatures, whole and streamed alike", () => {
  const whole = codec.decodeResponse(answer({ ...content(...SIGNED), finishReason: "STOP" }));
  const signed = {
    type: "reasoning",
    text: "",
    signature: "c2ln",
    signatureFormat: "google_generate_content",
  };
  assertEquals<unknown>(whole.choices[0]?.parts, [
    { type: "reasoning", text: "I think." },
    { type: "text", text: "I look." },
    signed,
    { type: "tool_call", id: "c1", name: "look", arguments: '{"at":1}' },
    { type: "tool_call", id: "c2", name: "look", arguments: "{}" },
  ]);
  const pieces = SIGNED.map((part) => answer(content(part)));
  const streamed = assemble(stream(...pieces, answer({ ...content({ text: "" }), finishReason: "STOP" })));
  assertEquals(streamed.choices[0]?.parts, whole.choices[0]?.parts);
  // Thoughts right before a signed call are what was signed.
  const [joined] = codec.decodeResponse(answer(content(SIGNED[0] ?? {}, SIGNED[2] ?? {}))).choices;
  assertEquals<unknown>(joined?.parts[0], { ...signed, text: "I think." });
});

/** What each format's client hands back of an answer with its next turn, as a request in that format. */
const HAND_BACK: readonly [Codec, (shown: JsonObject) => JsonObject][] = [
  [codec, ({ candidates }) => ({ contents: [(candidates as JsonObject[])[0]?.content ?? {}] })],
  [openaiChat, ({ choices }) => ({ model: "m", messages: [(choices as JsonObject[])[0]?.message ?? {}] })],
  [openaiResponses, ({ output }) => ({ model: "m", input: output ?? [] })],
  [
    anthropicMessages,
    ({ content }) => ({
      model: "m",
      max_tokens: 5,
      messages: [{ role: "assistant", content: content ?? [] }],
    }),
  ],
];

for (const [client, next] of HAND_BACK) {
  Deno.test(`a signature comes back to Gemini on its call through ${client.format}`, () => {
    const decoded = codec.decodeResponse(answer({ ...content(...SIGNED.slice(1)), finishReason: "STOP" }));
    const shown = client.encodeResponse(decoded, context);
    const request = {
      ...client.decodeRequest(JSON.parse(JSON.stringify(next(shown)))),
      model: "gemini-3-pro",
    };
    const { body } = codec.encodeRequest(request);
    assertEquals<unknown>((body.contents as JsonObject[])[0]?.parts, SIGNED.slice(1));
  });

  Deno.test(`a signature comes back to Gemini on its call through ${client.format}'s stream`, () => {
    const pieces = SIGNED.slice(1).map((part) => answer(content(part)));
    const events = through(
      client,
      stream(...pieces, answer({ ...content({ text: "" }), finishReason: "STOP" })),
    );
    const decoder = client.eventDecoder();
    const seen = assemble([
      ...events.flatMap((event) => decoder.push(event)),
      ...(decoder.bodyEnded?.() ?? []),
    ]);
    const [choice] = seen.choices;
    const messages = [{ role: "assistant" as const, parts: choice?.parts ?? [] }];
    const { body } = codec.encodeRequest({ model: "gemini-3-pro", messages });
    assertEquals<unknown>((body.contents as JsonObject[])[0]?.parts, SIGNED.slice(1));
  });
}

Deno.test("what Anthropic signed comes back to it through a client of Google's", () => {
  const thinking = { type: "thinking", thinking: "Hm.", signature: "c2ln+/=" };
  const redacted = { type: "redacted_thinking", data: "eA==" };
  const call = { type: "tool_use", id: "t", name: "f", input: {} };
  const blocks = [thinking, redacted, call];
  const whole = anthropicMessages.decodeResponse({ id: "1", model: "m", content: blocks });
  const shown = JSON.parse(JSON.stringify(codec.encodeResponse(whole, context)));
  for (const part of shown.candidates[0].content.parts) {
    if (part.thoughtSignature !== undefined) atob(part.thoughtSignature);
  }
  const request = {
    ...codec.decodeRequest({ contents: [shown.candidates[0].content] }),
    model: "claude-sonnet-4-5",
  };
  const { body } = anthropicMessages.encodeRequest({ ...request, maxOutputTokens: 9 });
  assertEquals<unknown>(JSON.parse(JSON.stringify(body.messages))[0].content, blocks);
});

Deno.test("sources are annotations for every client", () => {
  const text = "Grüße: Berlin is big.";
  const groundingMetadata = {
    webSearchQueries: ["berlin"],
    groundingChunks: [{ web: { uri: "https://a.test", title: "A" } }],
    groundingSupports: [{
      segment: { startIndex: 9, endIndex: 23, text: "Berlin is big." },
      groundingChunkIndices: [0],
    }],
  };
  const body = answer({ ...content({ text }), finishReason: "STOP", groundingMetadata });
  const whole = codec.decodeResponse(body);
  const citation = { start_index: 7, end_index: 21, title: "A", url: "https://a.test" };
  const chat = openaiChat.encodeResponse(whole, context) as { choices: { message: JsonObject }[] };
  assertEquals<unknown>(chat.choices[0]?.message.annotations, [{
    type: "url_citation",
    url_citation: citation,
  }]);
  const streamed = through(
    openaiChat,
    stream(
      answer(content({ text: text.slice(0, 9) })),
      answer({ ...content({ text: text.slice(9) }), finishReason: "STOP", groundingMetadata }),
    ),
  );
  assert(streamed.some(({ data }) => data.includes('"url_citation":{"start_index":7,"end_index":21')));
  // And the other way: another provider's sources, in Google's place and its bytes.
  const { candidates } = codec.encodeResponse(
    openaiChat.decodeResponse(JSON.parse(JSON.stringify(chat))),
    context,
  ) as {
    candidates: JsonObject[];
  };
  const { webSearchQueries: _, ...expected } = groundingMetadata;
  assertEquals<unknown>(candidates[0]?.groundingMetadata, expected);
  assertEquals<unknown>(
    (codec.encodeResponse(whole, context) as { candidates: JsonObject[] }).candidates[0],
    body.candidates instanceof Array ? body.candidates[0] : null,
  );
});

Deno.test("log probabilities in OpenAI's shape and back", () => {
  const logprobsResult = {
    topCandidates: [{
      candidates: [{ token: "é", logProbability: -0.1 }, { token: "e", logProbability: -2 }],
    }],
    chosenCandidates: [{ token: "é", logProbability: -0.1 }],
  };
  const body = answer({ ...content({ text: "é" }), finishReason: "STOP", logprobsResult });
  const whole = codec.decodeResponse(body);
  assertEquals<unknown>(whole.choices[0]?.logprobs, {
    content: [{
      token: "é",
      logprob: -0.1,
      bytes: [195, 169],
      top_logprobs: [{ token: "é", logprob: -0.1, bytes: [195, 169] }, {
        token: "e",
        logprob: -2,
        bytes: [101],
      }],
    }],
    refusal: null,
  });
  const { candidates } = codec.encodeResponse(whole, context) as { candidates: JsonObject[] };
  assertEquals<unknown>(candidates[0]?.logprobsResult, logprobsResult);
});

Deno.test("a client's stream: pieces, calls whole, and the end with usage and reason", () => {
  const events: StreamEvent[] = [
    { type: "start", id: "x", model: "y" },
    { type: "part_start", choice: 0, part: 0, value: { type: "reasoning", text: "" } },
    { type: "reasoning_delta", choice: 0, part: 0, text: "Hm" },
    { type: "part_end", choice: 0, part: 0 },
    { type: "part_start", choice: 0, part: 1, value: { type: "text", text: "" } },
    { type: "text_delta", choice: 0, part: 1, text: "Hi" },
    { type: "part_end", choice: 0, part: 1 },
    {
      type: "part_start",
      choice: 0,
      part: 2,
      value: { type: "tool_call", id: "a", name: "f", arguments: "" },
    },
    {
      type: "part_start",
      choice: 0,
      part: 3,
      value: { type: "tool_call", id: "b", name: "g", arguments: "" },
    },
    { type: "arguments_delta", choice: 0, part: 3, text: "{}" },
    { type: "arguments_delta", choice: 0, part: 2, text: '{"x":' },
    { type: "arguments_delta", choice: 0, part: 2, text: "1}" },
    { type: "part_end", choice: 0, part: 2 },
    { type: "finish", choice: 0, reason: "tool_calls" },
    { type: "usage", usage: { input: 3, output: 4 } },
    { type: "ping" },
    { type: "end" },
    { type: "text_delta", choice: 0, part: 1, text: "late" },
  ];
  const tail = { modelVersion: "m", responseId: "id" };
  const piece = (part: JsonObject) => ({
    candidates: [{ content: { parts: [part], role: "model" }, index: 0 }],
    ...tail,
  });
  assertEquals(through(codec, events).map(({ data }) => JSON.parse(data)), [
    piece({ text: "Hm", thought: true }),
    piece({ text: "Hi" }),
    piece({ functionCall: { id: "a", name: "f", args: { x: 1 } } }),
    piece({ functionCall: { id: "b", name: "g", args: {} } }),
    {
      candidates: [{ content: { parts: [{ text: "" }], role: "model" }, finishReason: "STOP", index: 0 }],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4, totalTokenCount: 7 },
      ...tail,
    },
  ]);
});

Deno.test("an error event has Google's shape", () => {
  const error = new GatewayError("upstream_timeout", "Too slow.");
  const [event] = sseEvents(codec.encodeErrorEvent(error, 504, 3));
  assertEquals(JSON.parse(event?.data ?? "").error.status, "DEADLINE_EXCEEDED");
  const encoder = codec.eventEncoder(context);
  const [announced] = sseEvents(
    encoder.push({ type: "error", code: "overloaded_error", message: "Later.", status: 529 }),
  );
  assertEquals(JSON.parse(announced?.data ?? "").error.code, 529);
  assertEquals(encoder.push({ type: "end" }), "");
});

Deno.test("images in an answer are shown to Google's clients", () => {
  const image: ChatResponse = {
    id: "",
    model: "",
    choices: [{
      index: 0,
      parts: [{ type: "image", data: "AAAA", mediaType: "image/png" }],
      finishReason: "stop",
    }],
  };
  const body = codec.encodeResponse(image, context) as { candidates: JsonObject[] };
  assertEquals<unknown>(body.candidates[0]?.content, {
    parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }],
    role: "model",
  });
  assertEquals(codec.decodeResponse(body).choices[0]?.parts, image.choices[0]?.parts);
});

Deno.test("images that Gemini made reach chat's clients where these look for them, and come back", () => {
  const image = { inlineData: { mimeType: "image/png", data: "AAAA" } };
  const body = answer({ ...content({ text: "Look:" }, image), finishReason: "STOP" });
  const entry = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
  const whole = codec.decodeResponse(body);
  const shown = openaiChat.encodeResponse(whole, context) as { choices: { message: JsonObject }[] };
  assertEquals<unknown>(shown.choices[0]?.message.images, [entry]);
  assertEquals(
    openaiChat.decodeResponse(JSON.parse(JSON.stringify(shown))).choices[0]?.parts,
    whole.choices[0]?.parts,
  );
  const chunks = through(openaiChat, stream(body));
  assert(chunks.some(({ data }) => data.includes(`"images":${JSON.stringify([entry])}`)));
  const decoder = openaiChat.eventDecoder();
  const streamed = assemble(chunks.flatMap((event) => decoder.push(event)));
  assertEquals(streamed.choices[0]?.parts, whole.choices[0]?.parts);
});

Deno.test("the prompt's count is told when a stream begins, where the first piece has it", () => {
  const usageMetadata = { promptTokenCount: 7, totalTokenCount: 7 };
  const [start] = stream(answer(content({ text: "x" }), { usageMetadata }));
  assertEquals(start?.type === "start" && start.usage?.input, 7);
  const [message] = through(anthropicMessages, stream(answer(content({ text: "x" }), { usageMetadata })));
  assertEquals(JSON.parse(message?.data ?? "").message.usage.input_tokens, 7);
});
