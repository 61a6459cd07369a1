/** Random conversations, and their bytes in every format that clients speak. */
import fc from "fast-check";
import type {
  ChatRequest,
  ChatResponse,
  JsonObject,
  Message,
  Part,
  StreamEvent,
} from "../../lib/wire/canonical.ts";
import type { Codec, EncodeContext } from "../../lib/wire/codec.ts";
import { ModelRequest } from "../../lib/stages/model_request.ts";
import { CODECS } from "../wire/codecs.ts";

export interface Conversation {
  readonly messages: readonly Message[];
  /** What the answer consists of. */
  readonly answer: readonly Part[];
}

const encoder = new TextEncoder();
const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 })
  .map((it) => it.trim()).filter((it) => it !== "");
const name = fc.stringMatching(/^[a-z]{1,8}$/);
const args = fc.dictionary(name, fc.oneof(text, fc.integer(), fc.boolean()), { maxKeys: 3 });

interface Round {
  readonly user: string;
  readonly said: string;
  readonly calls: readonly { readonly name: string; readonly args: object; readonly result: string }[];
}

const round: fc.Arbitrary<Round> = fc.record({
  user: text,
  said: text,
  calls: fc.uniqueArray(fc.record({ name, args, result: text.map((it) => `= ${it}`) }), {
    maxLength: 2,
    selector: (call) => call.name,
  }),
});

/** What all formats of chats can say: instructions first, turns that take turns, calls with their results. */
export const conversation: fc.Arbitrary<Conversation> = fc.record({
  system: fc.option(text, { nil: null }),
  rounds: fc.array(round, { maxLength: 3 }),
  last: text,
  answer: text,
  call: fc.option(fc.record({ name, args }), { nil: null }),
}).map(({ system, rounds, last, answer, call }) => {
  let calls = 0;
  const toolCall = (it: { name: string; args: object }): Part => ({
    type: "tool_call",
    id: `call_${calls++}`,
    name: it.name,
    arguments: JSON.stringify(it.args),
  });
  const said = (words: string): Part => ({ type: "text", text: words });
  const messages: Message[] = system === null ? [] : [{ role: "system", parts: [said(system)] }];
  for (const { user, said: words, calls: made } of rounds) {
    messages.push({ role: "user", parts: [said(user)] });
    const first = calls;
    messages.push({ role: "assistant", parts: [said(words), ...made.map(toolCall)] });
    made.forEach(({ result }, index) =>
      messages.push({
        role: "tool",
        parts: [{
          type: "tool_result",
          callId: `call_${first + index}`,
          content: [{ type: "text", text: result }],
        }],
      })
    );
    if (made.length > 0) messages.push({ role: "assistant", parts: [said("so be it")] });
  }
  messages.push({ role: "user", parts: [said(last)] });
  return { messages, answer: [said(answer), ...(call === null ? [] : [toolCall(call)])] };
});

export const CONTEXT: EncodeContext = { id: "id-1", model: "m", created: 1, request: {}, includeUsage: true };

/** A client's request for this conversation in this format. */
export function requestIn(codec: Codec, { messages }: Conversation, stream: boolean): ModelRequest {
  const asked: ChatRequest = { model: "m", messages: structuredClone([...messages]), maxOutputTokens: 99 };
  const body: JsonObject = { ...codec.encodeRequest(asked).body };
  const { modelInPath } = codec;
  if (modelInPath !== true) Object.assign(body, { model: "m", stream });
  return new ModelRequest(
    codec,
    encoder.encode(JSON.stringify(body)),
    modelInPath === true ? { model: "m", stream } : null,
  );
}

/** The bytes of its answer. */
export function answerIn(codec: Codec, { answer }: Conversation): Uint8Array {
  const finishReason = answer.some(({ type }) => type === "tool_call") ? "tool_calls" : "stop";
  const response: ChatResponse = {
    id: "id-1",
    model: "m",
    choices: [{ index: 0, parts: structuredClone([...answer]), finishReason }],
    usage: { input: 1, output: 1 },
  };
  return encoder.encode(JSON.stringify(codec.encodeResponse(response, CONTEXT)));
}

/** The bytes of its answer as a stream, each text in two deltas; only the first `events` of its events. */
export function streamIn(codec: Codec, { answer }: Conversation, events = Infinity): Uint8Array {
  const finishReason = answer.some(({ type }) => type === "tool_call") ? "tool_calls" : "stop";
  const told: StreamEvent[] = [{ type: "start", id: "id-1", model: "m" }];
  answer.forEach((value, part) => {
    const at = { choice: 0, part };
    if (value.type === "text") {
      told.push({ type: "part_start", ...at, value: { type: "text", text: "" } });
      const half = [...value.text].slice(0, 3).join("");
      for (const text of [half, value.text.slice(half.length)]) {
        if (text !== "") told.push({ type: "text_delta", ...at, text });
      }
    } else if (value.type === "tool_call") {
      told.push({ type: "part_start", ...at, value: { ...value, arguments: "" } });
      told.push({ type: "arguments_delta", ...at, text: value.arguments });
    }
    told.push({ type: "part_end", ...at });
  });
  told.push({ type: "finish", choice: 0, reason: finishReason }, {
    type: "usage",
    usage: { input: 1, output: 1 },
  });
  told.push({ type: "end" });
  const events_ = codec.eventEncoder(CONTEXT);
  const bytes = told.slice(0, events).flatMap((event) => [...codec.framing.bytes(events_.push(event))]);
  return Uint8Array.from(bytes);
}

/** Formats of chats whose requests hold a whole conversation. */
export const CONVERSATION_CODECS: readonly Codec[] = [
  CODECS.openai_chat,
  CODECS.openai_responses,
  CODECS.anthropic_messages,
  CODECS.google_generate_content,
  CODECS.google_interactions,
  CODECS.cohere_chat,
  CODECS.ollama_chat,
];
