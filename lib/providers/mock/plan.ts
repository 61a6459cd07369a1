import type { Clock } from "../../clock.ts";
import type { JsonObject, JsonValue, WireFormat } from "../../wire/canonical.ts";
import type { IdSource } from "../../wire/ids.ts";
import { isObject } from "../../wire/shape.ts";
import { mockAnswer } from "./answer.ts";
import { anthropicMessages } from "./anthropic_messages.ts";
import { bedrockConverse } from "./bedrock_converse.ts";
import { type Behaviour, BehaviourError, parseBehaviour, splitModel } from "./behaviour.ts";
import { cohereChat } from "./cohere_chat.ts";
import { ollamaChat, ollamaGenerate } from "./ollama.ts";
import { googleGenerateContent } from "./google_generate_content.ts";
import { googleInteractions } from "./google_interactions.ts";
import { openaiChat } from "./openai_chat.ts";
import { openaiResponses } from "./openai_responses.ts";
import type { Shelf } from "./operations/shelf.ts";
import { missing, MockRefusal } from "./prompt.ts";
import type { MockError, MockEvent, MockRequest, MockWire } from "./wire.ts";

const WIRES: Readonly<Record<WireFormat, MockWire>> = {
  openai_chat: openaiChat,
  openai_responses: openaiResponses,
  anthropic_messages: anthropicMessages,
  cohere_chat: cohereChat,
  ollama_chat: ollamaChat,
  ollama_generate: ollamaGenerate,
  google_generate_content: googleGenerateContent,
  google_interactions: googleInteractions,
  bedrock_converse: bedrockConverse,
};

/** What the mock is, apart from a request. */
export interface MockSetting {
  readonly behaviour: Behaviour;
  /** Decides which requests fail. */
  readonly random: () => number;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly shelf: Shelf;
}

/** A part of an answer, and whether it waits for its turn in the pace of the stream. */
export interface PlannedChunk {
  readonly text: string | Uint8Array<ArrayBuffer>;
  readonly paced: boolean;
}

/** How one request is answered; a transport plays it. */
export interface MockPlan {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly chunks: readonly PlannedChunk[];
  /** What comes after the last chunk: the body's end, nothing ever, or a cut connection. */
  readonly ending: "end" | "stall" | "disconnect";
  /** Milliseconds before the status. */
  readonly latency: number;
  /** Milliseconds from the status to the first paced chunk. */
  readonly ttft: number;
  /** Milliseconds between two paced chunks. */
  readonly interval: number;
  /** Most bytes at a time; 0: as they come. */
  readonly split: number;
}

const decoder = new TextDecoder();

/** Model and streaming as a path tells them. */
export interface NamedInPath {
  readonly model: string;
  readonly stream: boolean;
}

/**
 * The answer to a request: a function of the request, the behaviour and the setting's random numbers and ids.
 * @param words the request's `x-mock` header, or null.
 * @param named what the path says, for a wire that has it there.
 */
export function planAnswer(
  format: WireFormat,
  bytes: Uint8Array,
  words: string | null,
  setting: MockSetting,
  named: NamedInPath,
): MockPlan {
  const wire = WIRES[format];
  let behaviour = setting.behaviour;
  try {
    const body = parseBody(bytes);
    const asked = wire.modelInPath === true ? named.model : body["model"];
    if (typeof asked !== "string") throw missing("model");
    const [model, modelWords] = splitModel(asked);
    if (words !== null) behaviour = parseBehaviour(words, behaviour);
    if (modelWords !== "") behaviour = parseBehaviour(modelWords, behaviour);
    const failure = failureOf(behaviour, setting);
    if (failure !== 0) {
      const message = `The mock provider was told to answer ${failure}.`;
      return planFailure(wire, { status: failure, message, param: null, code: null }, behaviour, setting);
    }
    const prompt = wire.read(body);
    const inputTokens = prompt.conversation.tokens;
    const first = mockAnswer(prompt, behaviour, 0);
    const others = Array.from({ length: prompt.choices - 1 }, (_, i) => mockAnswer(prompt, behaviour, i + 1));
    const request: MockRequest = {
      body,
      id: setting.ids.make(wire.idPrefix),
      model,
      prompt,
      answers: [first, ...others],
      inputTokens,
      cachedTokens: Math.min(behaviour.cached, inputTokens),
      created: Math.floor(setting.clock.wall() / 1000),
      newId: (prefix) => setting.ids.make(prefix),
    };
    const streams = wire.modelInPath === true
      ? named.stream
      : body["stream"] ?? wire.streamsByDefault ?? false;
    return streams ? streamed(wire, request, behaviour, setting) : whole(wire, request, behaviour, setting);
  } catch (error) {
    return planFailure(wire, refusal(error), behaviour, setting);
  }
}

/** An error that no behaviour asked for: a wrong key, a bad request. */
export function planError(format: WireFormat, error: MockError, setting: MockSetting): MockPlan {
  return planFailure(WIRES[format], error, setting.behaviour, setting);
}

export function parseBody(bytes: Uint8Array): JsonObject {
  let body: JsonValue;
  try {
    body = JSON.parse(decoder.decode(bytes));
  } catch {
    throw new MockRefusal(400, "We could not parse the JSON body of your request.");
  }
  if (!isObject(body)) throw new MockRefusal(400, "The JSON body of your request must be an object.");
  return body;
}

export function refusal(error: unknown): MockError {
  if (error instanceof MockRefusal) return error;
  if (error instanceof BehaviourError) {
    return { status: 400, message: error.message, param: "x-mock", code: null };
  }
  throw error;
}

