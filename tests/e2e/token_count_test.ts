/** Tokens of a request before it is made: counted by the provider in whatever words it has, else estimated. */
import { assert, assertEquals } from "@std/assert";
import { samples } from "../telemetry/metrics/scrape.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { type UpstreamCall, UpstreamServer } from "./upstream_server.ts";

const SYSTEM = "Be brief.";
const TOOL = { name: "weather", description: "The weather.", parameters: { type: "object", properties: {} } };

/** The same request as each client asks for its tokens. */
const CLIENTS = {
  anthropic: {
    path: () => "/v1/messages/count_tokens",
    body: (model: string) => ({
      model,
      system: SYSTEM,
      messages: [{ role: "user", content: "Hello" }],
      tools: [{ name: "weather", description: "The weather.", input_schema: TOOL.parameters }],
    }),
    shows: (tokens: number) => ({ input_tokens: tokens }),
  },
  openai: {
    path: () => "/v1/responses/input_tokens",
    body: (model: string) => ({
      model,
      instructions: SYSTEM,
      input: "Hello",
      tools: [{ type: "function", ...TOOL }],
    }),
    shows: (tokens: number) => ({ object: "response.input_tokens", input_tokens: tokens }),
  },
  google: {
    path: (model: string) => `/v1beta/models/${model}:countTokens`,
    body: (model: string) => ({
      generateContentRequest: {
        model: `models/${model}`,
        systemInstruction: { parts: [{ text: SYSTEM }] },
        contents: [{ role: "user", parts: [{ text: "Hello" }] }],
        tools: [{ functionDeclarations: [{ name: "weather", description: "The weather." }] }],
      },
    }),
    shows: (tokens: number) => ({ totalTokens: tokens }),
  },
} as const;

/** What each provider is asked, and its answer of 42. */
const PROVIDERS = {
  anthropic: {
    path: "/v1/messages/count_tokens",
    answer: { input_tokens: 42 },
    // deno-lint-ignore no-explicit-any -- it is what the gateway wrote
    reads: (body: any) => [body.model, body.system, body.messages[0].content, body.tools[0].name],
  },
  openai: {
    path: "/v1/responses/input_tokens",
    answer: { object: "response.input_tokens", input_tokens: 42 },
    // deno-lint-ignore no-explicit-any -- it is what the gateway wrote
    reads: (body: any) => [
      body.model,
      body.instructions,
      typeof body.input === "string" ? body.input : body.input[0].content,
      body.tools[0].name,
    ],
  },
  gemini: {
    path: "/v1beta/models/up:countTokens",
    answer: { totalTokens: 42 },
    // deno-lint-ignore no-explicit-any -- it is what the gateway wrote
    reads: ({ generateContentRequest: asked }: any) => [
      asked.model.replace("models/", ""),
      asked.systemInstruction.parts[0].text,
      asked.contents[0].parts[0].text,
      asked.tools[0].functionDeclarations[0].name,
    ],
  },
  bedrock: {
    path: "/model/up/count-tokens",
    answer: { inputTokens: 42 },
    // deno-lint-ignore no-explicit-any -- it is what the gateway wrote
    reads: ({ input: { converse } }: any) => [
      "up",
      converse.system[0].text,
      converse.messages[0].content[0].text,
      converse.toolConfig.tools[0].toolSpec.name,
    ],
  },
} as const;

class CountSetup implements AsyncDisposable {
  private constructor(
    readonly gateway: GatewayProcess,
    private readonly upstream: UpstreamServer,
    readonly asked: UpstreamCall[],
  ) {}

  static async start(serve?: (call: UpstreamCall) => Promise<void>): Promise<CountSetup> {
    const asked: UpstreamCall[] = [];
    const upstream = new UpstreamServer((call) => {
      asked.push(call);
      const provider = Object.values(PROVIDERS).find(({ path }) => path === call.path);
      return serve?.(call) ?? call.answer(provider ? 200 : 404, JSON.stringify(provider?.answer ?? {}));
    });
    const origin = upstream.origin;
    const gateway = await GatewayProcess.start({
      config: `server: { port: 0, drain_delay: 0s }
retry: { base_delay: 1ms }
providers:
  anthropic: { type: anthropic, base_url: "${origin}", api_key: k }
  openai: { type: openai, base_url: "${origin}/v1", api_key: k }
  gemini: { type: gemini, base_url: "${origin}/v1beta", api_key: k }
  bedrock: { type: bedrock, base_url: "${origin}", api_key: k }
  local: { type: vllm, base_url: "${origin}/v1" }
models:
  anthropic: anthropic/up
  openai: openai/up
  gemini: gemini/up
  bedrock: bedrock/up
  local: local/up
`,
    });
    return new CountSetup(gateway, upstream, asked);
  }

