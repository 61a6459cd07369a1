import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import type { ChatResponse, JsonObject, StreamEvent } from "../../../lib/wire/canonical.ts";
import { type Codec, type EncodeContext, EventKind } from "../../../lib/wire/codec.ts";
import type { WireEvent } from "../../../lib/wire/framing.ts";
import { ollamaChat } from "../../../lib/wire/ollama_chat.ts";
import { ollamaGenerate } from "../../../lib/wire/ollama_generate.ts";
import { fixtureEvents, fixtureJson } from "../../fixtures/fixture.ts";
import { assemble, gist } from "../assemble.ts";

const context: EncodeContext = { id: "id", model: "asked", created: 1, request: {}, includeUsage: false };

function decode(codec: Codec, events: readonly WireEvent[]): StreamEvent[] {
  const decoder = codec.eventDecoder();
  return events.flatMap((event) => decoder.push(event));
}

function encode(codec: Codec, events: readonly StreamEvent[]): JsonObject[] {
  const encoder = codec.eventEncoder(context);
  return events.map((event) => encoder.push(event)).join("").split("\n").filter(Boolean)
    .map((line) => JSON.parse(line));
}

function line(fields: JsonObject): WireEvent {
  return { type: "", data: JSON.stringify(fields), raw: new Uint8Array() };
}

const CREATED = Date.UTC(2026, 0, 12, 14, 13, 43) / 1000;
const NAMES = ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"];

Deno.test("Ollama's whole chat answer, with usage and times, and back", () => {
  const body = fixtureJson("ollama/chat.json");
  const answer = ollamaChat.decodeResponse(body);
  assertEquals<ChatResponse>(answer, {
    id: "",
    model: "llama3.2",
    created: CREATED,
    choices: [{
      index: 0,
      parts: [{ type: "text", text: "The sky is blue because of Rayleigh scattering." }],
      finishReason: "stop",
    }],
    usage: { input: 26, output: 298 },
    extensions: {
      format: "ollama_chat",
      fields: Object.fromEntries(NAMES.map((name) => [name, body[name] ?? 0])),
    },
  });
  const back = ollamaChat.encodeResponse(answer, { ...context, model: "llama3.2", created: CREATED });
  assertEquals(back, { ...body, created_at: "2026-01-12T14:13:43.000Z" });
});

Deno.test("Ollama's calls have objects for arguments, and the answer ends with calls", () => {
  const answer = ollamaChat.decodeResponse(fixtureJson("ollama/chat_tool_call.json"));
  assertEquals(gist(answer).choices[0]?.calls, [
    { id: "call_a1", name: "get_weather", arguments: '{"city":"Paris"}' },
    { id: "call_a2", name: "get_weather", arguments: '{"city":"Rome"}' },
  ]);
  assertEquals(answer.choices[0]?.finishReason, "tool_calls");
  const { message, done_reason } = ollamaChat.encodeResponse(answer, context);
  assertEquals<unknown>([message, done_reason], [fixtureJson("ollama/chat_tool_call.json").message, "stop"]);
});

Deno.test("Ollama's stream says the same as a whole answer would, and back", () => {
  const lines = fixtureEvents("ollama/chat_stream.ndjson", ollamaChat.framing);
  const events = decode(ollamaChat, lines);
  const answer = assemble(events);
  assertEquals(gist(answer), {
    choices: [{
      text: "The sky",
      reasoning: "The user asks.",
      refusal: "",
      calls: [],
      finishReason: "stop",
    }],
    usage: { input: 26, output: 282, cached: 0, cacheCreation: 0, reasoning: 0 },
  });
  const expected = lines.map(({ data }): JsonObject => JSON.parse(data)).map((each) => ({
    ...each,
    model: "asked",
    created_at: "1970-01-01T00:00:01.000Z",
  }));
  assertEquals<unknown>(encode(ollamaChat, events), expected);
});

Deno.test("Ollama's streamed call gets an id where it has none", () => {
  const answer = assemble(
    decode(ollamaChat, fixtureEvents("ollama/chat_stream_tool_call.ndjson", ollamaChat.framing)),
  );
  const [call] = gist(answer).choices[0]?.calls ?? [];
  assertEquals([call?.name, call?.arguments, call?.id.startsWith("call_")], [
    "get_weather",
    '{"city":"Tokyo"}',
    true,
  ]);
  assertEquals(answer.choices[0]?.finishReason, "tool_calls");
});

Deno.test("Ollama's answer to a prompt, whole and streamed", () => {
  const body = fixtureJson("ollama/generate.json");
  const answer = ollamaGenerate.decodeResponse(body);
  assertEquals([gist(answer).choices[0]?.text, answer.choices[0]?.finishReason], [
    "The sky is blue.",
    "length",
  ]);
  const back = ollamaGenerate.encodeResponse(answer, { ...context, model: "llama3.2" });
  assertEquals(back, { ...body, created_at: "1970-01-01T00:00:01.000Z" });
  const lines = fixtureEvents("ollama/generate_stream.ndjson", ollamaGenerate.framing);
  const events = decode(ollamaGenerate, lines);
  assertEquals(gist(assemble(events)).choices[0]?.text, "The sky");
  assertEquals(
    encode(ollamaGenerate, events).map(({ response, done }) => [response, done]),
    [["The", false], [" sky", false], ["", true]],
  );
});