export function failureOf(behaviour: Behaviour, setting: MockSetting): number {
  if (behaviour.status >= 400) return behaviour.status;
  return behaviour.errorRate > 0 && setting.random() < behaviour.errorRate ? behaviour.errorStatus : 0;
}

/** What of a wire an answer that is no generation needs. */
type PlanWire = Pick<MockWire, "error" | "errorHeaders" | "requestIdHeader" | "streamType" | "binary">;

export function planFailure(
  wire: PlanWire,
  error: MockError,
  behaviour: Behaviour,
  setting: MockSetting,
): MockPlan {
  const body = JSON.stringify(wire.error(error));
  const plan = planWhole(wire, { status: error.status, type: JSON_TYPE, body }, behaviour, setting);
  const headers = [...plan.headers, ...wire.errorHeaders?.(error) ?? []];
  if (behaviour.retryAfter >= 0) headers.push(["retry-after", String(behaviour.retryAfter)]);
  return { ...plan, headers };
}

function whole(wire: MockWire, request: MockRequest, behaviour: Behaviour, setting: MockSetting): MockPlan {
  const body = JSON.stringify(wire.whole(request));
  return planWhole(wire, { status: behaviour.status || 200, type: JSON_TYPE, body }, behaviour, setting);
}

const JSON_TYPE = "application/json";

const PAGE = "<!DOCTYPE html>\n<html><head><title>Bad gateway</title></head>" +
  "<body><h1>502 Bad Gateway</h1><p>The web server reported an error.</p></body></html>\n";

/** A body in one piece, as the behaviour leaves it. */
export function planWhole(
  wire: PlanWire,
  answer: { readonly status: number; readonly type: string; readonly body: string | Uint8Array<ArrayBuffer> },
  behaviour: Behaviour,
  setting: MockSetting,
): MockPlan {
  const type = behaviour.html ? "text/html; charset=utf-8" : answer.type;
  const text = behaviour.html ? PAGE : answer.body;
  const cut = behaviour.stallAfter < Infinity || behaviour.disconnectAfter < Infinity;
  const shown = cut || behaviour.malformed ? text.slice(0, text.length >> 1) : text;
  return plan(
    wire,
    answer.status,
    type,
    [{ text: shown, paced: false }],
    cut ? cutEnding(behaviour) : "end",
    behaviour,
    setting,
  );
}

function streamed(
  wire: MockWire,
  request: MockRequest,
  behaviour: Behaviour,
  setting: MockSetting,
): MockPlan {
  const errorEvents = (sequence: number) => wire.errorEvents(request, sequence);
  return planEvents(wire, wire.stream(request), errorEvents, behaviour, setting);
}

/** A text as it is written in the wire. */
function bytesOf(wire: PlanWire, text: string): PlannedChunk["text"] {
  return wire.binary === true ? Uint8Array.from(text, (character) => character.charCodeAt(0)) : text;
}

/** A stream of events, as the behaviour leaves it. @param errorEvents what it ends with in the middle of it. */
export function planEvents(
  wire: PlanWire,
  events: Iterable<MockEvent>,
  errorEvents: (sequence: number) => string,
  behaviour: Behaviour,
  setting: MockSetting,
): MockPlan {
  if (behaviour.html) {
    return planWhole(wire, { status: behaviour.status || 200, type: "", body: "" }, behaviour, setting);
  }
  const chunks: PlannedChunk[] = [];
  const { stallAfter, disconnectAfter, errorEventAfter } = behaviour;
  const limit = Math.min(stallAfter, disconnectAfter, errorEventAfter);
  let content = 0;
  let ending: MockPlan["ending"] = "end";
  for (const event of events) {
    // Broken off before the event after the last one that is allowed, so what only accompanies that still comes.
    if (content >= limit && event.kind !== "prelude") {
      if (limit === errorEventAfter) {
        chunks.push({ text: bytesOf(wire, errorEvents(chunks.length)), paced: false });
      } else ending = cutEnding(behaviour);
      break;
    }
    if (event.kind === "content") content++;
    if (event.kind === "terminal" && behaviour.noDone) continue;
    chunks.push({ text: bytesOf(wire, textOf(event, content, behaviour)), paced: event.kind === "content" });
  }
  return plan(
    wire,
    behaviour.status || 200,
    wire.streamType ?? EVENT_STREAM,
    chunks,
    ending,
    behaviour,
    setting,
  );
}

function textOf(event: MockEvent, content: number, behaviour: Behaviour): string {
  if (!behaviour.malformed || event.kind !== "content" || content !== 2) return event.text;
  return event.text.slice(0, event.text.length >> 1) + "\n\n";
}

function cutEnding(behaviour: Behaviour): MockPlan["ending"] {
  return behaviour.disconnectAfter <= behaviour.stallAfter ? "disconnect" : "stall";
}

const EVENT_STREAM = "text/event-stream; charset=utf-8";

function plan(
  wire: PlanWire,
  status: number,
  type: string,
  chunks: readonly PlannedChunk[],
  ending: MockPlan["ending"],
  behaviour: Behaviour,
  setting: MockSetting,
): MockPlan {
  return {
    status,
    headers: [["content-type", type], [wire.requestIdHeader, setting.ids.make("req_")]],
    chunks,
    ending,
    latency: behaviour.latency,
    ttft: behaviour.ttft,
    interval: behaviour.tps > 0 ? 1000 / behaviour.tps : 0,
    split: behaviour.split,
  };
}
