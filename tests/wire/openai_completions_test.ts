/** Completions of plain text: what is passed through is watched, and chat answers what it can. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import type { ChatResponse, JsonObject, StreamEvent } from "../../lib/wire/canonical.ts";
import { type EncodeContext, EventKind } from "../../lib/wire/codec.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";
import { openaiCompletions } from "../../lib/wire/openai_completions.ts";
import { CompletionStreamObserver } from "../../lib/wire/openai_completions/observe.ts";
import { type SseEvent, SseParser } from "../../lib/wire/sse.ts";
import { needsOpenaiSchema, validator } from "./openai_schema.ts";
import { exchanges, recordings } from "./recordings.ts";
import { needsRecordings } from "./shared.ts";

function context(request: JsonObject = {}): EncodeContext {
  const options = request["stream_options"] as JsonObject | undefined;
  const includeUsage = options?.["include_usage"] === true;
  return { id: "cmpl-1", model: "asked", created: 1, request, includeUsage };
}

function eventsOf(text: string): SseEvent[] {
  const events: SseEvent[] = [];
  const parser = new SseParser((event) => events.push(event));
  parser.push(new TextEncoder().encode(text));
  parser.end();
  return events;
}

const READ: readonly [body: JsonObject, expected: JsonObject][] = [
  [{ prompt: "a" }, {}],
  [{ prompt: ["a"] }, {}],
  [{ prompt: "a", max_tokens: 3, temperature: 0, top_p: 1 }, { maxOutputTokens: 3, temperature: 0, topP: 1 }],
  [{ prompt: "a", stop: "x" }, { stop: ["x"] }],
  [{ prompt: "a", stop: ["x", "y"], seed: 1, n: 2 }, { stop: ["x", "y"], seed: 1, n: 2 }],
  [{ prompt: "a", logprobs: 0 }, { logprobs: true, topLogprobs: 0 }],
  [{ prompt: "a", logprobs: 3, user: "u" }, { logprobs: true, topLogprobs: 3, user: "u" }],
  [{ prompt: "a", stream: true, stream_options: { include_usage: true } }, {
    stream: true,
    includeUsage: true,
  }],
  [{ prompt: "a", suffix: "", best_of: 1, echo: true }, {}],
  [{ prompt: "a", suffix: null, echo: null }, {}],
];

for (const [body, expected] of READ) {
  Deno.test(`completions as chat: ${JSON.stringify(body)}`, () => {
    assertEquals(openaiCompletions.decodeRequest({ model: "m", ...body }) as unknown, {
      model: "m",
      messages: [{ role: "user", parts: [{ type: "text", text: "a" }] }],
      ...expected,
    });
  });
}

Deno.test("what chat cannot be told of completions is named as dropped", () => {
  const request = openaiCompletions.decodeRequest({
    model: "m",
    prompt: "a",
    n: 2,
    best_of: 3,
    use_beam_search: true,
  });
  assertEquals(openaiChat.encodeRequest(request).dropped, ["best_of", "use_beam_search"]);
});

const REFUSED: readonly [body: JsonObject, param: string, code: string][] = [
  [{}, "prompt", "invalid_request"],
  [{ prompt: 1 }, "prompt", "invalid_request"],
  [{ prompt: [] }, "prompt", "invalid_request"],
  [{ prompt: ["a", 1] }, "prompt", "invalid_request"],
  [{ prompt: ["a", "b"] }, "prompt", "unsupported_parameter"],
  [{ prompt: [1, 2] }, "prompt", "unsupported_parameter"],
  [{ prompt: [[1], [2]] }, "prompt", "unsupported_parameter"],
  [{ prompt: "a", suffix: "b" }, "suffix", "unsupported_parameter"],
  [{ prompt: "a", echo: 1 }, "echo", "invalid_request"],
  [{ prompt: "a", max_tokens: "1" }, "max_tokens", "invalid_request"],
];

for (const [body, param, code] of REFUSED) {
  Deno.test(`completions that chat cannot answer: ${JSON.stringify(body)}`, () => {
    const error = assertThrows(() => openaiCompletions.decodeRequest({ model: "m", ...body }), GatewayError);
    assertEquals([error.code, error.param, error.status], [code, param, 400]);
  });
}

const ANSWER: ChatResponse = {
  id: "x",
  model: "up",
  choices: [{
    index: 0,
    parts: [{ type: "reasoning", text: "hm" }, { type: "text", text: "Hello" }],
    finishReason: "length",
    logprobs: {
      content: [
        {
          token: "Hel",
          logprob: -0.5,
          bytes: [],
          top_logprobs: [{ token: "Hel", logprob: -0.5, bytes: [] }],
        },
        { token: "lo", logprob: -1, bytes: [], top_logprobs: [] },
      ],
    },
  }, { index: 1, parts: [{ type: "refusal", text: "No." }], finishReason: "refusal" }],
  usage: { input: 3, output: 5, cached: 1 },
};

Deno.test({
  name: "an answer of chat as completions, which OpenAI's schema describes",
  ...needsOpenaiSchema(),
  fn() {
    const body = openaiCompletions.encodeResponse(ANSWER, context({ prompt: "Say: ", echo: true }));
    assertEquals(validator("CreateCompletionResponse")(body), []);
    assertEquals(body["choices"], [{
      text: "Say: Hello",
      index: 0,
      logprobs: {
        tokens: ["Hel", "lo"],
        token_logprobs: [-0.5, -1],
        top_logprobs: [{ Hel: -0.5 }, {}],
        text_offset: [5, 8],
      },
      finish_reason: "length",
    }, { text: "Say: No.", index: 1, logprobs: null, finish_reason: "content_filter" }]);
    assertEquals([body["model"], body["object"]], ["asked", "text_completion"]);
    const { usage } = openaiCompletions.observeResponse(body);
    assertEquals([usage?.input, usage?.output, usage?.cached], [3, 5, 1]);
  },
});

const STREAM: readonly StreamEvent[] = [
  { type: "start", id: "x", model: "up" },
  { type: "part_start", choice: 0, part: 0, value: { type: "reasoning", text: "" } },
  { type: "reasoning_delta", choice: 0, part: 0, text: "hm" },
  { type: "part_end", choice: 0, part: 0 },
  { type: "part_start", choice: 0, part: 1, value: { type: "text", text: "" } },
  { type: "text_delta", choice: 0, part: 1, text: "Hel" },
  { type: "text_delta", choice: 0, part: 1, text: "lo" },
  { type: "part_end", choice: 0, part: 1 },
  { type: "finish", choice: 0, reason: "stop" },
  { type: "usage", usage: { input: 3, output: 5 } },
  { type: "end" },
];

function encoded(request: JsonObject): SseEvent[] {
  const encoder = openaiCompletions.eventEncoder(context(request));
  return eventsOf(STREAM.map((event) => encoder.push(event)).join(""));
}

function textsOf(events: readonly SseEvent[]): unknown[] {
  return events.filter((event) => event.data !== "[DONE]").map((event) => {
    const [choice] = JSON.parse(event.data).choices;
    return choice === undefined ? "usage" : [choice.text, choice.finish_reason];
  });
}

Deno.test("a stream of chat as completions: text, its end, and usage where it was asked for", () => {
  const plain = encoded({ prompt: "a" });
  assertEquals(textsOf(plain), [["Hel", null], ["lo", null], ["", "stop"]]);
  assertEquals(plain.at(-1)?.data, "[DONE]");
  assert(plain.every((event) => !event.data.includes("usage")));
  const asked = encoded({ prompt: "Say: ", echo: true, stream_options: { include_usage: true } });
  assertEquals(textsOf(asked), [["Say: ", null], ["Hel", null], ["lo", null], ["", "stop"], "usage"]);
});

Deno.test("the stream that is made of chat is read as it was meant", () => {
  const observer = new CompletionStreamObserver();
  const kinds = encoded({ prompt: "a", stream_options: { include_usage: true } }).map((event) =>
    observer.push(event)
  );
  const { Content, Usage, Terminal } = EventKind;
  assertEquals(kinds, [Content, Content, Content, Usage, Terminal]);
  const { usage, finishReason, responseId } = observer.observed;
  assertEquals([usage?.input, usage?.output, finishReason, responseId], [3, 5, "stop", "cmpl-1"]);
});

Deno.test("an error in a stream of completions is one", () => {
  const observer = new CompletionStreamObserver();
  const [event] = eventsOf('data: {"error":{"message":"no","type":"server_error"}}\n\n');
  assertEquals(event && observer.push(event), EventKind.Error);
  assertEquals(observer.observed.error?.message, "no");
  const broken = new CompletionStreamObserver();
  const [malformed] = eventsOf("data: {\n\n");
  assertEquals(malformed && broken.push(malformed), EventKind.Error);
});

Deno.test({
  name: "recorded completions, whole: tokens, reason and id are read, refusals are seen",
  ...needsRecordings,
  fn() {
    const bodies = [
      ...recordings("openai/completion").flatMap(({ body }) => body === null ? [] : [body]),
      ...exchanges("completion-").filter((it) => it.request["stream"] !== true && it.status === 200)
        .map((it): JsonObject => JSON.parse(it.response)),
    ];
    assert(bodies.length >= 4);
    for (const body of bodies) {
      const observed = openaiCompletions.observeResponse(body);
      assert((observed.usage?.output ?? 0) > 0 && observed.finishReason !== "", JSON.stringify(body));
      assert(observed.responseId.startsWith("cmpl-"));
    }
    for (const { response } of exchanges("completion-unknown")) {
      assert(openaiCompletions.observeResponse(JSON.parse(response)).error !== null);
    }
  },
});

Deno.test({
  name: "recorded completions, streamed: content is told from usage and the end",
  ...needsRecordings,
  fn() {
    for (const { name, request, response } of exchanges("completion-streaming")) {
      const observer = new CompletionStreamObserver();
      const kinds = eventsOf(response).map((event) => observer.push(event));
      assertEquals(kinds.at(-1), EventKind.Terminal, name);
      assertEquals(kinds[0], EventKind.Content, name);
      const asked = request["stream_options"] !== undefined;
      assertEquals(kinds.includes(EventKind.Usage), asked, name);
      assertEquals(observer.observed.usage !== null, asked, name);
      assert(observer.observed.finishReason !== "", name);
    }
    for (const { name, events } of recordings("openai/completion")) {
      if (events === null) continue;
      const observer = new CompletionStreamObserver();
      for (const event of events) observer.push(event);
      assert(observer.observed.finishReason !== "" && observer.observed.error === null, name);
    }
  },
});