for (
  const [codec, name] of [
    [ollamaChat, "chat_stream"],
    [ollamaChat, "chat_stream_tool_call"],
    [ollamaGenerate, "generate_stream"],
  ] as const
) {
  Deno.test(`the observer of ${name} sees content, the end and what the decoder sees`, () => {
    const lines = fixtureEvents(`ollama/${name}.ndjson`, codec.framing);
    const observer = codec.streamObserver();
    const kinds = lines.map((each) => observer.push(each));
    assertEquals(kinds, lines.map((_, i) => i < lines.length - 1 ? EventKind.Content : EventKind.Terminal));
    const answer = assemble(decode(codec, lines));
    assertEquals(observer.observed.usage, answer.usage ?? null);
    assertEquals([observer.observed.finishReason, observer.observed.model], [
      answer.choices[0]?.finishReason,
      answer.model,
    ]);
  });
}

Deno.test("a whole answer of Ollama's is observed as it is decoded", () => {
  for (const name of ["chat", "chat_tool_call", "generate"]) {
    const body = fixtureJson(`ollama/${name}.json`);
    const answer = (name === "generate" ? ollamaGenerate : ollamaChat).decodeResponse(body);
    const { model, finishReason, usage, error } = ollamaChat.observeResponse(body);
    assertEquals<unknown>([model, finishReason, usage, error], [
      answer.model,
      answer.choices[0]?.finishReason,
      answer.usage,
      null,
    ]);
  }
});

Deno.test("Ollama's error in the middle of a stream ends it", () => {
  const lines = fixtureEvents("ollama/chat_stream_error.ndjson", ollamaChat.framing);
  const last = decode(ollamaChat, lines).at(-1);
  const error = { code: "upstream_error", message: "an error was encountered while running the model" };
  assertEquals(last, { type: "error", ...error });
  const observer = ollamaChat.streamObserver();
  assertEquals(lines.map((each) => observer.push(each)), [EventKind.Content, EventKind.Error]);
  assertEquals(observer.observed.error, error);
  assertEquals(encode(ollamaChat, [{ type: "error", ...error }]), [{ error: error.message }]);
  assertEquals(ollamaChat.observeResponse(fixtureJson("ollama/error.json")).error, {
    code: "upstream_error",
    message: 'model "llama9" not found, try pulling it first',
  });
});

Deno.test("a line that is no JSON object, or not one of an answer, is an error event", () => {
  for (
    const data of ["nonsense", "[1]", "null", '{"message":1}', '{"message":{"content":[]}}', '{"done":"x"}']
  ) {
    const events = ollamaChat.eventDecoder().push({ type: "", data, raw: new Uint8Array() });
    const error = events.at(-1);
    assertEquals(error?.type === "error" && error.code, "upstream_invalid_response", data);
  }
});

Deno.test("nothing comes after the end", () => {
  const decoder = ollamaChat.eventDecoder();
  decoder.push(line({ model: "m", message: { content: "a" }, done: true }));
  assertEquals(decoder.push(line({ model: "m", message: { content: "late" }, done: false })), []);
});

Deno.test("calls whose arguments come in pieces, side by side, are told whole", () => {
  const call = (part: number, name: string): StreamEvent => ({
    type: "part_start",
    choice: 0,
    part,
    value: { type: "tool_call", id: `c${part}`, name, arguments: "" },
  });
  const delta = (part: number, text: string): StreamEvent => ({
    type: "arguments_delta",
    choice: 0,
    part,
    text,
  });
  const lines = encode(ollamaChat, [
    { type: "start", id: "1", model: "m" },
    call(0, "f"),
    call(1, "g"),
    delta(0, '{"a"'),
    delta(1, '{"b":'),
    delta(0, ":1}"),
    delta(1, "2}"),
    { type: "part_end", choice: 0, part: 0 },
    { type: "finish", choice: 0, reason: "tool_calls" },
    { type: "finish", choice: 1, reason: "length" },
    { type: "end" },
  ]);
  assertEquals<unknown>(lines.map(({ message, done }) => [(message as JsonObject).tool_calls, done]), [
    [[{ id: "c0", function: { index: 0, name: "f", arguments: { a: 1 } } }], false],
    [[{ id: "c1", function: { index: 1, name: "g", arguments: { b: 2 } } }], false],
    [undefined, true],
  ]);
  assertEquals(lines.at(-1)?.done_reason, "stop");
});

Deno.test("an answer that is none is refused", () => {
  for (const body of [{}, { message: "x" }, { message: { content: 1 } }, { response: 1 }] as JsonObject[]) {
    const error = assertThrows(() => ollamaChat.decodeResponse(body), GatewayError);
    assertEquals(error.code, "upstream_invalid_response");
  }
});
