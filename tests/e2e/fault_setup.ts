/** A gateway in front of one upstream that stands for all its providers. */
import { SSE_FORMATS, type SseFormat } from "../wire/codecs.ts";
import { REQUESTS } from "../stages/scripts.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { GatewayProcess, type LogLine } from "./gateway_process.ts";
import { type UpstreamCall, type UpstreamScript, UpstreamServer } from "./upstream_server.ts";

/** The client families: where they ask, for which model, and how an error event of theirs begins. */
export const CLIENTS: Readonly<Record<SseFormat, { path: string; model: string; error: string }>> = {
  openai_chat: { path: "/v1/chat/completions", model: "chat", error: 'data: {"error":{' },
  openai_responses: { path: "/v1/responses", model: "openai", error: "event: error\n" },
  anthropic_messages: { path: "/v1/messages", model: "anthropic", error: "event: error\n" },
  google_generate_content: { path: "/v1beta/models/{model}", model: "gemini", error: 'data: {"error":{' },
  google_interactions: { path: "/v1beta/interactions", model: "interactions", error: "event: error\n" },
};

/** Google's verbs, behind the model in the path: a whole answer's and a stream's. */
const VERBS = [":generateContent", ":streamGenerateContent?alt=sse"] as const;

export const FORMATS = SSE_FORMATS;

/** The providers' key, which must not be seen anywhere. */
export const UPSTREAM_KEY = "planted-upstream-key";

export class FaultSetup implements AsyncDisposable {
  private constructor(readonly gateway: GatewayProcess, readonly upstream: UpstreamServer) {}

  /**
   * The models `openai`, `chat`, `anthropic`, `gemini` and `interactions` are each their provider's alone. Of `both`, `chat/first` is asked
   * first and `openai/second` takes over; of `refused` the first choice is a port where nobody listens.
   *
   * @param settings further sections of the configuration.
   */
  static async start(script: UpstreamScript, settings = "server: { drain_delay: 0s }"): Promise<FaultSetup> {
    const upstream = new UpstreamServer(script);
    const { origin } = upstream;
    // What failures add up to has tests of its own; here each counts for itself.
    const config = `
logging: { format: json }
backends: { breaker: { failures: 0 } }
providers:
  openai: { type: openai, base_url: "${origin}/v1", api_key: ${UPSTREAM_KEY} }
  chat: { type: openai_compatible, base_url: "${origin}/v1", api_key: ${UPSTREAM_KEY} }
  anthropic: { type: anthropic, base_url: "${origin}", api_key: ${UPSTREAM_KEY} }
  gemini: { type: gemini, base_url: "${origin}/v1beta", api_key: ${UPSTREAM_KEY} }
  interactions: { type: gemini, base_url: "${origin}/v1beta", api_key: ${UPSTREAM_KEY} }
  narrow: { type: openai_compatible, base_url: "${origin}/v1", max_connections: 1 }
  nobody: { type: openai_compatible, base_url: "http://127.0.0.1:1/v1" }
models:
  openai: openai/up
  chat: chat/up
  anthropic: anthropic/up
  gemini: gemini/up
  interactions: interactions/up
  narrow: narrow/up
  both: { targets: [{ provider: chat, model: first }, { provider: openai, model: second, weight: 0 }] }
  refused: { targets: [{ provider: nobody, model: first }, { provider: openai, model: second, weight: 0 }] }
${settings}
`;
    try {
      return new FaultSetup(await GatewayProcess.start({ config }), upstream);
    } catch (error) {
      await upstream[Symbol.asyncDispose]();
      throw error;
    }
  }

  request(client: SseFormat, stream: boolean, more: RequestInit & { model?: string } = {}): Request {
    const { path, model } = CLIENTS[client];
    const asked = more.model ?? model;
    const inPath = client === "google_generate_content";
    const body = JSON.stringify(inPath ? REQUESTS[client] : { ...REQUESTS[client], model: asked, stream });
    const verb = inPath ? VERBS[stream ? 1 : 0] : "";
    const url = this.gateway.url + path.replace("{model}", asked) + verb;
    return new Request(url, { method: "POST", body, ...more });
  }

  /** The closing line of the request that was answered so. */
  closing(request: Response | string): Promise<LogLine> {
    const id = typeof request === "string" ? request : request.headers.get("x-request-id");
    return this.gateway.log((line) => line.request_id === id && line.event !== "request.start");
  }

  async metrics(): Promise<Map<string, number>> {
    return samples(await (await fetch(`${this.gateway.url}/metrics`)).text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop();
    await this.upstream[Symbol.asyncDispose]();
  }
}

/** What an error body says: the gateway's code, or in Anthropic's shape the type, which has to do there. */
export function codeIn(body: { error: Record<string, unknown> }): unknown {
  const { code, type, details } = body.error;
  if (!Array.isArray(details)) return code ?? type;
  return String(details[0].reason).toLowerCase();
}

/** Whether the gateway asks for a stream. */
export function isStream(call: UpstreamCall): boolean {
  return call.path.includes(":stream") || call.text.includes('"stream":true');
}

/** The format in which the gateway asks. */
export function formatOf(call: UpstreamCall): SseFormat {
  if (call.path.endsWith("/interactions")) return "google_interactions";
  if (call.path.startsWith("/v1beta/")) return "google_generate_content";
  return FORMATS.find((format) => call.path.endsWith(CLIENTS[format].path.slice("/v1".length))) ??
    "openai_chat";
}

/** Reads until `text` has come, or to the end. */
export async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  text: string,
): Promise<string> {
  const decoder = new TextDecoder();
  let read = "";
  while (!read.includes(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    read += decoder.decode(value, { stream: true });
  }
  return read;
}

export function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (response.body === null) throw new Error("Cannot read an answer without a body");
  return response.body.getReader();
}
