import { assert, assertEquals } from "@std/assert";
import { PassThrough } from "../../../lib/stages/upstream/translator.ts";
import { decodeErrorAnswer } from "../../../lib/providers/error_answer.ts";
import { eventsOf } from "../../../lib/wire/answers/events_of.ts";
import { usageIn } from "../../../lib/wire/answer_usage.ts";
import type { ChatResponse, JsonObject, JsonValue, StreamEvent } from "../../../lib/wire/canonical.ts";
import { type ClientCodec, type Codec, EventKind } from "../../../lib/wire/codec.ts";
import { observeEmbeddings, withVectorsAs } from "../../../lib/wire/embeddings/openai.ts";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import { joinBytes } from "../../../lib/wire/join_bytes.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { isObject } from "../../../lib/wire/shape.ts";
import { encodeSse, type SseEvent } from "../../../lib/wire/sse.ts";
import { assemble, gist } from "../assemble.ts";
import { sseEvents } from "../recordings.ts";
import type { RecordedAnswer } from "./files.ts";
import type { Kind } from "./table.ts";

/** Everything that has to hold for a recording. */
export function check(kind: Kind, answer: RecordedAnswer): void {
  switch (kind.is) {
    case "generation":
      if (answer.status !== 200) return checkRefusal(kind.codec, answer);
      if (answer.request !== null) checkRequest(kind.codec, answer.request);
      if (answer.body !== null) checkWhole(kind.codec, answer.body);
      else checkStreams(kind.codec, answer.events ?? [], kind.contradicts === true);
      return;
    case "client":
      return checkClient(kind.codec, answer);
    case "error":
      return answer.body !== null
        ? checkRefusal(kind.codec, answer)
        : checkFailed(kind.codec, answer.events ?? []);
    case "broken":
      return checkFailed(kind.codec, answer.events ?? []);
    case "embeddings":
      return checkEmbeddings(answer);
    case "rerank":
      // It passes through as it is; its units are no tokens.
      return assertEquals(usageIn(answer.body ?? {}), null);
  }
}

/** The formats that an answer is taken across: one that is not its own. */
function acrossOf(codec: Codec): Codec {
  return codec === openaiChat ? anthropicMessages : openaiChat;
}

/** Decoded and encoded nothing is lost; its observer and its stream say the same; so does another format. */
function checkWhole(codec: Codec, body: JsonObject): void {
  const answer = codec.decodeResponse(body);
  // The responses API shows what was asked for: its own answer tells it.
  const back = codec.encodeResponse(answer, { ...contextOf(codec, answer), request: body });
  assertHolds(back, body, "");
  const observed = codec.observeResponse(body);
  assertEquals<unknown>([observed.finishReason, observed.usage ?? undefined, observed.error], [
    answer.choices[0]?.finishReason ?? "",
    answer.usage,
    null,
  ]);
  // As a stream.
  assertEquals(said(assemble(throughStream(codec, eventsOf(answer)))), said(answer), "as a stream");
  // Across another format and back.
  const other = acrossOf(codec);
  const across = other.decodeResponse(other.encodeResponse(answer, contextOf(other, answer)));
  assertEquals(common(across), common(answer), `as ${other.format}`);
  const home = codec.decodeResponse(codec.encodeResponse(across, contextOf(codec, answer)));
  assertEquals(common(home), common(answer), `as ${other.format} and back`);
}

/** A file may hold the streams of several turns. */
function checkStreams(codec: Codec, lines: readonly string[], contradicts: boolean): void {
  const sent = sseOf(codec, lines);
  for (const size of [sent.length, 7]) assertEquals(passed(codec, sent, size), sent, `in pieces of ${size}`);
  for (const turn of turnsOf(codec, sseEvents(sent))) checkStream(codec, turn, contradicts);
}

/** @param contradicts its last event does not say what those before it said, as it was recorded. */
function checkStream(codec: Codec, events: readonly SseEvent[], contradicts: boolean): void {
  const decoded = decode(codec, events);
  assertEquals(decoded.at(-1)?.type, "end");
  const answer = assemble(decoded);
  assert(answer.choices.length > 0, "nothing was said");
  const observer = codec.streamObserver();
  const kinds = events.map((event) => observer.push(event));
  const last = kinds.includes(EventKind.Terminal) ? EventKind.Terminal : observer.bodyEnded?.();
  assertEquals(last, EventKind.Terminal);
  const { observed } = observer;
  assertEquals<unknown>([observed.finishReason, observed.usage ?? undefined, observed.error], [
    answer.choices[0]?.finishReason ?? "",
    answer.usage,
    null,
  ]);
  // What its last event, or what is kept of it, says as a whole answer.
  if (observed.final !== null && !contradicts) {
    assertEquals(said(codec.decodeResponse(observed.final)), said(answer), "whole");
  }
  // Shown again, and as a whole answer.
  assertEquals(said(assemble(throughStream(codec, decoded))), said(answer), "shown again");
  const whole = codec.decodeResponse(codec.encodeResponse(answer, contextOf(codec, answer)));
  assertEquals(said(whole), said(answer), "as a whole");
  // Across another format and back.
  const other = acrossOf(codec);
  const across = throughStream(other, decoded);
  assertEquals(common(assemble(across)), common(answer), `as ${other.format}`);
  const home = throughStream(codec, across);
  assertEquals(common(assemble(home)), common(answer), `as ${other.format} and back`);
}

