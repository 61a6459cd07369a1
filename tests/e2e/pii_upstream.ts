import type { ChatRequest, JsonObject, Part, StreamEvent } from "../../lib/wire/canonical.ts";
import type { ClientCodec, EncodeContext } from "../../lib/wire/codec.ts";
import { CODECS } from "../../lib/wire/codecs.ts";
import { openaiCompletions } from "../../lib/wire/openai_completions.ts";

const PATHS: readonly (readonly [RegExp, ClientCodec])[] = [
  [/\/chat\/completions$/, CODECS.openai_chat],
  [/\/v1\/completions$/, openaiCompletions],
  [/\/api\/generate$/, CODECS.ollama_generate],
  [/\/responses$/, CODECS.openai_responses],
  [/\/messages$/, CODECS.anthropic_messages],
  [/generateContent$/i, CODECS.google_generate_content],
  [/\/interactions$/, CODECS.google_interactions],
  [/\/v2\/chat$/, CODECS.cohere_chat],
  [/\/api\/chat$/, CODECS.ollama_chat],
];

/** What the model says to a request: its parts, in order. */
export type Script = (request: ChatRequest) => Part[];

/** A provider in each format, whose streams come a few characters at a time. */
export class PiiUpstream implements AsyncDisposable {
  /** Bodies that were sent to it. */
  readonly bodies: string[] = [];
  script: Script = () => [];
  /** Characters of a delta. */
  pieces = 3;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => this.#answer(request),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** The providers that it is, for a configuration. */
  get providers(): string {
    return `
  openai: { type: openai, base_url: "${this.url}/v1", api_key: k }
  anthropic: { type: anthropic, base_url: "${this.url}", api_key: k }
  google: { type: gemini, base_url: "${this.url}/v1beta", api_key: k }
  cohere: { type: cohere_v2, base_url: "${this.url}", api_key: k }
  ollama: { type: ollama_native, base_url: "${this.url}" }`;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const codec = PATHS.find(([path]) => path.test(pathname))?.[1];
    if (codec === undefined) return new Response("no such path", { status: 404 });
    const body = await request.text();
    this.bodies.push(body);
    const json = JSON.parse(body) as JsonObject;
    const parts = this.script(codec.decodeRequest(json));
    const context: EncodeContext = {
      id: codec.newId(),
      model: "m",
      created: 1,
      request: json,
      includeUsage: true,
    };
    const usage = { input: 3, output: 5 };
    if (!(json.stream === true || /stream/.test(pathname))) {
      const finishReason = parts.some(({ type }) => type === "tool_call") ? "tool_calls" : "stop";
      const choices = [{ index: 0, parts, finishReason } as const];
      return Response.json(
        codec.encodeResponse({ id: context.id, model: "m", choices: [...choices], usage }, context),
      );
    }
    const encoder = codec.eventEncoder(context);
    const text = eventsOf(parts, this.pieces, usage).map((event) => encoder.push(event));
    return new Response(text.map((each) => new TextDecoder().decode(codec.framing.bytes(each))).join(""), {
      headers: { "content-type": codec.framing.contentType },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function eventsOf(
  parts: readonly Part[],
  size: number,
  usage: { input: number; output: number },
): StreamEvent[] {
  const events: StreamEvent[] = [{ type: "start", id: "x", model: "m" }];
  parts.forEach((value, part) => {
    const base = { choice: 0, part };
    const text = "text" in value ? value.text ?? "" : value.type === "tool_call" ? value.arguments : "";
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, "gu")) ?? [];
    if (value.type === "text") {
      events.push({ type: "part_start", ...base, value: { type: "text", text: "" } });
      events.push(...pieces.map((piece) => ({ type: "text_delta" as const, ...base, text: piece })));
    } else if (value.type === "tool_call") {
      events.push({ type: "part_start", ...base, value: { ...value, arguments: "" } });
      events.push(...pieces.map((piece) => ({ type: "arguments_delta" as const, ...base, text: piece })));
    } else if (value.type === "reasoning") {
      events.push({ type: "part_start", ...base, value: { type: "reasoning", text: "" } });
      events.push(...pieces.map((piece) => ({ type: "reasoning_delta" as const, ...base, text: piece })));
      if (value.signature !== undefined && value.signatureFormat !== undefined) {
        events.push({
          type: "signature_delta",
          ...base,
          signature: value.signature,
          format: value.signatureFormat,
        });
      }
    }
    events.push({ type: "part_end", ...base });
  });
  const called = parts.some(({ type }) => type === "tool_call");
  events.push({ type: "finish", choice: 0, reason: called ? "tool_calls" : "stop" });
  events.push({ type: "usage", usage }, { type: "end" });
  return events;
}
