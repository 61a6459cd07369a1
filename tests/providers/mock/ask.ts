import type { UpstreamHandler } from "../../../lib/providers/provider.ts";
import { createMockProvider, type MockProviderOptions } from "../../../lib/providers/mock.ts";
import type { JsonObject, WireFormat } from "../../../lib/wire/canonical.ts";
import type { Framing, WireEvent } from "../../../lib/wire/framing.ts";
import { sse } from "../../../lib/wire/sse.ts";
import { CODECS } from "../../wire/codecs.ts";
import { ManualClock } from "../../manual_clock.ts";

/** What came of a request. */
export interface Heard {
  status: number;
  headers: Map<string, string>;
  text: string;
  chunks: Uint8Array[];
  /** `end`, the kind of an error, or empty while it is not over. */
  ending: string;
}

export class Listener implements UpstreamHandler {
  readonly heard: Heard = { status: 0, headers: new Map(), text: "", chunks: [], ending: "" };
  onConnected = 0;
  readonly #decoder = new TextDecoder();
  onConnect(): void {
    this.onConnected++;
  }
  onResponse: UpstreamHandler["onResponse"] = (status, headers) => {
    this.heard.status = status;
    this.heard.headers = new Map(headers.entries());
  };
  onData(chunk: Uint8Array): void {
    this.heard.chunks.push(chunk);
    this.heard.text += this.#decoder.decode(chunk, { stream: true });
  }
  onEnd(): void {
    this.heard.ending = "end";
  }
  onError: UpstreamHandler["onError"] = (error) => {
    this.heard.ending = error.kind;
  };
}

const encoder = new TextEncoder();

export function requestOf(format: WireFormat, body: JsonObject, words?: string) {
  const { model = "gemini-2.5-flash", stream, ...rest } = body;
  return {
    operation: "generate" as const,
    format,
    model: String(model),
    stream: stream === true,
    // Google's say both in the path.
    body: encoder.encode(JSON.stringify(format === "google_generate_content" ? rest : body)),
    headers: words === undefined ? [] : ["accept", "*/*", "x-mock", words],
    query: "",
  };
}

/** The smallest request of each format; fields given replace its own. */
export function bodyOf(format: WireFormat, fields: JsonObject = {}): JsonObject {
  const message = { role: "user", content: "Hello, world!" };
  switch (format) {
    case "openai_chat":
      return { model: "gpt-4o-mini", messages: [message], ...fields };
    case "openai_responses":
      return { model: "gpt-4o-mini", input: "Hello, world!", ...fields };
    case "anthropic_messages":
      return { model: "claude", max_tokens: 1000, messages: [message], ...fields };
    case "ollama_chat":
      return { model: "llama", stream: false, messages: [message], ...fields };
    case "bedrock_converse":
      return { messages: [{ role: "user", content: [{ text: "Hello, world!" }] }], ...fields };
    case "ollama_generate":
      return { model: "llama", stream: false, prompt: "Hello, world!", ...fields };
    case "cohere_chat":
      return { model: "command", messages: [message], ...fields };
    case "google_interactions":
      return { model: "gemini-2.5-flash", input: "Hello, world!", ...fields };
    case "google_generate_content":
      return { contents: [{ role: "user", parts: [{ text: "Hello, world!" }] }], ...fields };
  }
}

/** Asks a mock that takes no time. */
export async function ask(
  format: WireFormat,
  fields: JsonObject = {},
  words?: string,
  options: MockProviderOptions = {},
): Promise<Heard> {
  const provider = createMockProvider("mock", { seededIds: true, ...options }, { clock: new ManualClock() });
  const listener = new Listener();
  provider.send(requestOf(format, bodyOf(format, fields), words), listener);
  await Promise.resolve();
  return listener.heard;
}

/** The JSON body of an answer. */
export async function askWhole(
  format: WireFormat,
  fields: JsonObject = {},
  words?: string,
): Promise<JsonObject> {
  return JSON.parse((await ask(format, fields, words)).text);
}

export function eventsOf(text: string, framing: Framing = sse): WireEvent[] {
  const events: WireEvent[] = [];
  const parser = framing.parser((event) => events.push(event), {});
  parser.push(encoder.encode(text));
  return events;
}

/** The data of the events of a stream, `[DONE]` left out. */
export async function askStream(
  format: WireFormat,
  fields: JsonObject = {},
  words?: string,
): Promise<JsonObject[]> {
  const { text } = await ask(format, { ...fields, stream: true }, words);
  return eventsOf(text, CODECS[format].framing).filter(({ data }) => data !== "[DONE]").map(({ data }) =>
    JSON.parse(data)
  );
}