/** A request is what it was, in whatever spelling the format has for it. */
function checkRequest(codec: Codec, request: JsonObject): void {
  const { body, dropped } = codec.encodeRequest(codec.decodeRequest(request));
  assertEquals([...dropped], []);
  assertEquals<unknown>(codec.decodeRequest(body), codec.decodeRequest(request));
}

/** What passes through for its own clients and is never turned into another format. */
function checkClient(codec: ClientCodec, answer: RecordedAnswer): void {
  if (answer.status !== 200) return checkRefusal(codec, answer);
  if (answer.body !== null) {
    const observed = codec.observeResponse(answer.body);
    assert(observed.usage !== null && observed.finishReason !== "" && observed.error === null);
    return;
  }
  const sent = sseOf(codec, answer.events ?? []);
  for (const size of [sent.length, 7]) assertEquals(passed(codec, sent, size), sent, `in pieces of ${size}`);
  const observer = codec.streamObserver();
  for (const event of sseEvents(sent)) observer.push(event);
  assert(observer.observed.finishReason !== "" && observer.observed.error === null);
}

/** What the provider said is told to whoever can mend it. */
function checkRefusal(codec: ClientCodec, { body, status }: RecordedAnswer): void {
  const said = body?.error;
  if (!isObject(said) || typeof said.message !== "string") throw new Error("There is no error in it");
  assertEquals(codec.observeResponse(body ?? {}).error?.message, said.message);
  const error = decodeErrorAnswer({
    provider: "p",
    status,
    headers: { get: () => null, entries: () => [] },
    body: new TextEncoder().encode(JSON.stringify(body)),
    secrets: [],
    wall: 0,
  });
  assertEquals([error.status, error.message, error.param], [status, said.message, said.param ?? null]);
}

/** An error is seen in it, by who decodes it and by who watches it pass. */
function checkFailed(codec: ClientCodec, lines: readonly string[]): void {
  const observer = codec.streamObserver();
  const kinds = sseEvents(sseOf(codec, lines)).map((event) => observer.push(event));
  assert(kinds.includes(EventKind.Error), "no error was noticed");
  assert((observer.observed.error?.message ?? "") !== "");
}

function checkEmbeddings({ body, status, request }: RecordedAnswer): void {
  const observed = observeEmbeddings(body ?? {});
  if (status !== 200) return assert(observed.error !== null);
  assert((observed.usage?.input ?? 0) > 0 && observed.model !== "");
  const asked = request?.encoding_format === "base64" ? "base64" : "float";
  assertEquals(withVectorsAs(body ?? {}, asked), null, "it is as it was asked for");
  const turned = withVectorsAs(body ?? {}, asked === "float" ? "base64" : "float");
  assertEquals(observeEmbeddings(turned ?? {}).usage, observed.usage);
}

function contextOf(codec: ClientCodec, { id, model, created = 1 }: ChatResponse) {
  return { id: id === "" ? codec.newId() : id, model, created, request: {}, includeUsage: true };
}

function decode(codec: Codec, events: readonly SseEvent[]): StreamEvent[] {
  const decoder = codec.eventDecoder();
  return [...events.flatMap((event) => decoder.push(event)), ...decoder.bodyEnded?.() ?? []];
}

/** What a client of a format is shown of a stream, read again. */
function throughStream(codec: Codec, events: readonly StreamEvent[]): StreamEvent[] {
  const encoder = codec.eventEncoder({ ...contextOf(codec, assemble(events)) });
  return decode(codec, sseEvents(events.map((event) => encoder.push(event)).join("")));
}

/** The recorded data as the events that their provider sends. */
function sseOf(codec: ClientCodec, lines: readonly string[]): string {
  const unnamed = ["openai_chat", "completions", "google_generate_content"].includes(codec.format);
  const text = lines.map((line) => encodeSse(line, unnamed ? "" : nameOf(line))).join("");
  const ends = codec.format === "openai_chat" || codec.format === "completions";
  // Recorders left it out, save those of HTTP.
  return ends && lines.at(-1) !== "[DONE]" ? `${text}data: [DONE]\n\n` : text + (codec.streamTail ?? "");
}

