import { createMockHandler } from "../../lib/providers/mock.ts";
import { GatewayProcess } from "../e2e/gateway_process.ts";

/**
 * The ways in which a provider may speak: OpenAI with all its APIs, a server that has chat completions alone, and
 * Anthropic, Gemini, Ollama and Bedrock. Every SDK is tried on each, so that all crossings of client and provider
 * format are met.
 */
export const UPSTREAMS = [
  "openai",
  "chat",
  "anthropic",
  "gemini",
  "interactions",
  "ollama",
  "bedrock",
] as const;

export type Upstream = typeof UPSTREAMS[number];

/** How the mock misbehaves for a model of this name: `MODEL-UPSTREAM` in the gateway. */
const MODELS = {
  model: "",
  slow: "ttft=30s",
  hung: "stall_after=1",
  paced: "tps=50,tokens=500",
  busy: "status=429,retry_after=1",
  down: "status=503",
  wrong: "status=400",
  broken: "disconnect_after=3",
  failing: "error_event_after=3",
  refusing: "refusal",
} as const;

/** A gateway with the mock behind it as three providers, both on ports of their own. */
export class SdkGateway implements AsyncDisposable {
  private constructor(
    readonly gateway: GatewayProcess,
    private readonly upstream: Deno.HttpServer<Deno.NetAddr>,
    /** Requests that reached the upstream, by the mock model's full name. */
    readonly asked: Map<string, number>,
    private readonly waiting: Map<string, () => void>,
  ) {}

  /** @param configure makes the configuration's text of the upstream's origin. */
  static async start(extra = "", configure = config): Promise<SdkGateway> {
    const asked = new Map<string, number>();
    const waiting = new Map<string, () => void>();
    const answer = createMockHandler({});
    const upstream = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const inPath = /\/models\/(.+):|\/model\/([^/]+)/.exec(request.url)?.slice(1).find(Boolean);
      const model = inPath === undefined
        ? /"model":\s*"([^"]*)"/.exec(await request.clone().text())?.[1] ?? ""
        : decodeURIComponent(inPath);
      asked.set(model, (asked.get(model) ?? 0) + 1);
      waiting.get(model)?.();
      return answer(request);
    });
    const origin = `http://127.0.0.1:${upstream.addr.port}`;
    const gateway = await GatewayProcess.start({ config: configure(origin) + extra });
    return new SdkGateway(gateway, upstream, asked, waiting);
  }

  /** Resolves when the next request for this model has reached the upstream. */
  reached(model: string): Promise<void> {
    return new Promise((resolve) => this.waiting.set(model, resolve));
  }

  get url(): string {
    return this.gateway.url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop();
    await this.upstream.shutdown();
  }
}

function config(origin: string): string {
  const models = UPSTREAMS.flatMap((upstream) =>
    Object.entries(MODELS).map(([name, behaviour]) =>
      `  ${name}-${upstream}: "${upstream}/mock-${name}${behaviour === "" ? "" : `@${behaviour}`}"`
    )
  );
  return `
server: { drain_delay: 0s }
providers:
  openai: { type: openai, base_url: "${origin}/v1", api_key: upstream-key }
  chat: { type: openai_compatible, base_url: "${origin}/v1" }
  anthropic: { type: anthropic, base_url: "${origin}", api_key: upstream-key }
  gemini: { type: gemini, base_url: "${origin}/v1beta", api_key: upstream-key }
  interactions: { type: gemini_interactions, base_url: "${origin}/v1beta", api_key: upstream-key }
  ollama: { type: ollama_native, base_url: "${origin}" }
  bedrock: { type: bedrock, base_url: "${origin}", api_key: upstream-key }
models:
${models.join("\n")}
retry: { attempts: 1, base_delay: 10ms }
`;
}

/** The value, which a test says is there. */
export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("Expected a value, got none");
  return value;
}