  async ask(client: keyof typeof CLIENTS, model: string, change: Record<string, unknown> = {}) {
    const { path, body } = CLIENTS[client];
    const response = await fetch(this.gateway.url + path(model), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...body(model), ...change }),
    });
    return { status: response.status, headers: response.headers, json: await response.json() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop("SIGKILL");
    await this.upstream[Symbol.asyncDispose]();
  }
}

Deno.test("each client's request for tokens is counted by each provider that can", async () => {
  await using setup = await CountSetup.start();
  for (const client of Object.keys(CLIENTS) as (keyof typeof CLIENTS)[]) {
    for (const [model, provider] of Object.entries(PROVIDERS)) {
      const { status, headers, json } = await setup.ask(client, model);
      assertEquals([status, json], [200, CLIENTS[client].shows(42)], `${client} to ${model}`);
      assertEquals(headers.get("x-gateway-estimate"), null);
      const call = setup.asked.at(-1);
      assertEquals(call?.path, provider.path);
      assertEquals(provider.reads(call?.json), ["up", SYSTEM, "Hello", "weather"], `${client} to ${model}`);
    }
  }
});

Deno.test("what nobody counts is estimated, and says so", async () => {
  await using setup = await CountSetup.start();
  const shown: Record<string, unknown> = {};
  for (const client of Object.keys(CLIENTS) as (keyof typeof CLIENTS)[]) {
    const { status, headers, json } = await setup.ask(client, "local");
    assertEquals([status, headers.get("x-gateway-estimate")], [200, "true"]);
    shown[client] = json;
    const [tokens = 0] = Object.values(json).filter((value) => typeof value === "number") as number[];
    assertEquals(json, CLIENTS[client].shows(tokens));
    assert(tokens > 20 && tokens < 80, `${tokens}`);
  }
  assertEquals(setup.asked.length, 0);
});

Deno.test("a provider without the API after all: estimated; any other failure is its own", async () => {
  let status = 404;
  await using setup = await CountSetup.start((call) => call.answer(status, '{"error":{"message":"no"}}'));
  const estimated = await setup.ask("openai", "openai");
  assertEquals([estimated.status, estimated.headers.get("x-gateway-estimate")], [200, "true"]);
  status = 400;
  const refused = await setup.ask("anthropic", "anthropic");
  assertEquals([refused.status, refused.json.type, refused.json.error.type], [
    400,
    "error",
    "invalid_request_error",
  ]);
  status = 500;
  assertEquals((await setup.ask("google", "gemini")).json.error.code, 502);
});

Deno.test("what is wrong in such a request is told in the client's dialect", async () => {
  await using setup = await CountSetup.start();
  assertEquals((await setup.ask("anthropic", "anthropic", { messages: 1 })).status, 400);
  assertEquals((await setup.ask("openai", "openai", { previous_response_id: "resp_none" })).status, 400);
  const unknown = await setup.ask("anthropic", "nobody");
  assertEquals([unknown.status, unknown.json.error.type], [404, "not_found_error"]);
  assertEquals(setup.asked.length, 0);
});

Deno.test("counting is an operation of its own, and spends no tokens", async () => {
  await using setup = await CountSetup.start();
  await setup.ask("anthropic", "anthropic");
  await setup.ask("anthropic", "local");
  const metrics = samples(await (await fetch(`${setup.gateway.url}/metrics`)).text());
  const lines = [...metrics.entries()];
  const calls = lines.filter(([name, value]) => name.startsWith("provider_requests_total{") && value > 0);
  assertEquals(calls.length, 1);
  assert(calls[0]?.[0].includes('operation="count_tokens"'));
  assertEquals(lines.filter(([name, value]) => name.startsWith("provider_tokens_total{") && value > 0), []);
});