/** The name of an event stands in its data as well; what is no JSON has none. */
function nameOf(line: string): string {
  try {
    const event = JSON.parse(line);
    const name = event.event_type ?? event.type;
    return typeof name === "string" ? name : "";
  } catch {
    return "";
  }
}

function turnsOf(codec: Codec, events: readonly SseEvent[]): SseEvent[][] {
  const turns: SseEvent[][] = [];
  let observer = codec.streamObserver();
  let turn: SseEvent[] = [];
  for (const event of events) {
    turn.push(event);
    if (observer.push(event) !== EventKind.Terminal) continue;
    turns.push(turn);
    turn = [];
    observer = codec.streamObserver();
  }
  // A format whose streams end with their body; or what stands behind the end.
  if (turns.length === 0) turns.push(turn);
  return turns;
}

/** What goes to a client of the same format, of a body that comes in pieces. */
function passed(codec: ClientCodec, sent: string, size: number): string {
  const tail = codec.streamTail === undefined ? null : codec.framing.bytes(codec.streamTail);
  const create = () => new PassThrough(codec.streamObserver(), false, null, tail);
  const parts: Uint8Array[] = [];
  let translator = create();
  let over = false;
  const flush = () => parts.push(translator.take() ?? new Uint8Array());
  const parser = codec.framing.parser((event) => {
    // The codec's own tail stands for it.
    if (over && tail !== null && event.data === "[DONE]") return;
    over = translator.push(event) === EventKind.Terminal;
    if (!over) return;
    flush();
    parts.push(translator.end());
    translator = create();
  }, {});
  const bytes = new TextEncoder().encode(sent);
  for (let at = 0; at < bytes.length; at += size) {
    parser.push(bytes.subarray(at, at + size));
    flush();
  }
  return new TextDecoder().decode(joinBytes(parts));
}

/** What an answer consists of, in order, neighbours of one kind as one. */
export function kindsIn(codec: Codec, { body, events }: RecordedAnswer): string[] {
  const [turn = []] = turnsOf(codec, sseEvents(sseOf(codec, events ?? [])));
  const answer = body !== null ? codec.decodeResponse(body) : assemble(decode(codec, turn));
  const kinds = (answer.choices[0]?.parts ?? []).map((part) => part.type);
  return kinds.filter((kind, index) => kind !== kinds[index - 1]);
}

/** What was said, arguments as the values that they are. */
function said(answer: ChatResponse) {
  const { choices, usage } = gist(answer);
  return {
    usage,
    choices: choices.map(({ calls, reasoning, ...choice }) => ({
      ...choice,
      reasoning: reasoning.replaceAll(/\s+/g, ""),
      calls: calls.map((call) => ({ ...call, arguments: valueOf(call.arguments) })),
    })),
  };
}

/** The same as far as every format can say it: reasons in the words that all have. */
function common(answer: ChatResponse) {
  const { usage, choices } = said(answer);
  return {
    // One that was not told is none in formats that have to tell one.
    usage: { input: usage?.input ?? 0, output: usage?.output ?? 0 },
    choices: choices.map(({ text, refusal, calls, finishReason }) => ({
      // Some have no refusals: they are said as texts.
      text: text + refusal,
      calls,
      finishReason: calls.length > 0 ? "tool_calls" : REASONS[finishReason] ?? finishReason,
    })),
  };
}

const REASONS: Readonly<Record<string, string>> = { refusal: "content_filter", pause: "stop", error: "stop" };

function valueOf(text: string): JsonValue {
  try {
    return JSON.parse(text || "{}");
  } catch {
    return text;
  }
}

/** Every field of `part` that says something stands in `whole`. @param path where they are. */
function assertHolds(whole: JsonValue | undefined, part: JsonValue, path: string): void {
  if (saysNothing(part)) return;
  if (Array.isArray(part)) {
    if (!Array.isArray(whole) || whole.length !== part.length) throw new Error(`${path} is lost`);
    for (const [index, each] of part.entries()) assertHolds(whole[index], each, `${path}[${index}]`);
  } else if (isObject(part)) {
    if (!isObject(whole)) throw new Error(`${path} is lost`);
    for (const [key, value] of Object.entries(part)) {
      if (isNoise(path, key, value)) continue;
      assertHolds(whole[ALIASES[key] ?? key] ?? whole[key], value, `${path}.${key}`);
    }
  } else {
    assertEquals(whole, part, `${path} is another`);
  }
}

/** Two names of one field, of which the first is written. */
const ALIASES: Readonly<Record<string, string>> = { reasoning: "reasoning_content" };

/** Fields that say nothing where they stand: a stream's index in a whole answer, a call's arguments that are none. */
function isNoise(path: string, key: string, value: JsonValue): boolean {
  return (key === "index" && /\.tool_calls\[\d+\]$/.test(path)) || (key === "arguments" && value === "null");
}

function saysNothing(value: JsonValue): boolean {
  return value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
}
